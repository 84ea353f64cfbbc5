import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { DossierEntry } from '../../src/contract/dossier.ts'
import { dossierEntry } from '../../src/contract/dossier-entry.ts'
import { messageExamples, messageSchemas, type MessageName } from '../../src/contract/messages.ts'
import { pairMessageExamples, pairRequestSchemas } from '../../src/contract/pair-messages.ts'
import { checkShape, whatIsUnseen } from '../../src/contract/shape.ts'
import { startExamples, startInputs } from '../../src/contract/start-input.ts'

const schema = z.strictObject({ by: z.string().max(10), n: z.number().optional() })

function faultsOf(value: unknown): string {
  const shape = checkShape(schema, value)
  if (shape.ok) throw new Error(`accepted ${JSON.stringify(shape.data)}`)
  return shape.faults
}

describe('a refusal', () => {
  test('names what is wrong and where', () => {
    expect(checkShape(schema, { by: 'ann' })).toEqual({ ok: true, data: { by: 'ann' } })
    expect(faultsOf({ by: 5 })).toBe('✖ Invalid input: expected string, received number\n  → at by')
    expect(faultsOf(undefined)).toContain('expected object, received undefined')
  })

  test('says why a payload could not be decoded', () => {
    expect(faultsOf({ undecodable: 'the encoding "x" is not known here' })).toBe('✖ the encoding "x" is not known here')
    expect(faultsOf(new Uint8Array([1, 2]))).toContain('binary')
  })

  test.each(['\u200b', '\u2060\u00ad', '\u202e', '\ud800', '\u0000'])(
    'a name that nobody can see is said by its key: %j',
    (by) => {
      expect(whatIsUnseen({ by, reason: 'seen', n: 1 })).toBe('✖ Invalid input: no visible character\n  → at by')
    },
  )

  test.each(['ann', '名前', '🦊', '7', '-', 'a\u200b'])('a name that can be seen is one: %j', (by) => {
    expect(whatIsUnseen({ by, list: [], nothing: null })).toBeUndefined()
  })

  test('stays short and quick, however large the payload', () => {
    const huge: unknown[] = [
      new Uint8Array(2_000_000),
      Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i])),
      { ['k'.repeat(1_000_000)]: 1 },
      { by: 'b'.repeat(1_000_000) },
      { undecodable: 'u'.repeat(1_000_000) },
      Array.from({ length: 500_000 }, () => 1),
    ]
    const began = process.cpuUsage()
    for (const value of huge) expect(faultsOf(value).length).toBeLessThan(2_000)
    // Microseconds of this process: a busy machine does not count. A workflow task has 5 s.
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000)
    const many = checkShape(
      z.array(z.string()),
      Array.from({ length: 1_000 }, () => 1),
    )
    expect(many.ok ? '' : many.faults).toMatch(/✖ and 995 more faults$/)
  })

  test('any JSON gets an answer', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shape = checkShape(schema, value)
        expect(shape.ok || (shape.faults.length > 0 && shape.faults.length < 3_000)).toBe(true)
      }),
    )
  })
})

test('every example is right', () => {
  for (const name of Object.keys(messageExamples) as MessageName[]) {
    expect({ name, shape: checkShape(messageSchemas[name], messageExamples[name]) }).toMatchObject({
      shape: { ok: true },
    })
  }
  for (const name of Object.keys(startExamples) as (keyof typeof startExamples)[]) {
    expect({ name, shape: checkShape(startInputs[name], startExamples[name]) }).toMatchObject({ shape: { ok: true } })
  }
  for (const name of Object.keys(pairMessageExamples) as (keyof typeof pairMessageExamples)[]) {
    expect(checkShape(pairRequestSchemas[name], pairMessageExamples[name]).ok).toBe(true)
  }
})

describe('an entry of the dossier', () => {
  const at = '2026-01-17T09:00:00.000Z'
  const acl = {
    resource: 'topic',
    name: 'accounting.invoices',
    pattern: 'literal',
    principal: 'User:producer-app',
    host: '*',
    operation: 'Write',
    permission: 'deny',
  } as const
  const ledger = {
    kind: 'estimate',
    takenAt: at,
    cluster: 'A',
    sampleAgeSeconds: null,
    records: 5,
    since: at,
    topics: [
      {
        topic: 't',
        rows: [
          [0, 95, null, null],
          [1, 95, null, 4, 12],
          [2, 95, 99, 4, 800, 0, 12_000],
        ],
      },
    ],
  } satisfies Extract<DossierEntry, { type: 'ledger' }>['ledger']
  const entries: DossierEntry[] = [
    {
      type: 'fact',
      fact: { operation: 'failover', step: 'assess', state: 'done', at, fact: { pre: null, result: [1] } },
    },
    { type: 'fence', fence: { cluster: 'A', episode: 1, at, added: [acl], proof: 'begun' } },
    { type: 'fence-lifted', cluster: 'A', lifted: [acl] },
    { type: 'cut', cut: { cluster: 'B', episode: 1, at, topics: [{ topic: 't', offsets: [[0, 40]] }] } },
    { type: 'snapshot', snapshot: { cluster: 'A', episode: 1, at, groups: [{ group: 'billing', topics: [] }] } },
    {
      type: 'settlement',
      settlement: {
        cluster: 'A',
        episode: 1,
        at,
        by: 'ann',
        reason: 'they matter',
        action: 'keep',
        ledger: at,
        records: 4,
        topics: [{ topic: 't', rows: [[2, 95, 99, 4]] }],
      },
    },
    {
      type: 'settlement',
      settlement: {
        cluster: 'A',
        episode: 1,
        at,
        by: 'ann',
        reason: 'they matter',
        action: 'replay',
        confirmed: { by: 'bo', at },
        ledger: at,
        records: 4,
        copied: { cluster: 'B', into: '{topic}', records: 4, id: 'switchback.p.1.replay', at },
        topics: [{ topic: 't', rows: [[2, 95, 99, 4, 40, 43]] }],
      },
    },
    { type: 'copy', copy: { id: 'switchback.p.1.replay', cluster: 'B', episode: 1, at, action: 'replay' } },
    { type: 'ledger', ledger },
    {
      type: 'obligation',
      obligation: {
        id: 'fence/A/1',
        kind: 'fence',
        cluster: 'A',
        text: 'Fence A',
        since: at,
        fence: { principals: ['User:producer-app'], topics: ['t'], operations: ['Write'] },
      },
    },
    { type: 'obligation-discharged', id: 'fence/A/1', at, by: 'pair/accounting' },
    { type: 'original', link: { from: 'A', to: 'B' }, selection: { link: { from: 'A', to: 'B' }, topics: '.*' } },
    {
      type: 'move',
      move: {
        episode: 1,
        operation: 'failover',
        from: 'A',
        to: 'B',
        mode: 'planned',
        at,
        fencedEnds: [{ topic: 't', topicId: 'id', partitions: [[0, 0, 100, 100]] }],
        mirroredTo: [{ topic: 't', offsets: [[0, 99]] }],
        drainedGroups: ['billing'],
      },
    },
    { type: 'stage', stage: 'failed-over' },
    { type: 'active', active: 'B', standby: 'A' },
    { type: 'protection', link: null, at },
    { type: 'protection', link: { from: 'B', to: 'A' }, at },
  ]

  test.each(entries.map((entry) => [entry.type, entry] as const))('%s is taken as it is', (_type, entry) => {
    expect(checkShape(dossierEntry, entry)).toEqual({ ok: true, data: entry })
  })

  test('what is not known here is kept: an older pair takes a newer run’s entries whole', () => {
    const newer = { type: 'cut', cut: { cluster: 'B', episode: 1, at, topics: [], proof: { by: 'x' } }, since: 2 }
    expect(checkShape(dossierEntry, newer)).toEqual({ ok: true, data: newer })
  })

  test('with any part missing or of another type it is refused', () => {
    const optional = new Set([
      'fencedEnds',
      'mirroredTo',
      'since',
      'confirmed',
      'copied',
      'fence.fence',
      'obligation.fence',
    ])
    for (const entry of entries) {
      for (const key of Object.keys(entry)) {
        const broken: Record<string, unknown> = { ...entry, [key]: Symbol.iterator }
        expect({ entry: entry.type, key, ok: checkShape(dossierEntry, broken).ok }).toMatchObject({ ok: false })
        const inner = (entry as unknown as Record<string, unknown>)[key]
        if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue
        for (const part of Object.keys(inner)) {
          if (optional.has(part) || optional.has(`${key}.${part}`) || (key === 'fact' && part === 'fact')) continue
          const { [part]: _, ...rest } = inner as Record<string, unknown>
          const ok = checkShape(dossierEntry, { ...entry, [key]: rest }).ok
          expect({ entry: entry.type, without: `${key}.${part}`, ok }).toMatchObject({ ok: false })
        }
      }
    }
    for (const stranger of [null, 5, [], {}, { type: 'weather' }, { type: '__proto__' }, { type: 'fence' }]) {
      expect(checkShape(dossierEntry, stranger).ok).toBe(false)
    }
  })
})
