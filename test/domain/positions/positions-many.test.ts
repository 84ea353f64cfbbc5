import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { searching } from '../../../src/domain/positions/lookup.ts'
import { planMove } from '../../../src/domain/positions/positions.ts'
import { type MoveInput } from '../../../src/domain/positions/position.ts'
import { aDossier, aMove, aPlan, at, commits, ends } from '../builders.ts'

const topic = fc.constantFrom('t', 't.A', 't.B', 'u', 'u.A')
const offset = fc.integer({ min: -1, max: 30 })
const rows = fc.array(fc.tuple(fc.nat(3), offset), { maxLength: 5 })
const offsets = fc.array(fc.record({ topic, offsets: rows }), { maxLength: 4 })
const group = fc.constantFrom('billing', 'audit')
const committed = fc.array(
  fc.tuple(group, topic, rows).map(([name, of, list]) => commits(name, of, list)),
  { maxLength: 5 },
)
const logs = fc.array(
  fc
    .tuple(topic, fc.uniqueArray(fc.nat(3), { maxLength: 3 }), fc.nat(5), fc.nat(30))
    .map(([name, numbers, start, length]) =>
      ends(
        name,
        numbers.map((partition): [number, number, number, number] => [
          partition,
          start,
          start + length,
          start + length,
        ]),
      ),
    ),
  { maxLength: 6 },
)

/** Lists as no cluster answers them as well: topics, groups and partitions named twice, in any order. */
const moves: fc.Arbitrary<MoveInput> = fc
  .record({
    failback: fc.boolean(),
    drained: fc.uniqueArray(group),
    source: fc.option(committed),
    target: fc.record({ ends: logs, committed }),
    cut: fc.option(offsets),
    mode: fc.constantFrom('planned' as const, 'forced' as const),
    fencedEnds: logs,
    mirroredTo: fc.option(offsets, { nil: undefined }),
    snapshot: committed,
  })
  .map(({ failback, drained, source, target, cut, mode, fencedEnds, mirroredTo, snapshot }) => ({
    plan: failback ? aPlan({ operation: 'failback', source: 'B', target: 'A' }) : aPlan({}),
    dossier: aDossier({
      moves: [aMove({ mode, fencedEnds, drainedGroups: drained, ...(mirroredTo === undefined ? {} : { mirroredTo }) })],
      cuts: cut === null ? [] : [{ cluster: failback ? 'A' : 'B', episode: 1, at: at(50), topics: cut }],
      snapshots: [{ cluster: 'A', episode: 1, at: at(15), groups: snapshot }],
    }),
    drainedGroups: drained,
    source: source === null ? null : { committed: source },
    target,
    groupTopics: ['billing', 'audit'].map((name) => ({ group: name, topics: ['t', 'u'] })),
  }))

test('a plan is the same, whether its lists are indexed or searched', () => {
  fc.assert(
    fc.property(moves, (move) => {
      expect(planMove(move)).toEqual(planMove(move, searching))
    }),
    { numRuns: 300 },
  )
})

test('a plan looks into each list once, however many partitions there are', () => {
  const names = Array.from({ length: 400 }, (_, index) => `t${index}`)
  let read = 0
  /** Counts what is read of a list. */
  const counted = <T extends object>(list: T[]): T[] =>
    new Proxy(list, {
      get: (of, name, receiver) => {
        if (typeof name === 'string' && /^\d+$/.test(name)) read++
        return Reflect.get(of, name, receiver) as unknown
      },
    })
  const perTopic = <T extends object>(of: (name: string) => T) => counted(names.map(of))
  const copies = names.map((name) => `${name}.A`)
  const dossier = aDossier({
    moves: [aMove({ mirroredTo: perTopic((name) => ({ topic: name, offsets: [[0, 9]] })) })],
    cuts: [{ cluster: 'B', episode: 1, at: at(50), topics: perTopic((name) => ({ topic: name, offsets: [[0, 0]] })) }],
  })
  const billing = {
    group: 'billing',
    topics: counted(copies.map((name) => ({ topic: name, offsets: [[0, 5]] as [number, number][] }))),
  }
  planMove({
    plan: aPlan({}),
    dossier,
    drainedGroups: [],
    source: { committed: [billing] },
    target: { ends: counted([...names, ...copies].map((name) => ends(name, [[0, 0, 9, 9]]))), committed: [billing] },
    groupTopics: [{ group: 'billing', topics: names }],
  })
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(20 * names.length)
})
