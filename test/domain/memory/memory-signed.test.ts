import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PairMemory } from '../../../src/contract/memory.ts'
import { newDossier } from '../../../src/domain/dossier/dossier.ts'
import { type MemoryRecord, memoryRecords, remembered } from '../../../src/domain/memory/memory.ts'
import { mayWriteOver } from '../../../src/domain/memory/choice.ts'
import { anAcl } from '../builders.ts'

const at = '2026-01-01T00:00:00.000Z'
const pair = 'accounting'
const dossier = newDossier({ pair, primary: 'A', secondary: 'B', at })
const memory: PairMemory = { version: 1, dossier, lease: null, epoch: 3, events: [], over: [] }
const mark = { lineage: 'l', revision: 7 }
const key = 'k'.repeat(32)
const signed = memoryRecords({ memory, mark, at, slot: 0, key })
const unsigned = memoryRecords({ memory, mark, at, slot: 0 })

/** The same records with another head. */
function withHead(records: MemoryRecord[], change: object): MemoryRecord[] {
  return records.map((record) =>
    record.key === pair
      ? {
          ...record,
          value: utf8ToBytes(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(record.value)), ...change })),
        }
      : record,
  )
}

function withMemory(change: object): MemoryRecord[] {
  return memoryRecords({ memory: { ...memory, dossier: { ...dossier, ...change } }, mark, at, slot: 0 })
}

test('with a key only what was signed with it is whole; without one a signature does not matter', () => {
  expect(remembered(signed, pair, key)).toMatchObject({ state: 'whole', summary: { signed: true } })
  expect(remembered(signed, pair)).toMatchObject({ state: 'whole' })
  expect(remembered(unsigned, pair, key)).toMatchObject({
    state: 'torn',
    problem: expect.stringContaining('is not signed'),
  })
  expect(remembered(signed, pair, 'another')).toMatchObject({
    state: 'torn',
    problem: expect.stringContaining('another key'),
  })
})

test('no part of a signed head can be changed, and no body put in its place', () => {
  const changes = fc.constantFrom<object>(
    { lineage: 'm' },
    { revision: 8 },
    { writtenAt: '2027-01-01T00:00:00.000Z' },
    { mac: 'x' },
    { mac: undefined },
    { slot: 1 },
    { parts: 2 },
    { bytes: 1 },
    { checksum: '0'.repeat(32) },
  )
  fc.assert(
    fc.property(changes, (change) => {
      expect(remembered(withHead(signed, change), pair, key).state).toBe('torn')
    }),
  )
  const [other] = memoryRecords({ memory: { ...memory, epoch: 4 }, mark, at, slot: 0 })
  expect(remembered([...signed, ...(other ? [other] : [])], pair, key).state).toBe('torn')
  // Known by its form: what a worker in another language would have to write.
  const head = JSON.parse(new TextDecoder().decode(signed.at(-1)?.value)) as Record<string, unknown>
  const parts = ['format', 'pair', 'lineage', 'revision', 'writtenAt', 'slot', 'parts', 'bytes', 'checksum'].map(
    (name) => head[name],
  )
  expect(head['mac']).toBe(bytesToHex(hmac(sha256, utf8ToBytes(key), utf8ToBytes(JSON.stringify(parts)))))
})

test('what is not signed, or no memory at all, is not written over before a person has put exactly that aside', () => {
  for (const records of [unsigned, [{ key: pair, value: utf8ToBytes('garbage') }]]) {
    const found = remembered(records, pair, key)
    const own = { lineage: 'own', over: [] }
    expect(mayWriteOver(found, own)).toBe(false)
    if (found.state !== 'torn' || found.mark === null) throw new Error('it has no mark')
    expect(mayWriteOver(found, { ...own, over: [found.mark] })).toBe(true)
    const another = remembered([{ key: pair, value: utf8ToBytes('other garbage') }], pair, key)
    expect(mayWriteOver(another, { ...own, over: [found.mark] })).toBe(false)
  }
})

test('a revision that nobody can have counted is no memory', () => {
  for (const revision of [Number.MAX_SAFE_INTEGER, 10_000_001, -1, 1.5])
    expect(remembered(withHead(unsigned, { revision }), pair)).toMatchObject({ state: 'torn', slot: null })
})

test.each<[what: string, change: object]>([
  ['a fence without entries', { fences: [{ cluster: 'A', episode: 1, at, proof: 'x' }] }],
  ['an entry that is a number', { fences: [{ cluster: 'A', episode: 1, at, added: [7], proof: 'x' }] }],
  [
    'an entry of an unknown kind',
    { fences: [{ cluster: 'A', episode: 1, at, added: [{ ...anAcl({}), permission: 'grant' }], proof: 'x' }] },
  ],
  [
    'a snapshot with text for offsets',
    {
      snapshots: [
        { cluster: 'A', episode: 1, at, groups: [{ group: 'g', topics: [{ topic: 't', offsets: [[0, '1']] }] }] },
      ],
    },
  ],
  [
    'a cut with a fraction',
    { cuts: [{ cluster: 'A', episode: 1, at, topics: [{ topic: 't', offsets: [[0, 1.5]] }] }] },
  ],
  [
    'a selection that is no text',
    {
      episode: {
        number: 1,
        startedAt: at,
        stage: 'reset',
        inDoubt: null,
        facts: [],
        original: { link: { from: 'A', to: 'B' }, selection: { link: { from: 'A', to: 'B' }, topics: 7 } },
      },
    },
  ],
  ['an active side that is no alias', { active: 'A; rm' }],
  [
    'a stage that there is not',
    { episode: { number: 1, startedAt: at, stage: 'won', inDoubt: null, facts: [], original: null } },
  ],
])('a memory with %s is none', (_what, change) => {
  expect(remembered(withMemory(change), pair)).toMatchObject({
    state: 'torn',
    problem: expect.stringContaining('is no memory of accounting'),
  })
})

test('of what becomes a write only the named parts are taken', () => {
  const added = [{ ...anAcl({}), extra: 'x' }]
  const found = remembered(
    withMemory({ fences: [{ cluster: 'A', episode: 1, at, added, proof: 'p', besides: 'more' }] }),
    pair,
  )
  if (found.state !== 'whole') throw new Error('it is not whole')
  expect(found.memory.dossier.fences).toEqual([{ cluster: 'A', episode: 1, at, added: [anAcl({})], proof: 'p' }])
})
