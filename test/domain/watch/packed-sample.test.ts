import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LagSample, PartitionEnds } from '../../../src/contract/evidence.ts'
import { packSample, unpackSample } from '../../../src/domain/watch/packed-sample.ts'
import { anId, spread } from '../spread.ts'
import { at } from '../builders.ts'

const offset = fc.integer({ min: 0, max: 2 ** 53 - 1 })
const partitions = <T>(row: (partition: number) => fc.Arbitrary<T>) =>
  fc.uniqueArray(fc.nat(20), { maxLength: 4 }).chain((numbers) => fc.tuple<T[]>(...numbers.map(row)))
const someOf = <T>(rows: (partition: number) => fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), partitions(rows), { maxKeys: 3 })
const offsets = someOf((partition) => offset.map((n): [number, number] => [partition, n]))
const named = (of: Record<string, [number, number][]>) =>
  Object.entries(of).map(([topic, list]) => ({ topic, offsets: list }))

const samples: fc.Arbitrary<LagSample> = fc
  .record({
    sourceReachable: fc.boolean(),
    linkReachable: fc.boolean(),
    totalLag: fc.option(offset),
    ends: someOf((partition) =>
      fc.tuple(offset, offset, offset).map(([a, b, c]): PartitionEnds => [partition, a, b, c]),
    ).map((of) => Object.entries(of).map(([topic, list]) => ({ topic, partitions: list }))),
    mirroredTo: offsets.map(named),
    topicIds: fc
      .dictionary(fc.constantFrom('a', 'b', 'd'), fc.uuid())
      .map((of) => Object.entries(of).map(([topic, topicId]) => ({ topic, topicId }))),
    copies: fc
      .dictionary(
        fc.constantFrom('a', 'b', 'e'),
        fc.tuple(
          fc.oneof(fc.uuid(), fc.stringMatching(/^[A-Za-z0-9_-]{22}$/), fc.string({ minLength: 1 })),
          partitions((partition) =>
            fc
              .tuple(offset, fc.oneof(offset, fc.constant(-1)))
              .map(([end, reached]): [number, number, number] => [partition, end, reached]),
          ),
        ),
        { minKeys: 1 },
      )
      .map((of) => Object.entries(of).map(([topic, [copyId, rows]]) => ({ topic, copyId, rows }))),
    rests: fc
      .dictionary(
        fc.constantFrom('a', 'c', 'f'),
        partitions((partition) =>
          fc
            .tuple(offset, offset, offset)
            .map(([a, b, records]): [number, number, number, number] => [
              partition,
              Math.min(a, b),
              Math.max(a, b),
              records,
            ]),
        ),
        { minKeys: 1 },
      )
      .map((of) => Object.entries(of).map(([topic, rows]) => ({ topic, rows }))),
    groups: fc.tuple(offsets, offsets).map(([g, h]) => [
      { group: 'g', topics: named(g) },
      { group: 'h', topics: named(h) },
    ]),
  })
  .map((sample) => ({ at: at(1), ...sample }))

const byTopic = (a: { topic: string }, b: { topic: string }) => (a.topic < b.topic ? -1 : 1)
const sorted = (sample: LagSample) => ({
  ...sample,
  ends: [...sample.ends].sort(byTopic),
  mirroredTo: [...sample.mirroredTo].sort(byTopic),
  topicIds: [...(sample.topicIds ?? [])].sort(byTopic),
  rests: [...(sample.rests ?? [])].sort(byTopic),
  copies: [...(sample.copies ?? [])].sort(byTopic),
  groups: sample.groups.map(({ group, topics }) => ({ group, topics: [...topics].sort(byTopic) })),
})

test('a sample comes back as it was, whatever was told and whatever was not', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const wire = JSON.parse(JSON.stringify(packSample(sample))) as ReturnType<typeof packSample>
      expect(sorted(unpackSample(wire))).toEqual(sorted(sample))
    }),
  )
})

test('1,000 topics of three partitions with three groups, copies of other lengths and scanned rests stay below 320 KB, whatever their numbers are', () => {
  const topics = Array.from({ length: 1_000 }, (_, n) => `accounting.department-${n}.invoices`)
  const three = <T>(row: (partition: number) => T) => [0, 1, 2].map(row)
  const next = spread()
  const sample: LagSample = {
    at: at(1),
    sourceReachable: true,
    linkReachable: true,
    totalLag: 30_000_000_000,
    ends: topics.map((topic) => ({
      topic,
      partitions: three((p): PartitionEnds => {
        const end = 1_200_000_000 + next(90_000_000)
        return [p, next(2_000_000), end, end]
      }),
    })),
    mirroredTo: topics.map((topic) => ({
      topic,
      offsets: three((p): [number, number] => [p, 1_190_000_000 + next(10_000_000)]),
    })),
    topicIds: topics.map((topic) => ({ topic, topicId: anId(next) })),
    groups: ['billing', 'audit', 'reports'].map((group) => ({
      group,
      topics: topics.map((topic) => ({
        topic,
        offsets: three((p): [number, number] => [p, 1_190_000_000 + next(10_000_000)]),
      })),
    })),
    rests: topics.map((topic) => ({
      topic,
      rows: three((p): [number, number, number, number] => [p, 1_200_000_000, 1_200_000_000 + next(2_000), 0]),
    })),
    copies: topics.map((topic) => ({
      topic,
      copyId: anId(next),
      rows: three((p): [number, number, number] => [
        p,
        1_100_000_000 + next(90_000_000),
        1_190_000_000 + next(10_000_000),
      ]),
    })),
  }
  const packed = packSample(sample)
  expect(JSON.stringify(packed).length).toBeLessThan(320 * 1024)
  expect(sorted(unpackSample(JSON.parse(JSON.stringify(packed)) as typeof packed))).toEqual(sorted(sample))
  expect(JSON.stringify(sample).length).toBeGreaterThan(500_000)
})

test('a sample that an earlier build packed is still read', () => {
  const { groups, topics, ...rest } = packSample({
    at: at(1),
    sourceReachable: true,
    linkReachable: true,
    totalLag: 3,
    ends: [{ topic: 't', partitions: [[0, 5, 40, 39]] }],
    mirroredTo: [{ topic: 't', offsets: [[0, 36]] }],
    topicIds: [{ topic: 't', topicId: '01234567-89ab-cdef-0123-456789abcdef' }],
    groups: [],
  })
  const before = { ...rest, groups, topics: [['t', '0123456789abcdef0123456789abcdef', [5, 40, 1], [4], []]] }
  expect(unpackSample(before as ReturnType<typeof packSample>)).toEqual(unpackSample({ ...rest, groups, topics }))
})
