import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dossier, Settlement } from '../../../src/contract/dossier.ts'
import { lateRecords } from '../../../src/domain/positions/late-records.ts'
import { planMove } from '../../../src/domain/positions/positions.ts'
import { type MoveInput } from '../../../src/domain/positions/position.ts'
import { segmentsOf } from '../../../src/domain/positions/segments.ts'
import { aDossier, aMove, aPlan, at, commits, ends } from '../builders.ts'
import { histories } from '../histories.ts'
import { type Leg, replay } from '../history-model.ts'

const cut = (cluster: string, offset: number, episode: number) => ({
  cluster,
  episode,
  at: at(50),
  topics: [{ topic: 't', offsets: [[0, offset]] as [number, number][] }],
})

/** A [0, 100), B [0, 30), A [100, 150), B from 30 on: two failovers and the failback between them. */
const moved: Partial<Dossier> = {
  active: 'B',
  standby: 'A',
  moves: [
    aMove({ fencedEnds: [ends('t', [[0, 0, 100, 100]])] }),
    aMove({ operation: 'failback', from: 'B', to: 'A', fencedEnds: [ends('t', [[0, 0, 30, 30]])] }),
    aMove({ episode: 2, fencedEnds: [ends('t', [[0, 0, 150, 150]])] }),
  ],
  cuts: [cut('B', 0, 1), cut('A', 100, 1), cut('B', 30, 2)],
}

const inWords = (dossier: Dossier) =>
  segmentsOf(dossier, 't', 0).map(({ cluster, from, to }) => `${cluster} ${from} to ${to ?? 'now'}`)

function settlement(action: Settlement['action'], from: number, to: number): Settlement {
  const row: [number, number, number, number] = [0, from, to, to - from]
  const said = { cluster: 'A', episode: 1, at: at(21), by: 'you', reason: 'r', action, ledger: at(20) }
  return { ...said, records: to - from, topics: [{ topic: 't', rows: [row] }] }
}

test('a pair that never moved has one segment, on its active side', () => {
  expect(inWords(aDossier())).toEqual(['A 0 to now'])
})

test('every cut begins a segment on one side and ends one on the other', () => {
  expect(inWords(aDossier(moved))).toEqual(['A 0 to 100', 'B 0 to 30', 'A 100 to 150', 'B 30 to now'])
})

test('a topic that stayed when others moved has one segment, and takes part in the moves that named it', () => {
  const others = [{ topic: 'u', offsets: [[0, 7]] as [number, number][] }]
  const cuts = [
    { ...cut('B', 0, 1), topics: others },
    { ...cut('A', 0, 1), topics: others },
  ]
  const ofOthers = [ends('u', [[0, 0, 9, 9]])]
  const moves = [
    aMove({ fencedEnds: ofOthers }),
    aMove({ operation: 'failback', from: 'B', to: 'A', fencedEnds: ofOthers }),
  ]
  expect(inWords(aDossier({ active: 'B', standby: 'A', moves: moves.slice(0, 1), cuts: cuts.slice(0, 1) }))).toEqual([
    'A 0 to now',
  ])
  expect(inWords(aDossier({ moves, cuts }))).toEqual(['A 0 to now'])
  const all = [
    ...moves,
    // Not on B yet when the cut was marked, so the cut does not know it.
    aMove({ episode: 2, fencedEnds: [...ofOthers, ends('t', [[0, 0, 60, 60]])] }),
  ]
  const third = { ...cut('B', 0, 2), topics: others }
  expect(inWords(aDossier({ active: 'B', standby: 'A', moves: all, cuts: [...cuts, third] }))).toEqual([
    'A 0 to 60',
    'B 0 to now',
  ])
})

test('during the first failover, before the move is on record, the side left has no end yet', () => {
  expect(inWords(aDossier({ cuts: [cut('B', 0, 1)] }))).toEqual(['A 0 to now', 'B 0 to now'])
})

test('a side that went dark ends where the next cut there finds it', () => {
  const moves = [aMove({ mode: 'forced' })]
  expect(inWords(aDossier({ moves, cuts: [cut('B', 0, 1)] }))).toEqual(['A 0 to now', 'B 0 to now'])
  const back = { moves, cuts: [cut('B', 0, 1), cut('A', 120, 1)] }
  expect(inWords(aDossier(back))).toEqual(['A 0 to 120', 'B 0 to now', 'A 120 to now'])
})

test('a cut marked by a run that stepped back is replaced by that of the next one', () => {
  expect(inWords(aDossier({ cuts: [cut('B', 0, 1), cut('B', 4, 1)] }))).toEqual(['A 0 to now', 'B 4 to now'])
})

test('what was settled so that nobody reads it there is in no segment; what is kept is', () => {
  const settled = (action: Settlement['action']) =>
    inWords(aDossier({ ...moved, settlements: [settlement(action, 60, 90)] }))
  for (const action of ['discard', 'quarantine', 'replay'] as const)
    expect(settled(action).slice(0, 2)).toEqual(['A 0 to 60', 'A 90 to 100'])
  expect(settled('keep')[0]).toBe('A 0 to 100')
})

/** Forced from B back to A in the episode of `moved`'s first failover. */
function forcedBack(onA: number, change: Partial<MoveInput> = {}): MoveInput {
  return {
    plan: aPlan({ operation: 'failback', mode: 'forced', source: 'B', target: 'A' }),
    dossier: aDossier({
      moves: [aMove({ mode: 'forced', mirroredTo: [{ topic: 't', offsets: [[0, 99]] }] })],
      cuts: [cut('B', 0, 1)],
      snapshots: [{ cluster: 'A', episode: 1, at: at(15), groups: [commits('billing', 't', [[0, onA]])] }],
    }),
    drainedGroups: [],
    source: { committed: [commits('billing', 't', [[0, 0]])] },
    target: { ends: [ends('t', [[0, 0, 100, 100]]), ends('t.B', [[0, 0, 30, 30]])], committed: [] },
    groupTopics: [{ group: 'billing', topics: ['t'] }],
    ...change,
  }
}

const late = (input: MoveInput) => lateRecords(input, planMove(input))[0]

test('a group that is behind in the last segment alone keeps its order: the barrier sees to it', () => {
  expect(late(forcedBack(100))).toEqual({ group: 'billing', onTarget: 0, inCopy: 0 })
})

test("a group that is behind over both sides reads the target's old segment after the source's newer one", () => {
  expect(late(forcedBack(70))).toEqual({ group: 'billing', onTarget: 30, inCopy: 0 })
})

test('once the cut is marked, what is written there since is not late', () => {
  const input = forcedBack(70)
  const dossier = { ...input.dossier, cuts: [cut('B', 0, 1), cut('A', 100, 1)] }
  const target = { ...input.target, ends: [ends('t', [[0, 0, 140, 140]]), ends('t.B', [[0, 0, 30, 30]])] }
  expect(late({ ...input, dossier, target })?.onTarget).toBe(30)
})

test('a side on which nothing was written meanwhile makes nothing late', () => {
  const input = forcedBack(70)
  const moves = [
    ...input.dossier.moves,
    aMove({ operation: 'failback', from: 'B', to: 'A', fencedEnds: [ends('t', [[0, 0, 0, 0]])] }),
  ]
  const cuts = [cut('B', 0, 1), cut('A', 100, 1)]
  expect(late({ ...input, dossier: { ...input.dossier, moves, cuts } })?.onTarget).toBe(0)
})

test('settled records are not read, so they are not late; kept ones are', () => {
  const withSettled = (action: Settlement['action']) => {
    const input = forcedBack(70)
    return late({ ...input, dossier: { ...input.dossier, settlements: [settlement(action, 80, 100)] } })?.onTarget
  }
  expect(withSettled('discard')).toBe(10)
  expect(withSettled('keep')).toBe(30)
})

test('a rest of an old segment of the source stays late when the group moves on with it', () => {
  const { episode } = aDossier()
  const input = forcedBack(0, {
    plan: aPlan({ mode: 'forced', source: 'A', target: 'B' }),
    dossier: aDossier({
      ...moved,
      active: 'A',
      episode: episode && { ...episode, number: 2 },
      cuts: moved.cuts?.slice(0, 2) ?? [],
      moves: moved.moves?.slice(0, 2) ?? [],
    }),
    source: { committed: [commits('billing', 't', [[0, 70]])] },
    target: {
      ends: [ends('t', [[0, 0, 30, 30]]), ends('t.A', [[0, 0, 150, 150]])],
      committed: [commits('billing', 't', [[0, 30]])],
    },
  })
  expect(late(input)).toEqual({ group: 'billing', onTarget: 0, inCopy: 30 })
  expect(late({ ...input, drainedGroups: ['billing'] })).toEqual({ group: 'billing', onTarget: 0, inCopy: 0 })
  // What this move has begun on B is read last, whatever is on record of it.
  expect(late({ ...input, dossier: { ...input.dossier, ...moved } })?.inCopy).toBe(30)
  // Nobody knows where it is on A: everything there from before the first failover may be unread.
  expect(late({ ...input, source: { committed: [] } })?.inCopy).toBe(100)
})

test('over any history the segments hold every record that was produced and not settled, in that order', () => {
  fc.assert(
    fc.property(histories, (legs) => {
      replay(legs, ({ input, local, produced, to, end }) => {
        const data = (cluster: string, offset: number) =>
          produced.some((record) => record.side === cluster && record.offset === offset)
        const listed = segmentsOf(input.dossier, 't', 0).flatMap(({ cluster, from, to: last }) =>
          Array.from({ length: (last ?? end.of[cluster as 'A' | 'B']) - from }, (_, index) => ({
            side: cluster,
            offset: from + index,
          })),
        )
        expect(listed.filter(({ side, offset }) => data(side, offset))).toEqual(produced)
        expect(local.length).toBe(end.of[to])
      })
    }),
    { numRuns: 150 },
  )
})

const still: Leg = {
  produced: [],
  reads: [0, 0],
  planned: false,
  fenced: false,
  drained: false,
  mirrored: 0,
  translationLag: null,
  producedThere: [],
  settle: null,
  commitsExpire: false,
}
/** What was read on B was settled afterwards: A's first record, read only now, comes after it all the same. */
const readThenSettled: Leg[] = [
  { ...still, produced: ['data'] },
  { ...still, produced: ['data'], reads: [100, 0], settle: 'quarantine' },
  { ...still, planned: true },
]

test('over any history no more is read after newer records than was said before', () => {
  fc.assert(
    fc.property(histories, (legs) => {
      replay(legs, ({ input, plan, late: truth }) => {
        const said = lateRecords(input, plan)[0]
        expect(said?.onTarget).toBeGreaterThanOrEqual(truth.onTarget)
        if (input.source !== null)
          expect((said?.onTarget ?? 0) + (said?.inCopy ?? 0)).toBeGreaterThanOrEqual(truth.onTarget + truth.inCopy)
      })
    }),
    { numRuns: 200, examples: [[readThenSettled]] },
  )
})

test('moves that are planned and drained break no order, however often the pair moves', () => {
  fc.assert(
    fc.property(histories, (legs) => {
      replay(
        legs.map((leg) => ({ ...leg, planned: true, drained: true })),
        ({ input, plan, late: truth }) => {
          expect(truth).toEqual({ onTarget: 0, inCopy: 0 })
          expect(lateRecords(input, plan)).toEqual([{ group: 'billing', onTarget: 0, inCopy: 0 }])
        },
      )
    }),
    { numRuns: 100 },
  )
})
