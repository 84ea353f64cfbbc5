import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LagSample, MissingCopies, RememberedCopy } from '../../../src/contract/evidence.ts'
import { identitiesAfter } from '../../../src/domain/topic-identity.ts'
import { positionChanges } from '../../../src/domain/position-changes.ts'
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
function looked(before: LagSample | null, world: World, second: number): LagSample {
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
    missing: missingAfter(before, look),
  }
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
