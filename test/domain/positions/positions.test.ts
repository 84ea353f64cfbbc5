import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dossier, Settlement } from '../../../src/contract/dossier.ts'
import type { GroupOffsets } from '../../../src/contract/evidence.ts'
import { planMove } from '../../../src/domain/positions/positions.ts'
import type { MoveInput } from '../../../src/domain/positions/position.ts'
import { aDossier, aMove, aPlan, at, commits, ends, naming } from '../builders.ts'
import { replay } from '../history-model.ts'
import { histories } from '../histories.ts'

const cut = (cluster: string, offset: number, episode = 1) => ({
  cluster,
  episode,
  at: at(50),
  topics: [{ topic: 't', offsets: [[0, offset]] as [number, number][] }],
})

/** Failover A->B: the copy holds [0, 100), the local topic is new and already written to. */
function failover(change: Partial<MoveInput> = {}, dossier: Partial<Dossier> = {}): MoveInput {
  return {
    plan: aPlan({}),
    dossier: aDossier({ cuts: [cut('B', 0)], ...dossier }),
    drainedGroups: [],
    source: { committed: [commits('billing', 't', [[0, 70]])] },
    target: {
      ends: [ends('t', [[0, 0, 5, 5]]), ends('t.A', [[0, 0, 100, 100]])],
      committed: [commits('billing', 't.A', [[0, 60]])],
    },
    groupTopics: [{ group: 'billing', topics: ['t'] }],
    ...change,
  }
}

/** Failback B->A after a failover that left 40 stranded behind offset 59; the group had committed 50 on A. */
function failback(change: Partial<MoveInput> = {}, dossier: Partial<Dossier> = {}): MoveInput {
  return {
    ...failover(),
    plan: aPlan({ operation: 'failback', source: 'B', target: 'A' }),
    dossier: aDossier({
      moves: [aMove({ mode: 'forced', mirroredTo: [{ topic: 't', offsets: [[0, 59]] }] })],
      cuts: [cut('B', 0), cut('A', 100)],
      snapshots: [{ cluster: 'A', episode: 1, at: at(15), groups: [commits('billing', 't', [[0, 50]])] }],
      ...dossier,
    }),
    source: { committed: [commits('billing', 't.A', [[0, 61]])] },
    target: { ends: [ends('t', [[0, 0, 105, 105]]), ends('t.B', [[0, 0, 30, 30]])], committed: [] },
    ...change,
  }
}

function settlement(action: Settlement['action'], from = 60, to = 100): Settlement {
  return {
    cluster: 'A',
    episode: 1,
    at: at(21),
    by: 'you',
    reason: 'r',
    action,
    ledger: at(20),
    records: to - from,
    topics: [{ topic: 't', rows: [[0, from, to, to - from]] }],
  }
}

const rows = (input: MoveInput) => planMove(input).groups[0]?.rows
const localRow = (input: MoveInput) => rows(input)?.find(([topic]) => topic === 't')
const remoteRow = (input: MoveInput) => rows(input)?.find(([topic]) => topic !== 't')

test('a drained group continues at the end of the copy and at the cut, and reads nothing twice', () => {
  const plan = planMove(failover({ drainedGroups: ['billing'] }))
  expect(plan).toEqual({
    groups: [
      {
        group: 'billing',
        duplicates: 0,
        rows: [
          ['t.A', 0, 100, 70, 60, 0, 'end after a planned drain', 'done'],
          ['t', 0, 0, -1, -1, 0, 'cut', 'done'],
        ],
      },
    ],
    copies: [{ topic: 't.A', offsets: [[0, 100]] }],
    obstacles: [],
  })
})

test('a group that did not drain continues at the translation, and may read the rest twice', () => {
  expect(remoteRow(failover())).toEqual(['t.A', 0, 60, 70, 60, 40, 'translated by the link', 'reached'])
})

test('without a translation a group starts at the start of the copy', () => {
  const { ends: targetEnds } = failover().target
  expect(remoteRow(failover({ target: { ends: targetEnds, committed: [] }, source: null }))).toEqual([
    't.A',
    0,
    0,
    -1,
    -1,
    100,
    'start: no translation',
    'untold',
  ])
})

test('records that expired from the copy before the group read them are an obstacle', () => {
  const target = { ...failover().target, ends: [ends('t', [[0, 0, 5, 5]]), ends('t.A', [[0, 65, 100, 100]])] }
  expect(remoteRow(failover({ target }))?.[2]).toBe(65)
  expect(remoteRow(failover({ target }))?.[7]).toBe('lost')
  expect(planMove(failover({ target })).obstacles).toEqual([
    expect.stringContaining('t.A partition 0: translated to 60, but the copy starts at 65'),
  ])
})

test('a translation beyond the end is of a copy that is gone: all of this one is read', () => {
  const target = { ...failover().target, committed: [commits('billing', 't.A', [[0, 130]])] }
  expect(remoteRow(failover({ target }))?.[2]).toBe(0)
  expect(remoteRow(failover({ target }))?.[7]).toBe('anew')
})

test('a topic never mirrored has no copy to be placed in, a local topic that is missing is an obstacle', () => {
  const plan = planMove(failover({ target: { ends: [], committed: [] } }))
  expect(plan.groups[0]?.rows).toEqual([])
  expect(plan.obstacles).toEqual([expect.stringContaining('t does not exist on B')])
})

test('records on the local topic from before the first failover are not of this pair: the cut', () => {
  expect(localRow(failover({}, { cuts: [cut('B', 3)] }))?.slice(2)).toEqual([3, -1, -1, 0, 'cut', 'done'])
})

test('where a group got to in a topic is told by the last move that the topic was in, not by a later one of others', () => {
  const back = { operation: 'failback', from: 'B', to: 'A' } as const
  const left = aMove({ ...back, drainedGroups: ['billing'], fencedEnds: [ends('t', [[0, 0, 3, 3]])] })
  const others = aMove({ ...back, episode: 2, mirroredTo: [], fencedEnds: [ends('u', [[0, 0, 9, 9]])] })
  const again = (moves: Dossier['moves']) => localRow(failover({}, { moves, cuts: [cut('B', 5)] }))
  expect(again([left])?.slice(2, 6)).toEqual([3, -1, -1, 2])
  expect(again([left, others])).toEqual(again([left]))
})

test('before the cut is marked, a plan begins at what is there already and nobody accounts for, else at the present end', () => {
  expect(localRow(failover({}, { cuts: [cut('B', 3, 0)] }))?.slice(2)).toEqual([
    0,
    -1,
    -1,
    0,
    'records from before the cut begin here',
    'done',
  ])
  const left = aMove({ operation: 'failback', from: 'B', to: 'A', fencedEnds: [ends('t', [[0, 0, 5, 5]])] })
  const drained = { ...left, drainedGroups: ['billing'] }
  expect(localRow(failover({}, { cuts: [cut('B', 3, 0)], moves: [drained] }))?.slice(2, 3)).toEqual([5])
})

test('producers that were started without a cut are an obstacle', () => {
  const dossier = aDossier()
  const fact = {
    operation: 'failover' as const,
    step: 'start-producers' as const,
    state: 'begun' as const,
    at: at(9),
    fact: null,
  }
  const input = failover({ dossier: { ...dossier, episode: dossier.episode && { ...dossier.episode, facts: [fact] } } })
  expect(localRow(input)?.slice(2, 3)).toEqual([0])
  expect(planMove(input).obstacles).toEqual([expect.stringContaining('no cut of this episode')])
  const set = { ...input, target: { ...input.target, committed: [commits('billing', 't', [[0, 3]])] } }
  expect(planMove(set).obstacles).toEqual([])
  expect(localRow(set)?.slice(2, 6)).toEqual([3, -1, 3, 2])
})

test('a partition younger than the cut is read from its start', () => {
  const target = {
    ...failover().target,
    ends: [
      ends('t', [
        [0, 0, 5, 5],
        [1, 0, 9, 9],
      ]),
    ],
  }
  expect(rows(failover({ target }, { cuts: [cut('B', 4)] }))?.map((row) => row[2])).toEqual([4, 0])
})

test('a group that left records of an earlier episode unread on the target goes back to them', () => {
  const earlier = {
    cuts: [cut('B', 40, 2)],
    episode: { ...failover().dossier.episode, number: 2 } as Dossier['episode'],
    snapshots: [{ cluster: 'B', episode: 1, at: at(30), groups: [commits('billing', 't', [[0, 25]])] }],
  }
  const target = { ...failover().target, ends: [ends('t', [[0, 0, 45, 45]])] }
  const move = aMove({ operation: 'failback', from: 'B', to: 'A', fencedEnds: [ends('t', [[0, 0, 40, 40]])] })
  const unread = failover({ target }, { ...earlier, moves: [move] })
  expect(localRow(unread)?.slice(2)).toEqual([25, -1, -1, 15, 'committed here before', 'reached'])
  const drained = failover({ target }, { ...earlier, moves: [{ ...move, drainedGroups: ['billing'] }] })
  expect(localRow(drained)?.slice(2)).toEqual([40, -1, -1, 0, 'cut', 'done'])
})

test('at failback a group that read the whole copy continues behind what was mirrored', () => {
  expect(localRow(failback({ drainedGroups: ['billing'] }))).toEqual([
    't',
    0,
    60,
    61,
    -1,
    // Its consumers died with the cluster: up to the cut, they may have processed what they never committed.
    40,
    'upstream position of what was read remotely',
    'reached',
  ])
})

test('at failback after a planned failover it continues at the fenced end', () => {
  const moves = [
    aMove({ fencedEnds: [ends('t', [[0, 0, 100, 100]])], mirroredTo: [{ topic: 't', offsets: [[0, 98]] }] }),
  ]
  expect(localRow(failback({ drainedGroups: ['billing'] }, { moves }))?.slice(2, 3)).toEqual([100])
})

test('a fence that a forced move left behind does not prove that everything was mirrored', () => {
  const moves = [
    aMove({
      mode: 'forced',
      fencedEnds: [ends('t', [[0, 0, 100, 100]])],
      mirroredTo: [{ topic: 't', offsets: [[0, 59]] }],
    }),
  ]
  expect(localRow(failback({ drainedGroups: ['billing'] }, { moves }))?.slice(2, 3)).toEqual([60])
})

test('of several snapshots the latest that knows the group counts', () => {
  const snapshot = (second: number, groups: GroupOffsets[]) => ({ cluster: 'A', episode: 1, at: at(second), groups })
  const snapshots = [
    snapshot(5, [commits('billing', 't', [[0, 40]])]),
    snapshot(15, [commits('billing', 't', [[0, 52]])]),
    snapshot(20, [commits('other', 't', [[0, 90]])]),
  ]
  expect(localRow(failback({}, { snapshots }))?.slice(2, 3)).toEqual([52])
})

test.each([
  ['another cluster', { cluster: 'B' }],
  ['an episode before the move', { episode: 0 }],
])('what was settled on %s is not passed', (_case, change) => {
  const settlements = [{ ...settlement('discard'), ...change }]
  expect(localRow(failback({ drainedGroups: ['billing'] }, { settlements }))?.slice(2, 3)).toEqual([60])
})

test('at failback a group that did not drain continues where it had committed, and what it may read twice is told', () => {
  expect(localRow(failback())?.slice(2)).toEqual([50, 61, -1, 50, 'committed here before', 'reached'])
})

test('commits seen before the group left, and gone since, leave open how much it had read', () => {
  const early = [{ cluster: 'A', episode: 1, at: at(5), groups: [commits('billing', 't', [[0, 50]])] }]
  expect(localRow(failback({}, { snapshots: early }))?.slice(2)).toEqual([
    50,
    61,
    -1,
    50,
    'committed here before',
    'reached',
  ])
})

test('an offset that a person sets after the snapshot counts where it is higher; the snapshot counts where commits are gone', () => {
  const chosenWith = (committed: number, snapshots = failback().dossier.snapshots) => {
    const target = { ...failback().target, committed: [commits('billing', 't', [[0, committed]])] }
    return localRow(failback({ target }, { snapshots }))?.[2]
  }
  expect(chosenWith(55)).toBe(55)
  expect(chosenWith(45)).toBe(50)
  expect(chosenWith(-1)).toBe(50)
  expect(chosenWith(45, [])).toBe(45)
})

test('the offset that an obstacle advises to set is taken', () => {
  const target = { ...failback().target, ends: [ends('t', [[0, 80, 105, 105]])] }
  expect(planMove(failback({ target })).obstacles).toHaveLength(1)
  const set = failback({ target: { ...target, committed: [commits('billing', 't', [[0, 80]])] } })
  expect(planMove(set).obstacles).toEqual([])
  expect(localRow(set)?.slice(2, 3)).toEqual([80])
})

test.each(['discard', 'quarantine', 'replay'] as const)(
  'records settled by %s are passed when all before them is read',
  (action) => {
    const input = failback({ drainedGroups: ['billing'] }, { settlements: [settlement(action)] })
    expect(localRow(input)?.slice(2, 3)).toEqual([100])
  },
)

test('records that are kept are read, also when they were to be discarded before', () => {
  const settlements = [settlement('discard'), settlement('keep')]
  expect(localRow(failback({ drainedGroups: ['billing'] }, { settlements }))?.slice(2, 3)).toEqual([60])
})

test('settled records behind unread ones are read again, and declared', () => {
  const input = failback({}, { settlements: [settlement('discard')] })
  expect(localRow(input)?.slice(2)).toEqual([50, 61, -1, 50, 'committed here before', 'reached'])
})

test('unread records that expired on the target are an obstacle; settled ones are not', () => {
  const target = { ...failback().target, ends: [ends('t', [[0, 80, 105, 105]])] }
  expect(planMove(failback({ target })).obstacles).toEqual([
    expect.stringContaining('read to 50, but the topic starts at 80'),
  ])
  const settled = failback({ target, drainedGroups: ['billing'] }, { settlements: [settlement('discard')] })
  expect(planMove(settled).obstacles).toEqual([])
  expect(localRow(settled)?.slice(2, 3)).toEqual([100])
})

test('a topic recreated while the cluster was away is read from its start', () => {
  const moves = [
    aMove({ fencedEnds: [ends('t', [[0, 0, 100, 100]], 'old')], mirroredTo: [{ topic: 't', offsets: [[0, 59]] }] }),
  ]
  expect(localRow(failback({ drainedGroups: ['billing'] }, { moves }))?.slice(2, 3)).toEqual([0])
})

test('at failback to a replacement the local topic is read from the cut', () => {
  const input = failback({
    plan: aPlan({ operation: 'failback', source: 'B', target: 'C' }),
    dossier: aDossier({ cuts: [cut('C', 2)], moves: [aMove({})] }),
  })
  expect(localRow(input)?.slice(2)).toEqual([2, -1, -1, 0, 'cut', 'done'])
})

test('over any history no group is placed beyond a record it has not read and nobody has settled', () => {
  fc.assert(
    fc.property(histories, (legs) => {
      replay(legs, ({ plan, from, remote, local, cut: cutAt }) => {
        const chosen = (topic: string) => plan.groups[0]?.rows.find(([t]) => t === topic)?.[2] ?? 0
        const passed = remote.slice(0, chosen(`t.${from}`))
        expect(passed.filter(({ data, read }) => data && !read)).toEqual([])
        const before = local.slice(0, chosen('t'))
        expect(before.filter(({ data, read, settled }) => data && !read && !settled)).toEqual([])
        expect(chosen('t')).toBeLessThanOrEqual(cutAt)
      })
    }),
    { numRuns: 150 },
  )
})

test('over any history every partition has an offset inside its log, and no more is read twice than told', () => {
  fc.assert(
    fc.property(histories, (legs) => {
      replay(legs, ({ input, plan, from, remote, local }) => {
        const group = plan.groups[0]
        expect(plan.obstacles).toEqual([])
        expect(group?.rows.map(([topic, partition]) => `${topic}/${partition}`).sort()).toEqual(
          input.target.ends.flatMap(({ topic, partitions }) => partitions.map(([p]) => `${topic}/${p}`)).sort(),
        )
        for (const [topic, , chosen, , , duplicates] of group?.rows ?? []) {
          const records = topic === `t.${from}` ? remote.map((r) => ({ ...r, settled: false })) : local
          expect(chosen).toBeGreaterThanOrEqual(0)
          expect(chosen).toBeLessThanOrEqual(records.length)
          const again = records.slice(chosen).filter(({ data, read, settled }) => data && (read || settled)).length
          expect(duplicates).toBeGreaterThanOrEqual(again)
        }
      })
    }),
    { numRuns: 150 },
  )
})

test('moves that are planned and drained read nothing twice, however often the pair moves', () => {
  fc.assert(
    fc.property(histories, (legs) => {
      replay(
        legs.map((l) => ({ ...l, planned: true, drained: true })),
        ({ plan }) => {
          expect(plan.groups[0]?.duplicates).toBe(0)
        },
      )
    }),
    { numRuns: 100 },
  )
})

test('where copies keep their names a group goes on in the one log: drained at the cut, else as the link translated', () => {
  const oneLog = (change: Partial<MoveInput>, dossier: Partial<Dossier> = { cuts: [cut('B', 100)] }) =>
    planMove(
      failover(
        {
          plan: aPlan({ naming: { ...naming, copies: { A: { type: 'none' }, B: { type: 'none' } } } }),
          // The copy is [0, 100); five records of the target's own follow.
          target: { ends: [ends('t', [[0, 0, 105, 105]])], committed: [commits('billing', 't', [[0, 60]])] },
          ...change,
        },
        dossier,
      ),
    )
  const chosen = (plan: ReturnType<typeof planMove>) => plan.groups[0]?.rows.map((row) => [row[0], row[2], row[5]])
  const committed = (offset: number) => ({
    ends: [ends('t', [[0, 0, 105, 105]])],
    committed: [commits('billing', 't', [[0, offset]])],
  })

  expect(chosen(oneLog({ drainedGroups: ['billing'] }))).toEqual([['t', 100, 0]])
  expect(chosen(oneLog({}))).toEqual([['t', 60, 40]])
  expect(chosen(oneLog({ target: { ...committed(60), committed: [] } }))).toEqual([['t', 0, 100]])
  // Committed behind the cut by somebody on the target: what of the copy was read is not known.
  expect(chosen(oneLog({ target: committed(103) }))).toEqual([['t', 0, 105]])
  expect(oneLog({}, { cuts: [] }).obstacles).toEqual([])
  expect(chosen(oneLog({ drainedGroups: ['billing'] }, { cuts: [] }))).toEqual([['t', 105, 0]])
})
