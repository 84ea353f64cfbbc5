import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dossier } from '../../../src/contract/dossier.ts'
import type { MemoryMark, MemorySide, PairMemory, Survey } from '../../../src/contract/memory.ts'
import { newDossier, openEpisode } from '../../../src/domain/dossier/dossier.ts'
import { type MemoryRecord, memoryRecords, partBytes, remembered } from '../../../src/domain/memory/memory.ts'
import { adoptedDossier, surveyedDossier } from '../../../src/domain/memory/adopted.ts'
import { mayWriteOver, recallOf } from '../../../src/domain/memory/choice.ts'

const at = '2026-01-01T00:00:00.000Z'

function memoryOf(note: string, change: Partial<Dossier> = {}): PairMemory {
  const dossier = openEpisode(newDossier({ pair: 'accounting', primary: 'A', secondary: 'B', at }), at)
  return {
    version: 1,
    dossier: { ...dossier, ...change },
    lease: null,
    epoch: 3,
    events: [{ at, text: note }],
    over: [],
  }
}

/** What a cluster holds after writes of which each may stop half way, kept as a log or compacted. */
interface Written {
  log: MemoryRecord[]
  slot: 0 | 1
  newest: PairMemory | null
}

function write(before: Written, memory: PairMemory, revision: number, limit: number, records: number): Written {
  const slot = before.slot === 0 ? 1 : 0
  const all = memoryRecords({ memory, mark: { lineage: 'l', revision }, at, slot, limit })
  const done = Math.min(records, all.length)
  const log = [...before.log, ...all.slice(0, done)]
  return done === all.length ? { log, slot, newest: memory } : { ...before, log }
}

function compacted(log: MemoryRecord[]): MemoryRecord[] {
  return log.filter(({ key }, index) => !log.slice(index + 1).some((later) => later.key === key))
}

test('a memory comes back from its parts, whatever its text and however small the parts', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '"', 'é', '€', '𝄞', '\n'), maxLength: 200 }),
      fc.integer({ min: 40, max: 400 }),
      (note, limit) => {
        const memory = memoryOf(note)
        const records = memoryRecords({ memory, mark: { lineage: 'l', revision: 7 }, at, slot: 1, limit })
        for (const { value } of records.slice(0, -1)) expect(value.length).toBeLessThanOrEqual(limit)
        const found = remembered(records, 'accounting')
        expect(found).toMatchObject({ state: 'whole', memory, slot: 1, summary: { lineage: 'l', revision: 7 } })
        expect(remembered(records, 'orders')).toEqual({ state: 'none' })
      },
    ),
  )
})

test('after writes that stop half way the newest whole memory is there, compacted or not', () => {
  const writes = fc.array(
    fc.record({ note: fc.string({ maxLength: 60 }), limit: fc.integer({ min: 100, max: 600 }), records: fc.nat(8) }),
    { minLength: 1, maxLength: 12 },
  )
  fc.assert(
    fc.property(writes, (all) => {
      let state: Written = { log: [], slot: 1, newest: null }
      all.forEach(({ note, limit, records }, index) => {
        state = write(state, memoryOf(note), index + 1, limit, records)
        for (const log of [state.log, compacted(state.log)]) {
          const found = remembered(log, 'accounting')
          if (state.newest === null) expect(found).toEqual({ state: 'none' })
          else expect(found).toMatchObject({ state: 'whole', memory: state.newest })
        }
      })
    }),
  )
})

test('what is missing, changed or mixed is seen as torn, never taken for a memory', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 300 }),
      fc.integer({ min: 50, max: 200 }),
      fc.nat(),
      fc.constantFrom('drop', 'flip', 'cut', 'other'),
      (note, limit, pick, how) => {
        const records = memoryRecords({
          memory: memoryOf(note),
          mark: { lineage: 'l', revision: 2 },
          at,
          slot: 0,
          limit,
        })
        const other = memoryRecords({
          memory: memoryOf(`${note}!`),
          mark: { lineage: 'l', revision: 1 },
          at,
          slot: 0,
          limit,
        })
        const index = pick % (records.length - 1)
        const broken = records.flatMap((record, at): MemoryRecord[] => {
          if (at !== index) return [record]
          if (how === 'drop') return []
          if (how === 'cut') return [{ ...record, value: record.value.subarray(0, record.value.length - 1) }]
          if (how === 'flip') return [{ ...record, value: record.value.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) }]
          return [{ ...record, value: (other[index] as MemoryRecord).value }]
        })
        const same = how === 'other' && sameBytes(other[index]?.value, records[index]?.value)
        expect(remembered(broken, 'accounting').state).toBe(same ? 'whole' : 'torn')
      },
    ),
  )
})

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index])
}

test('anything under a pair’s key is read without a failure', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (value) => {
      expect(remembered([{ key: 'accounting', value }], 'accounting')).toMatchObject({
        state: 'torn',
        mark: { revision: 0 },
      })
    }),
  )
})

test('a thousand topics of three partitions, after three episodes, are at most three records below the limit', () => {
  const topics = Array.from({ length: 1_000 }, (_, n) => `accounting.invoices.region-${n}`)
  const offsets = (base: number): [number, number][] => [0, 1, 2].map((partition) => [partition, base + partition])
  const places = topics.map((topic) => ({ topic, offsets: offsets(123_456_789) }))
  const cut = (episode: number) => ({ cluster: 'B', episode, at, topics: places })
  const snapshot = (episode: number) => ({ cluster: 'A', episode, at, groups: [{ group: 'billing', topics: places }] })
  const memory = memoryOf('x', { cuts: [1, 2, 3].map(cut), snapshots: [1, 2, 3].map(snapshot) })
  const records = memoryRecords({ memory, mark: { lineage: 'l', revision: 1 }, at, slot: 0 })
  expect(records.length).toBeLessThanOrEqual(3)
  for (const { value } of records) expect(value.length).toBeLessThanOrEqual(partBytes)
  expect(remembered(records, 'accounting')).toMatchObject({ state: 'whole' })
})

const marks = fc.record({ lineage: fc.constantFrom('x', 'y', 'z'), revision: fc.integer({ min: 1, max: 9 }) })

test('a foreign memory is written over only when a person put this or a newer one of it aside', () => {
  fc.assert(
    fc.property(marks, fc.constantFrom('x', 'w'), fc.array(marks, { maxLength: 4 }), (mark, lineage, over) => {
      const found = remembered(memoryRecords({ memory: memoryOf(''), mark, at, slot: 0 }), 'accounting')
      const put = over.some((aside) => aside.lineage === mark.lineage && aside.revision >= mark.revision)
      expect(mayWriteOver(found, { lineage, over })).toBe(mark.lineage === lineage || put)
    }),
  )
  expect(mayWriteOver({ state: 'none' }, { lineage: 'w', over: [] })).toBe(true)
  expect(mayWriteOver({ state: 'torn', problem: '', mark: null, slot: null }, { lineage: 'w', over: [] })).toBe(false)
})

function side(cluster: string, mark: MemoryMark, note = ''): MemorySide {
  const found = remembered(memoryRecords({ memory: memoryOf(note), mark, at, slot: 0 }), 'accounting')
  return { cluster, found: found.state === 'whole' ? found.summary : null }
}

test('the highest revision is what would be adopted, and disagreement is said', () => {
  const behind = recallOf([side('A', { lineage: 'x', revision: 4 }), side('B', { lineage: 'x', revision: 6 }, 'later')])
  expect(behind.best?.revision).toBe(6)
  expect(behind.disagreements).toEqual([expect.stringMatching(/^A is behind: revision 4, .*A active/)])
  const same = recallOf([side('A', { lineage: 'x', revision: 6 }), side('B', { lineage: 'x', revision: 6 })])
  expect(same.disagreements).toEqual([])
  const forked = recallOf([side('A', { lineage: 'x', revision: 6 }), side('B', { lineage: 'y', revision: 7 }, 'other')])
  expect(forked.disagreements).toEqual([
    expect.stringMatching(/^A disagrees: it remembers another history, revision 6/),
  ])
  const dark = recallOf([
    { cluster: 'A', found: null, problem: 'no broker answers' },
    side('B', { lineage: 'x', revision: 1 }),
  ])
  expect(dark.text).toMatch(/revision 1, written at .*\nA: no broker answers/s)
  expect(recallOf([{ cluster: 'A', found: null }]).best).toBeNull()
})

const sideNow = (cluster: string, grown: number, lastWriteAt: string | null = null) => ({ cluster, grown, lastWriteAt })
const linkNow = (from: string, to: string, state: string) => ({ from, to, state, selection: null })

test('where the producers are is told by what grows, else by the last write, and not at all when it cannot be', () => {
  const active = (sides: Survey['sides']) => recallOf([], { links: [], sides }).active
  expect(active([sideNow('A', 0, at), sideNow('B', 5)])).toBe('B')
  expect(active([sideNow('A', 1), sideNow('B', 5)])).toBeUndefined()
  expect(active([sideNow('A', 0, at), sideNow('B', 0)])).toBe('A')
  expect(active([sideNow('A', 0, at), sideNow('B', 0, at)])).toBeUndefined()
  expect(active([{ ...sideNow('A', 0), problem: 'dark' }, sideNow('B', 0, at)])).toBeUndefined()
  expect(active([sideNow('A', 0), sideNow('B', 0)])).toBeUndefined()
})

test('from the clusters: home and mirrored, failed over and unprotected, or reset', () => {
  const surveyed = (active: string, links: ReturnType<typeof linkNow>[]) =>
    surveyedDossier({ pair: 'accounting', primary: 'A', secondary: 'B', active, at, survey: { links, sides: [] } })
  expect(surveyed('A', [linkNow('A', 'B', 'running')])).toMatchObject({
    active: 'A',
    standby: 'B',
    protectedBy: { from: 'A', to: 'B' },
    unprotectedSince: null,
    episode: null,
  })
  expect(surveyed('B', [linkNow('A', 'B', 'running'), linkNow('B', 'A', 'absent')])).toMatchObject({
    active: 'B',
    standby: 'A',
    protectedBy: null,
    unprotectedSince: at,
    episode: { number: 1, stage: 'failed-over', original: null },
  })
  expect(surveyed('B', [linkNow('B', 'C', 'running')])).toMatchObject({
    active: 'B',
    standby: 'C',
    episode: { stage: 'reset' },
  })
})

test('the run that held the pair is gone, so its episode is in doubt; one between two operations is not', () => {
  const memory = memoryOf('')
  const lease = {
    workflowId: 'failover/accounting/1',
    runId: 'r',
    operation: 'failover' as const,
    epoch: 3,
    acquiredAt: at,
  }
  expect(adoptedDossier({ ...memory, lease }, at).episode?.inDoubt).toMatchObject({
    operation: 'failover',
    workflowId: 'failover/accounting/1',
    why: expect.stringContaining('database'),
  })
  expect(adoptedDossier(memory, at).episode?.inDoubt).toMatchObject({ operation: 'failover', workflowId: 'unknown' })
  const { episode } = memory.dossier
  const rested = {
    ...memory,
    dossier: { ...memory.dossier, episode: episode && { ...episode, stage: 'reset' as const } },
  }
  expect(adoptedDossier(rested, at)).toEqual(rested.dossier)
  const closed = { ...memory, dossier: { ...memory.dossier, episode: null } }
  expect(adoptedDossier(closed, at)).toEqual(closed.dossier)
})
