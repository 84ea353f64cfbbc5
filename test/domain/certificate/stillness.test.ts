import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PartitionEnds, TopicEnds } from '../../../src/contract/evidence.ts'
import { notStillText } from '../../../src/domain/certificate/not-still-text.ts'
import { Stillness, type StillLook, unreplicated } from '../../../src/domain/certificate/stillness.ts'

const ends = (...partitions: PartitionEnds[]): TopicEnds[] => [{ topic: 't', topicId: 'id', partitions }]
const logEnds = (...offsets: [number, number][]) => [{ topic: 't', offsets }]

/** A look of 5 ms at an end that nothing is on its way to, told by leader 1. */
function aLook(begun: number, change: Partial<StillLook> = {}): StillLook {
  return {
    begun,
    ended: begun + 5,
    ends: ends([0, 0, 10, 10]),
    unreplicated: [],
    refused: true,
    leaders: '1',
    ...change,
  }
}

const taken = (looks: StillLook[], windows = { stabilityMs: 1_000, refusedMs: 250 as number | null }) => {
  const stillness = new Stillness(windows)
  return looks.map((look) => stillness.take(look).stillMs)
}

describe('the short window', () => {
  test('counts once every leader refuses, and ends at the log end agree over it', () => {
    expect(taken([aLook(0), aLook(130), aLook(254), aLook(255)])).toEqual([null, null, null, 250])
  })

  test.each<[string, Partial<StillLook>]>([
    ['a leader that has changed', { leaders: '2' }],
    ['a record that came', { ends: ends([0, 0, 11, 11]) }],
    [
      'a record that is not replicated',
      { unreplicated: [{ topic: 't', partition: 0, highWatermark: 10, logEnd: 11 }] },
    ],
    ['an open transaction', { ends: ends([0, 0, 10, 9]) }],
    ['a principal that is not refused', { refused: false }],
    ['log ends that are not told', { unreplicated: null }],
    ['principals that could not be asked as', { leaders: null }],
    ['a look so slow that the broker may have been paused', { ended: 130 + 251 }],
  ])('begins again with %s', (_what, change) => {
    expect(taken([aLook(0), aLook(130, change), aLook(400), aLook(500)])).toEqual([null, null, null, null])
  })

  test('is not there for whoever cannot be refused: the long one is', () => {
    const looks = [0, 300, 600, 1_005].map((begun) => aLook(begun, { leaders: null, unreplicated: null }))
    expect(taken(looks)).toEqual([null, null, null, 1_000])
    expect(taken([aLook(0), aLook(300), aLook(1_005)], { stabilityMs: 1_000, refusedMs: null })).toEqual([
      null,
      null,
      1_000,
    ])
  })
})

test('neither window is over while somebody is not refused, a transaction is open, or a record is not replicated', () => {
  const change = fc.constantFrom<Partial<StillLook>>(
    { refused: false },
    { ends: ends([0, 0, 10, 9]) },
    { unreplicated: [{ topic: 't', partition: 0, highWatermark: 10, logEnd: 12 }] },
  )
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { minLength: 1, maxLength: 12 }), change, (gaps, bad) => {
      let at = 0
      const looks = gaps.map((gap) => aLook((at += gap + 5)))
      expect(taken([...looks, aLook(at + 5_000, bad)]).at(-1)).toBeNull()
    }),
  )
})

/**
 * Leaders begin to refuse one by one; what each let in before is appended within `lag`, and replicated within it again. Looks are
 * quick beside the window.
 */
test('over any fence whose requests in flight are shorter than the window, ends that are final stay so', () => {
  const lag = 200
  const leader = fc.record({
    refusesAt: fc.nat(2_000),
    /** Let in so long before it refuses, appended after `flight`, replicated after `behind`. */
    writes: fc.array(
      fc.record({ before: fc.nat(1_500), flight: fc.integer({ min: 0, max: lag }), behind: fc.nat(lag) }),
      { maxLength: 5 },
    ),
  })
  fc.assert(
    fc.property(
      fc.array(leader, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 20, max: 125 }),
      (leaders, poll) => {
        const stored = leaders.map(({ refusesAt, writes }) =>
          writes.map(({ before, flight, behind }) => {
            const appended = Math.max(0, refusesAt - before) + flight
            return { appended, replicated: appended + behind }
          }),
        )
        const endsAt = (ms: number) =>
          ends(
            ...stored.map((rows, partition): PartitionEnds => {
              const high = highWatermark(rows, ms)
              return [partition, 0, high, high]
            }),
          )
        const stillness = new Stillness({ stabilityMs: 60_000, refusedMs: 250 })
        for (let at = 0; at < 10_000; at += poll) {
          const told = logEnds(
            ...stored.map((rows, partition): [number, number] => [
              partition,
              rows.filter(({ appended }) => appended <= at).length,
            ]),
          )
          const refused = leaders.every(({ refusesAt }) => refusesAt <= at)
          const seen = endsAt(at)
          const look = aLook(at, { ended: at, ends: seen, unreplicated: unreplicated(seen, told), refused })
          if (stillness.take(look).stillMs === null) continue
          expect(seen).toEqual(endsAt(60_000))
          return
        }
        throw new Error('the fence was never proven')
      },
    ),
  )
})

/** Replicated in their order, as a follower fetches them. */
function highWatermark(rows: { appended: number; replicated: number }[], ms: number): number {
  const inOrder = rows.toSorted((one, other) => one.appended - other.appended)
  const first = inOrder.findIndex(({ appended, replicated }) => appended > ms || replicated > ms)
  return first < 0 ? rows.length : first
}

describe('what is not replicated', () => {
  test('is what the leader has above the high watermark', () => {
    expect(unreplicated(ends([0, 0, 10, 10], [1, 0, 5, 5]), logEnds([0, 12], [1, 5]))).toEqual([
      { topic: 't', partition: 0, highWatermark: 10, logEnd: 12 },
    ])
  })

  test('is not known where a partition is not told of', () => {
    expect(unreplicated(ends([0, 0, 10, 10], [1, 0, 5, 5]), logEnds([0, 10]))).toBeNull()
  })
})

test('a person is told what keeps ends from being final', () => {
  const none = { offenders: [], openTransactions: [] }
  const behind = [{ topic: 't', partition: 2, highWatermark: 10, logEnd: 12 }]
  expect(notStillText('A', { ...none, unreplicated: behind }, 3_000)).toMatch(
    /^Records on A are not replicated yet: t-2 to 10 of 12\./,
  )
  expect(notStillText('A', none, 3_000)).toContain('3000 ms')
})
