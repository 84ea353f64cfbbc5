import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Settlement } from '../../../src/contract/dossier.ts'
import type { LagSample, MissingCopies, RememberedCopy } from '../../../src/contract/evidence.ts'
import { identitiesAfter } from '../../../src/domain/assess/topic-identity.ts'
import { positionChanges, withSettled } from '../../../src/domain/positions/changes.ts'
import { type FoundAgain, foundByComparison, withoutFound } from '../../../src/domain/watch/found-again.ts'
import { missingAfter, missingOffsets } from '../../../src/domain/watch/missing.ts'
import { type SeenCopy, copiesAfter, copiesToPlace } from '../../../src/domain/watch/remembered-copies.ts'
import { at, ends } from '../builders.ts'

/** One partition on both sides: what lies where, and the link between. */
interface World {
  log: number[]
  logId: number
  copy: number[]
  copyId: number
  /** Last source offset acknowledged, or null. */
  position: number | null
  written: number
}

const acts = ['write', 'mirror', 'recreate-copy', 'delete-position', 'truncate', 'recreate-source', 'nothing'] as const
type Act = (typeof acts)[number]

function act(world: World, name: Act): World {
  const { log, copy, position } = world
  switch (name) {
    case 'write':
      return { ...world, log: [...log, world.written], written: world.written + 1 }
    case 'mirror': {
      const next = (position ?? -1) + 1
      if (next >= log.length) return world
      return { ...world, copy: [...copy, ...log.slice(next)], position: log.length - 1 }
    }
    case 'recreate-copy':
      return { ...world, copy: [], copyId: world.copyId + 1 }
    case 'delete-position':
      return { ...world, position: null }
    case 'truncate':
      return { ...world, log: log.slice(0, Math.floor(log.length / 2)) }
    case 'recreate-source':
      return { ...world, log: [], logId: world.logId + 1 }
    default:
      return world
  }
}

/** A look after each act, as the watch has it: positions, copies, ends. */
function looked(before: LagSample | null, world: World, second: number, comparing = false): LagSample {
  const size = world.log.length
  const topicEnds = [ends('t', [[0, 0, size, size]], `log-${world.logId}`)]
  const mirroredTo = [
    { topic: 't', offsets: world.position === null ? [] : ([[0, world.position]] as [number, number][]) },
  ]
  const last = world.copy.at(-1)
  const place = last === undefined ? -1 : world.log.indexOf(last)
  const copies: SeenCopy[] = [
    {
      topic: 't',
      copyId: `copy-${world.copyId}`,
      rows: [{ partition: 0, end: world.copy.length, ...(place < 0 ? {} : { reached: place }) }],
    },
  ]
  const identities = identitiesAfter(before, topicEnds, mirroredTo)
  const none = new Set<string>()
  const look = { at: at(second), ends: topicEnds, mirroredTo, copies, ...identities, nothingBetween: none }
  return {
    at: at(second),
    sourceReachable: true,
    linkReachable: true,
    totalLag: 0,
    ends: topicEnds.map(({ topic, partitions }) => ({ topic, partitions })),
    mirroredTo,
    groups: [],
    ...identities,
    copies: copiesAfter(before?.copies, copies, { mirroredTo, nothingBetween: none }),
    missing: withoutFound(missingAfter(before, look), comparing ? inTheCopy(missingAfter(before, look), world) : []),
  }
}

/** As the activity compares: only what the source holds, every record of it. */
function inTheCopy(missing: readonly MissingCopies[], { log, copy }: World): FoundAgain[] {
  return missing.flatMap(({ topic, rows }) =>
    rows.flatMap(([partition, from, to]): FoundAgain[] => {
      if (to > log.length) return []
      const lacked = log.flatMap((record, offset) =>
        offset >= from && offset < to && !copy.includes(record) ? [offset] : [],
      )
      const [first, last] = [lacked[0], lacked.at(-1)]
      return [
        { topic, partition, from, to, left: first === undefined || last === undefined ? null : [first, last + 1] },
      ]
    }),
  )
}

const lacks = ({ log, copy, position }: World): boolean =>
  log.some((record, offset) => offset <= (position ?? -1) && !copy.includes(record))

const empty: World = { log: [], logId: 0, copy: [], copyId: 0, position: null, written: 0 }

test('against a model: what the link has passed and the copy lacks is always known, and never outlives a position that was deleted', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...acts), { maxLength: 40 }), (names) => {
      let world = empty
      let sample = looked(null, world, 0)
      names.forEach((name, index) => {
        world = act(world, name)
        sample = looked(sample, world, index + 1)
        if (lacks(world)) expect(missingOffsets(sample.missing ?? [], sample.ends)).toBeGreaterThan(0)
        if (world.position === null) expect(sample.missing).toEqual([])
      })
    }),
    { numRuns: 500 },
  )
})

test('against a model: a healthy pair has nothing missing, however it writes, mirrors and begins again', () => {
  const healthy = fc.array(fc.constantFrom<Act>('write', 'mirror', 'delete-position', 'nothing'), { maxLength: 40 })
  fc.assert(
    fc.property(healthy, (names) => {
      let world = empty
      let sample = looked(null, world, 0)
      names.forEach((name, index) => {
        world = act(world, name)
        sample = looked(sample, world, index + 1)
        expect(sample.missing).toEqual([])
      })
    }),
  )
})

test('against a model: with the positions that a run sets, the link brings everything that is missing', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...acts), { maxLength: 40 }), (names) => {
      let world = empty
      let sample = looked(null, world, 0)
      names.forEach((name, index) => {
        world = act(world, name)
        sample = looked(sample, world, index + 1)
      })
      const [change] = positionChanges(sample.missing ?? [], sample.ends)
      if (change?.offsets[0] !== undefined) world = { ...world, position: change.offsets[0][1] }
      expect(lacks(act(world, 'mirror'))).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('copies that were never placed come first, then those that grew most, within the number of a look', () => {
  const known: RememberedCopy[] = [
    { topic: 'a', copyId: 'a', rows: [[0, 10, 9]] },
    { topic: 'b', copyId: 'b', rows: [[0, 10, 9]] },
    { topic: 'c', copyId: 'c', rows: [[0, 10, 9]] },
  ]
  const seen = [
    ['a', 12],
    ['b', 10],
    ['c', 40],
    ['d', 1],
  ].map(([topic, end]): SeenCopy => ({
    topic: String(topic),
    copyId: String(topic),
    rows: [{ partition: 0, end: Number(end) }],
  }))
  expect(copiesToPlace(known, seen, 10)).toEqual(['d', 'c', 'a'])
  expect(copiesToPlace(known, seen, 2)).toEqual(['d', 'c'])
})

test('a position goes before the first offset that is missing, and away where another topic begins', () => {
  const missing: MissingCopies[] = [
    { topic: 't', topicId: 'x', why: 'source-truncated', seenAt: at(0), rows: [[0, 80, 100]] },
    { topic: 't', topicId: 'x', why: 'copy-recreated', seenAt: at(0), rows: [[1, 0, 50]] },
    { topic: 'u', topicId: 'y', why: 'source-recreated', seenAt: at(0), rows: [[0, 3, 9]] },
  ]
  const now = [
    {
      topic: 't',
      partitions: [
        [0, 0, 120, 120],
        [1, 0, 50, 50],
      ] as [number, number, number, number][],
    },
    { topic: 'u', partitions: [[0, 0, 9, 9]] as [number, number, number, number][] },
  ]
  expect(positionChanges(missing, now)).toEqual([
    {
      topic: 't',
      offsets: [
        [0, 79],
        [1, null],
      ],
    },
    { topic: 'u', offsets: [[0, null]] },
  ])
})

test('against a model: after any repair nothing stays missing, also where no check saw the position go back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...acts), { maxLength: 40 }),
      fc.integer({ min: 0, max: 9 }),
      (names, back) => {
        let world = empty
        let sample = looked(null, world, 0, true)
        names.forEach((name, index) => {
          world = act(world, name)
          sample = looked(sample, world, index + 1, true)
          if (lacks(world)) expect(missingOffsets(sample.missing ?? [], sample.ends)).toBeGreaterThan(0)
        })
        // Set back, in part or as a whole, and mirrored to the end before anybody looks.
        const position = back === 0 || world.position === null ? null : Math.min(back - 1, world.position)
        world = act(act({ ...world, position }, 'write'), 'mirror')
        sample = looked(sample, world, 100, true)
        const rows = (sample.missing ?? []).flatMap((entry) => entry.rows)
        if (lacks(world)) expect(missingOffsets(sample.missing ?? [], sample.ends)).toBeGreaterThan(0)
        // What would come to where the log does not reach yet cannot be in a copy.
        else expect(rows.filter(([, , to]) => to <= world.log.length)).toEqual([])
      },
    ),
    { numRuns: 500 },
  )
})

const missingOnce: MissingCopies = {
  topic: 't',
  topicId: 'source-000001',
  why: 'copy-recreated',
  seenAt: at(10),
  rows: [[0, 20, 100]],
}

test('a comparison counts where it began later, of the same two topics, over the whole range', () => {
  const seconds = Date.parse(at(20)) / 1000
  const found = (change: { since?: number; from?: number; ids?: string; copyId?: string }) =>
    foundByComparison(
      [missingOnce],
      {
        topics: [
          [
            't',
            change.ids ?? '000001000002',
            seconds,
            'same',
            [[0, change.from ?? 0, 120, change.since ?? seconds, 0, 120]],
          ],
        ],
        differences: [],
      },
      [ends('t', [[0, 0, 120, 120]], 'source-000001')],
      [{ topic: 't', copyId: change.copyId ?? 'copy-000002', rows: [] }],
    )
  expect(found({})).toEqual([{ topic: 't', partition: 0, from: 20, to: 100, left: null }])
  expect(withoutFound([missingOnce], found({}))).toEqual([])
  expect(found({ since: Date.parse(at(5)) / 1000 })).toEqual([])
  expect(found({ from: 21 })).toEqual([])
  expect(found({ copyId: 'copy-000003' })).toEqual([])
})

test('where a provider keeps the positions a copy that is created again is missing all it had reached, until it is found again', () => {
  const look = {
    at: at(1),
    ends: [ends('t', [[0, 5, 120, 120]], 'log')],
    mirroredTo: [{ topic: 't', offsets: [] as [number, number][] }],
    stalePositions: [],
    nothingBetween: new Set<string>(),
    byCopies: true,
  }
  const known = {
    copies: [{ topic: 't', copyId: 'old', rows: [[0, 95, 99] as [number, number, number]] }],
    mirroredTo: [],
    ends: [],
  }
  const again = { ...look, copies: [{ topic: 't', copyId: 'new', rows: [{ partition: 0, end: 0 }] }] }
  const missing = missingAfter(known, again)
  expect(missing).toMatchObject([{ why: 'copy-recreated', rows: [[0, 5, 100]] }])
  // Its position goes on with what comes, or is not there: neither shows that the rest was mirrored again.
  const later = { ...again, mirroredTo: [{ topic: 't', offsets: [[0, 119] as [number, number]] }] }
  const copies = copiesAfter(known.copies, again.copies, { mirroredTo: [], nothingBetween: new Set() })
  expect(missingAfter({ ...known, copies, missing }, later)).toMatchObject([{ rows: [[0, 5, 100]] }])
  // A healthy one has none.
  expect(
    missingAfter(known, { ...look, copies: [{ topic: 't', copyId: 'old', rows: [{ partition: 0, end: 95 }] }] }),
  ).toEqual([])
})

test('a position past settled records is set only where nothing else that is missing lies before it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 30 }),
      (from, length, change) => {
        const settlement = {
          cluster: 'A',
          episode: 1,
          action: 'discard',
          topics: [{ topic: 't', rows: [[0, from, from + length, length]] }],
        }
        const { positions, again } = withSettled(
          [{ topic: 't', offsets: [[0, change - 1]] }],
          [{ topic: 't', offsets: [[0, from + length - 1]] }],
          [settlement as unknown as Settlement],
          'A',
        )
        const end = from + length
        const covered = from <= change && change < end
        expect(positions).toEqual([{ topic: 't', offsets: [[0, covered ? end - 1 : change - 1]] }])
        expect(again).toEqual(change < from ? ['t-0'] : [])
      },
    ),
  )
})
