import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MadeChoice } from '../../../src/contract/choices.ts'
import type { Dossier, StepFact } from '../../../src/contract/dossier.ts'
import type { PartitionEnds } from '../../../src/contract/evidence.ts'
import { undecided } from '../../../src/domain/choices/decide.ts'
import { accountedEnd, beginningOf, earlyRanges } from '../../../src/domain/choices/early-records.ts'
import { indexing } from '../../../src/domain/positions/lookup.ts'
import { planMove } from '../../../src/domain/positions/positions.ts'
import { settledRanges } from '../../../src/domain/positions/settled.ts'
import { aDossier, aMove, aPlan, at, commits, ends, naming } from '../builders.ts'

const topic = { topic: 't', topicId: 'id-t' }
const local = (end: number, start = 0) => ends('t', [[0, start, end, end]], 'id-t')
const leftB = (end: number, id = 'id-t') =>
  aMove({ operation: 'failback', from: 'B', to: 'A', episode: 0, fencedEnds: [ends('t', [[0, 0, end, end]], id)] })

function chosen(action: 'beginning' | 'cut', to: number, from = 0): MadeChoice {
  return { about: 'early', action, by: 'you', topics: [{ ...topic, rows: [[0, from, to, to - from]] }] }
}

const placed = (
  dossier: Dossier,
  end: number,
  x: { choices?: MadeChoice[]; committed?: number; drained?: string[] } = {},
) =>
  planMove({
    plan: aPlan(x.choices ? { choices: x.choices } : {}),
    dossier,
    drainedGroups: x.drained ?? ['billing'],
    source: null,
    target: {
      ends: [local(end)],
      committed: x.committed === undefined ? [] : [commits('billing', 't', [[0, x.committed]])],
    },
    groupTopics: [{ group: 'billing', topics: ['t'] }],
  }).groups[0]?.rows[0]?.slice(2, 6)

test('on a first visit all that is in the local topic of the target is early, whoever wrote it', () => {
  expect(earlyRanges(aPlan({}), aDossier(), [local(500)])).toEqual([{ ...topic, rows: [[0, 0, 500, null]] }])
  expect(earlyRanges(aPlan({}), aDossier(), [local(500, 120)])).toEqual([{ ...topic, rows: [[0, 120, 500, null]] }])
  expect(earlyRanges(aPlan({}), aDossier(), [local(0)])).toEqual([])
  expect(earlyRanges(aPlan({}), aDossier(), [ends('others', [[0, 0, 9, 9]])])).toEqual([])
})

test('on a later visit it is what came after the fence that the pair left behind', () => {
  const dossier = aDossier({ moves: [leftB(300)] })
  expect(earlyRanges(aPlan({}), dossier, [local(300)])).toEqual([])
  expect(earlyRanges(aPlan({}), dossier, [local(307)])).toEqual([{ ...topic, rows: [[0, 300, 307, null]] }])
  // Another topic under the same name was never the pair's.
  expect(earlyRanges(aPlan({}), aDossier({ moves: [leftB(300, 'old')] }), [local(307)])).toEqual([
    { ...topic, rows: [[0, 0, 307, null]] },
  ])
  // A run of other topics, and a partition that came since.
  const others = { ...leftB(300), fencedEnds: [ends('others', [[0, 0, 9, 9]])] }
  expect(accountedEnd(aDossier({ moves: [leftB(300), others] }), 'B', topic, 0)).toBe(300)
  expect(accountedEnd(dossier, 'B', topic, 1)).toBe(0)
})

test('at failback it is what came after the fence of the returning cluster; what was settled there is accounted for', () => {
  const guard: StepFact = {
    operation: 'reset',
    step: 'guard-returning',
    state: 'done',
    at: at(20),
    fact: { pre: null, result: { ends: [local(140)] } },
  }
  const plan = aPlan({ operation: 'failback', source: 'B', target: 'A' })
  const dark = aDossier({ moves: [aMove({ mode: 'forced' })] })
  // Nobody can tell what was written there before the cluster was lost.
  expect(accountedEnd(dark, 'A', topic, 0)).toBeNull()
  expect(earlyRanges(plan, dark, [local(150)])).toEqual([])
  const back = { ...dark, episode: dark.episode && { ...dark.episode, facts: [guard] } }
  expect(earlyRanges(plan, back, [local(150)])).toEqual([{ ...topic, rows: [[0, 140, 150, null]] }])
  const settlement = {
    cluster: 'A',
    episode: 1,
    at: at(30),
    by: 'you',
    reason: 'r',
    action: 'keep' as const,
    ledger: at(29),
    records: 150,
    topics: [{ topic: 't', rows: [[0, 0, 150, 150]] as [number, number, number, number][] }],
  }
  expect(earlyRanges(plan, { ...back, settlements: [settlement] }, [local(150)])).toEqual([])
})

test('nothing is early for a reset, where copies keep their names, or once producers were started there', () => {
  expect(earlyRanges(aPlan({ operation: 'reset' }), aDossier(), [local(5)])).toEqual([])
  const oneLog = aPlan({ naming: { ...naming, copies: { A: { type: 'none' } } } })
  expect(earlyRanges(oneLog, aDossier(), [local(5)])).toEqual([])
  const fact = { operation: 'failover' as const, step: 'start-producers' as const, at: at(9), fact: null }
  const started = (state: StepFact['state']) => {
    const dossier = aDossier()
    return { ...dossier, episode: dossier.episode && { ...dossier.episode, facts: [{ ...fact, state }] } }
  }
  expect(earlyRanges(aPlan({}), started('begun'), [local(5)])).toEqual([])
  expect(earlyRanges(aPlan({}), started('undone'), [local(5)])).toHaveLength(1)
})

test('groups begin at the beginning of them, or, where a person chose the cut, behind exactly what that person saw', () => {
  expect(placed(aDossier(), 500)?.[0]).toBe(0)
  expect(placed(aDossier(), 500, { choices: [chosen('beginning', 500)] })?.[0]).toBe(0)
  expect(placed(aDossier(), 500, { choices: [chosen('cut', 500)] })?.[0]).toBe(500)
  // Seven more came after the approval.
  expect(placed(aDossier(), 507, { choices: [chosen('cut', 500)] })?.[0]).toBe(500)
  // Another topic was put in its place: the choice was not about it.
  const other: MadeChoice = {
    ...chosen('cut', 500),
    topics: [{ topic: 't', topicId: 'old', rows: [[0, 0, 500, 500]] }],
  }
  expect(placed(aDossier(), 500, { choices: [other] })?.[0]).toBe(0)
})

test('a group that has read of them on the target goes on where it has committed', () => {
  expect(placed(aDossier(), 500, { committed: 320 })).toEqual([320, -1, 320, 0])
  expect(placed(aDossier(), 500, { committed: 320, choices: [chosen('cut', 500)] })?.[0]).toBe(500)
})

test('on a later visit the cut passes over what came behind the fence, and never over what a group has not read before it', () => {
  const dossier = (drainedGroups: string[]) => aDossier({ moves: [{ ...leftB(300), drainedGroups }] })
  const choices = [chosen('cut', 307, 300)]
  expect(placed(dossier(['billing']), 307, { choices })?.[0]).toBe(307)
  expect(placed(dossier(['billing']), 307)?.[0]).toBe(300)
  expect(placed(dossier([]), 307, { choices, committed: 250, drained: [] })?.[0]).toBe(250)
})

test('a choice covers a partition while it grows, and no other one', () => {
  const found = earlyRanges(aPlan({}), aDossier(), [local(9)])
  expect(undecided([{ about: 'early', topics: found }], []).length > 0).toBe(true)
  expect(undecided([{ about: 'early', topics: found }], [chosen('cut', 5)]).length > 0).toBe(false)
  const more = earlyRanges(aPlan({}), aDossier(), [
    ends(
      't',
      [
        [0, 0, 9, 9],
        [1, 0, 1, 1],
      ],
      'id-t',
    ),
  ])
  expect(undecided([{ about: 'early', topics: more }], [chosen('cut', 5)]).length > 0).toBe(true)
})

test('whatever was there, was left, was chosen and came since: only what a person saw and chose to leave is passed over', () => {
  const number = fc.nat({ max: 40 })
  fc.assert(
    fc.property(
      fc.record({
        start: number,
        accounted: fc.option(number, { nil: undefined }),
        seen: number,
        since: number,
        action: fc.constantFrom('beginning' as const, 'cut' as const, 'none' as const),
      }),
      ({ start, accounted, seen, since, action }) => {
        const known = Math.max(start, accounted ?? 0)
        const [approved, end] = [known + seen, known + seen + since]
        const dossier = aDossier({ moves: accounted === undefined ? [] : [leftB(accounted)] })
        const choices = action === 'none' ? [] : [chosen(action, approved, known)]
        const begins = beginningOf(aPlan({ choices }), dossier, topic, [0, start, end, end])
        expect(begins).toBe(action === 'cut' ? approved : known)
        // Marked there, or seen again, it is the same.
        expect(beginningOf(aPlan({ choices }), dossier, topic, [0, start, end + 3, end + 3])).toBe(begins)
      },
    ),
  )
})

test('over lists in any order, with topics and partitions named twice, what is indexed is what is searched', () => {
  const name = fc.constantFrom('t', 'u')
  const part = fc.nat({ max: 2 })
  const offset = fc.nat({ max: 30 })
  const settled = fc.array(
    fc.record({ topic: name, rows: fc.array(fc.tuple(part, offset, offset, fc.option(offset)), { maxLength: 4 }) }),
    { maxLength: 4 },
  )
  const action = fc.constantFrom('keep' as const, 'discard' as const)
  const settlements = fc.array(fc.record({ action, topics: settled, episode: fc.nat({ max: 2 }) }), { maxLength: 4 })
  const left = fc.option(fc.tuple(name, offset, fc.constantFrom('id-t', 'other')))
  fc.assert(
    fc.property(settlements, left, fc.option(settled), (list, fence, cut) => {
      const dossier = aDossier({
        settlements: list.map((one) => ({ ...one, cluster: 'B', at: at(1), by: 'you' })) as Dossier['settlements'],
        moves: fence === null ? [] : [leftB(fence[1], fence[2])],
      })
      const choices: MadeChoice[] =
        cut === null
          ? []
          : [{ about: 'early', action: 'cut', by: 'you', topics: cut.map((one) => ({ ...one, topicId: 'id-t' })) }]
      const find = indexing()
      for (const of of ['t', 'u'])
        for (const partition of [0, 1, 2]) {
          const place = { topic: of, topicId: 'id-t' }
          const row: PartitionEnds = [partition, 0, 40, 40]
          const plan = aPlan({ choices })
          expect(accountedEnd(dossier, 'B', place, partition, find)).toBe(accountedEnd(dossier, 'B', place, partition))
          expect(beginningOf(plan, dossier, place, row, find)).toBe(beginningOf(plan, dossier, place, row))
          expect(settledRanges(dossier, 'B', of, partition, 1, find)).toEqual(rangesAsBefore(dossier, of, partition, 1))
        }
    }),
  )
})

/** As it was searched for before: see ADR 0073. */
function rangesAsBefore({ settlements }: Dossier, topic: string, partition: number, since: number) {
  let ranges: { from: number; to: number; records: number }[] = []
  for (const settlement of settlements) {
    if (settlement.cluster !== 'B' || settlement.episode < since) continue
    const rows = settlement.topics.filter((entry) => entry.topic === topic).flatMap((entry) => entry.rows)
    for (const [p, from, to, records] of rows) {
      if (p !== partition) continue
      ranges = ranges.filter((range) => range.to <= from || range.from >= to)
      if (settlement.action !== 'keep') ranges.push({ from, to, records: records ?? to - from })
    }
  }
  return ranges.sort((a, b) => a.from - b.from)
}
