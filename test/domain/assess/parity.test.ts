import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  comparedSettings,
  settingDifferences,
  templatesOf,
  type TopicSettings,
} from '../../../src/domain/assess/parity.ts'

const topic = 'accounting.invoices'
const of = (settings: Record<string, string>, own: string[] = []): TopicSettings => ({ topic, settings, own })

test.each([
  ['retention.ms', '604800000', '86400000', 'records expire sooner there'],
  ['retention.ms', '-1', '86400000', 'records expire sooner there'],
  ['retention.bytes', '1000', '-1', 'records are kept longer there'],
  ['cleanup.policy', 'compact', 'delete', 'records are removed by another rule there'],
  ['max.message.bytes', '2000000', '1048588', 'batches that the source takes are refused there'],
  ['compression.type', 'producer', 'zstd', 'records are stored with another compression there'],
  ['min.insync.replicas', '2', '1', 'fewer replicas have a record before it counts there'],
] as const)('%s from %s to %s: %s', (setting, source, target, means) => {
  expect(settingDifferences([of({ [setting]: source })], [of({ [setting]: target })])).toEqual([
    { topic, setting, source, target, means },
  ])
})

test('the order of cleanup policies, a setting not told, and a topic on one side only are no difference', () => {
  const policies = [of({ 'cleanup.policy': 'compact,delete' })]
  expect(settingDifferences(policies, [of({ 'cleanup.policy': 'delete, compact' })])).toEqual([])
  expect(settingDifferences(policies, [of({})])).toEqual([])
  expect(settingDifferences(policies, [])).toEqual([])
})

const settings = fc.dictionary(
  fc.constantFrom(...comparedSettings, 'segment.bytes', 'leader.replication.throttled.replicas'),
  fc.constantFrom('-1', '1', '2', 'delete', 'compact'),
)
const models = fc.uniqueArray(
  fc.record({
    topic: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    partitions: fc.constantFrom(1, 3),
    settings,
    own: fc.constant(['segment.bytes', 'leader.replication.throttled.replicas']),
  }),
  { selector: ({ topic }) => topic },
)

test('what is created from its templates differs in nothing, and each topic is created once', () => {
  fc.assert(
    fc.property(models, (all) => {
      const templates = templatesOf(all)
      const made = templates.flatMap(({ topics, ...like }) => topics.map((topic) => ({ topic, own: [], ...like })))
      expect(made.map(({ topic }) => topic).sort()).toEqual(all.map(({ topic }) => topic).sort())
      expect(settingDifferences(all, made)).toEqual([])
      expect(settingDifferences(made, all)).toEqual([])
      for (const { topic, partitions, settings } of made) {
        const model = all.find((one) => one.topic === topic)
        expect(partitions).toBe(model?.partitions)
        expect(settings['segment.bytes']).toBe(model?.settings['segment.bytes'])
        expect(Object.keys(settings).join()).not.toMatch(/throttled/)
      }
      expect(new Set(templates.map((like) => JSON.stringify([like.partitions, like.settings]))).size).toBe(
        templates.length,
      )
    }),
  )
})

test('a thousand topics that are alike are one template, far below the size of a payload', () => {
  const all = Array.from({ length: 1_000 }, (_, n) => ({
    ...of({ 'retention.ms': '604800000', 'cleanup.policy': 'delete', 'min.insync.replicas': '2' }),
    topic: `accounting.invoices.region-${n}`,
    partitions: 3,
  }))
  const templates = templatesOf(all)
  expect(templates).toHaveLength(1)
  expect(JSON.stringify(templates).length).toBeLessThan(64_000)
})
