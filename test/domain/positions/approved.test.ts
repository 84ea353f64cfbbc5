import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type OffsetPlan,
  type OffsetPlanRow,
  type PositionBasis,
  positionBases,
} from '../../../src/contract/offset-plan.ts'
import type { Expectations, Plan, PlanAnswer } from '../../../src/contract/plan.ts'
import { approvedBasis, approvedPositions, beyondApproval } from '../../../src/domain/positions/approved.ts'
import { foreseenOffsets } from '../../../src/domain/assess/foreseen-offsets.ts'
import { reportMarkdown } from '../../../src/domain/pages/progress.ts'
import { planHash } from '../../../src/domain/plan/plan.ts'
import { planMove } from '../../../src/domain/positions/positions.ts'
import { planLines } from '../../../src/cli/render/plan.ts'
import { aDossier, aPlan, commits, ends } from '../builders.ts'
import { aProgress } from '../../cli/fixtures/progress.ts'
import { histories } from '../histories.ts'
import { replay } from '../history-model.ts'

const kibibyte = 1_024

/** Two groups: one reads all topics, the other the first half of them. */
function planOf(topics: string[]): Plan {
  const consumer = (name: string, read: string[]) => ({ name, kind: 'consumer' as const, group: name, topics: read })
  const half = topics.slice(0, Math.ceil(topics.length / 2))
  return aPlan({
    topics,
    groups: ['billing', 'audit'],
    applications: [consumer('billing', topics), consumer('audit', half)],
  })
}

function row(topic: string, partition: number, basis: PositionBasis, duplicates = 0): OffsetPlanRow {
  return [topic, partition, 7, 7, 7, duplicates, 'because', basis]
}

/** `basisAt` by place; undefined: no such partition. */
function offsetPlan(
  plan: Plan,
  partitions: number,
  basisAt: (group: string, topic: string, partition: number) => PositionBasis | undefined,
): OffsetPlan {
  const groups = plan.applications.map(({ group = '', topics }) => {
    const rows = topics.flatMap((local) =>
      [`${local}.A`, local].flatMap((topic) =>
        Array.from({ length: partitions }, (_, partition) => {
          const basis = basisAt(group, topic, partition)
          return basis === undefined ? [] : [row(topic, partition, basis)]
        }).flat(),
      ),
    )
    return { group, rows, duplicates: rows.reduce((sum, [, , , , , records]) => sum + records, 0) }
  })
  return { groups, obstacles: [] }
}

function expecting(plan: Plan, offsets: OffsetPlan): Expectations {
  return {
    lossRecords: 0,
    orderBreaks: [],
    duplicates: offsets.groups.map(({ group, duplicates }) => ({ group, records: duplicates })),
    positions: approvedPositions(plan, offsets),
  }
}

const basis = fc.constantFrom(...positionBases)
const bases = fc.array(fc.option(basis, { nil: undefined, freq: 8 }), { minLength: 1, maxLength: 40 })
const topicCount = fc.integer({ min: 1, max: 6 })
const partitionCount = fc.integer({ min: 1, max: 3 })

/** Spreads a list over all places of a plan, in a stable order. */
function spread(list: readonly (PositionBasis | undefined)[]) {
  let next = 0
  return () => list[next++ % list.length]
}

test('the basis of every partition can be read from what was approved', () => {
  fc.assert(
    fc.property(topicCount, partitionCount, bases, (topics, partitions, list) => {
      const plan = planOf(Array.from({ length: topics }, (_, n) => `t${n}`))
      const offsets = offsetPlan(plan, partitions, spread(list))
      const basisOf = approvedBasis(plan, approvedPositions(plan, offsets))
      for (const { group, rows } of offsets.groups)
        for (const [topic, partition, , , , , , wanted] of rows) expect(basisOf(group, topic, partition)).toBe(wanted)
      expect(basisOf('billing', 't0', partitions)).toBeUndefined()
      expect(basisOf('stranger', 't0', 0)).toBeUndefined()
    }),
  )
})

test('a surer position is within an approval, a less sure one is not, and is named', () => {
  fc.assert(
    fc.property(topicCount, partitionCount, bases, fc.nat(), basis, (topics, partitions, list, pick, other) => {
      const plan = planOf(Array.from({ length: topics }, (_, n) => `t${n}`))
      const offsets = offsetPlan(plan, partitions, spread(list))
      const approved = expecting(plan, offsets)
      expect(beyondApproval(plan, approved, offsets)).toEqual([])
      const rows = offsets.groups.flatMap(({ group, rows: ofGroup }) => ofGroup.map((each) => ({ group, each })))
      if (rows.length === 0) return
      const changed = rows[pick % rows.length]
      const now = {
        ...offsets,
        groups: offsets.groups.map(({ rows: ofGroup, ...rest }) => ({
          ...rest,
          rows: ofGroup.map((each) => (each === changed?.each ? row(each[0], each[1], other) : each)),
        })),
      }
      const worse = positionBases.indexOf(other) > positionBases.indexOf(changed?.each[7] ?? 'done')
      const beyond = beyondApproval(plan, approved, now)
      expect(beyond).toHaveLength(worse ? 1 : 0)
      if (worse) expect(beyond[0]).toContain(`${changed?.group} would not continue as approved: ${changed?.each[0]}-`)
    }),
  )
})

test('more records read twice than declared, and a group nobody approved, need another approval', () => {
  const plan = planOf(['t'])
  const offsets = offsetPlan(plan, 1, () => 'reached')
  const approved = { ...expecting(plan, offsets), duplicates: [{ group: 'billing', records: 5 }] }
  const with7 = { ...offsets, groups: offsets.groups.map((group) => ({ ...group, duplicates: 7 })) }
  expect(beyondApproval(plan, approved, with7)).toEqual([
    'billing would read up to 7 records twice, where at most 5 were declared',
    'audit would read up to 7 records twice, where at most 0 were declared',
  ])
  const stranger = { ...offsets, groups: [{ group: 'stranger', rows: [], duplicates: 0 }] }
  expect(beyondApproval(plan, approved, stranger)).toEqual(['stranger is not in the approved plan'])
  const { positions: _none, ...before } = approved
  expect(beyondApproval(plan, before, with7)).toEqual([])
})

test('a partition that is younger than the approval may be read from its start, and from nowhere less sure', () => {
  const plan = planOf(['t'])
  const approved = expecting(
    plan,
    offsetPlan(plan, 1, () => 'done'),
  )
  const young = (of: PositionBasis) =>
    offsetPlan(plan, 2, (_group, _topic, partition) => (partition === 0 ? 'done' : of))
  expect(beyondApproval(plan, approved, young('untold'))).toEqual([])
  expect(beyondApproval(plan, approved, young('anew'))).toHaveLength(2)
})

test('a planned move that goes as it was approved asks nobody again, and none reads more twice unasked', () => {
  fc.assert(
    fc.property(histories, (legs) => {
      replay(legs, ({ input: { plan }, plan: now, foreseen, leg, remote, local, from }) => {
        const approved = expecting(plan, foreseen)
        const beyond = beyondApproval(plan, approved, now)
        if (leg.planned && leg.drained) expect(beyond).toEqual([])
        if (beyond.length > 0) return
        const again = (now.groups[0]?.rows ?? []).flatMap(([topic, , chosen]) =>
          topic === `t.${from}`
            ? remote.slice(chosen).filter(({ data, read }) => data && read)
            : local.slice(chosen).filter(({ data, read, settled }) => data && (read || settled)),
        )
        expect(again.length).toBeLessThanOrEqual(approved.duplicates[0]?.records ?? 0)
      })
    }),
    { numRuns: 150 },
  )
})

/** A planned failover as it looks after so many more records, read and mirrored as far as they are. */
function hashAfter(more: { mirrored: number; read: number }, change: Partial<Plan> = {}): string {
  const plan = aPlan({
    applications: [{ name: 'billing', kind: 'consumer', group: 'billing', topics: ['t'] }],
    ...change,
  })
  const foreseen = planMove({
    plan,
    dossier: aDossier(),
    drainedGroups: plan.mode === 'planned' ? ['billing'] : [],
    source: { committed: [commits('billing', 't', [[0, 70 + more.read]])] },
    target: {
      ends: [ends('t', [[0, 0, 0, 0]]), ends('t.A', [[0, 0, 100 + more.mirrored, 100 + more.mirrored]])],
      committed: [commits('billing', 't.A', [[0, 60 + more.read]])],
    },
    groupTopics: [{ group: 'billing', topics: ['t'] }],
  })
  return planHash(plan, expecting(plan, foreseen))
}

test('while producers go on an approval stays valid; another kind of position needs another one', () => {
  const more = fc.record({ mirrored: fc.nat({ max: 1_000_000 }), read: fc.nat({ max: 40 }) })
  const before = hashAfter({ mirrored: 0, read: 0 })
  fc.assert(
    fc.property(more, (records) => {
      expect(hashAfter(records)).toBe(before)
    }),
  )

  const plan = planOf(['t'])
  const hashes = positionBases.map((of) => {
    const offsets = offsetPlan(plan, 1, (group, topic) => (group === 'audit' && topic === 't.A' ? of : 'done'))
    return planHash(plan, expecting(plan, offsets))
  })
  expect(new Set(hashes).size).toBe(positionBases.length)
})

test('a thousand topics of three partitions fit: the worst rows first, in plan, report and on the screen', () => {
  const plan = planOf(Array.from({ length: 1_000 }, (_, n) => `accounting.region-west.invoices-${n}`))
  let n = 0
  const offsets = offsetPlan(plan, 3, (_group, topic, partition) =>
    topic === 'accounting.region-west.invoices-499' && partition === 2
      ? 'anew'
      : (['reached', 'untold', 'done'] as const)[n++ % 3],
  )
  const expectations = expecting(plan, offsets)
  const foreseen = foreseenOffsets(offsets)
  const answer: PlanAnswer = { hash: planHash(plan, expectations), plan, expectations, findings: [], offsets: foreseen }
  expect(foreseen.partitions).toBe(9_000)
  expect(foreseen.rows.slice(0, 3).map((each) => each.at(-1))).toEqual(['anew', 'anew', 'untold'])
  expect(JSON.stringify(answer).length).toBeLessThan(256 * kibibyte)
  const report = reportMarkdown(aProgress(), { expectations, foreseen })
  expect(report.length).toBeLessThan(64 * kibibyte)
  expect(report).toContain('the worst 200 of 9000')
  expect(planLines(answer).filter((line) => line.includes('(because)'))).toHaveLength(20)
  // All of it, as the groups are placed: the worst first as well.
  const placed = reportMarkdown(aProgress(), { offsetPlan: offsets })
  expect(placed.length).toBeLessThan(64 * kibibyte)
  expect(placed).toContain('and 8800 more rows')
  expect(placed.split('\n').find((line) => line.startsWith('| billing') || line.startsWith('| audit'))).toContain(
    'accounting.region-west.invoices-499',
  )
})
