import { expect, test } from 'vitest'
import { planTopics } from '../../src/activities/reads/plan-topics.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { failureOf } from './memory-ports.ts'
import { sampleConfig, scene, startInput, topic } from './scene.ts'
import { draftPlan } from '../../src/activities/reads/draft-plan.ts'

const signal = new AbortController().signal
const naming = { kind: 'suffix' as const, separator: '.', aliases: ['A', 'B', 'C'] }
const move = { mode: 'planned' as const, source: 'A', target: 'B', naming, topics: [topic] }

test('nothing is planned for topics that are there', async () => {
  expect(await planTopics(scene().deps, move, signal)).toEqual({ templates: [], likeOn: 'A' })
})

test('a missing topic is planned as it is on the source', async () => {
  const { deps, a, b } = scene()
  b.topics.delete(topic)
  a.settings.set(topic, { 'retention.ms': '1000', 'segment.bytes': '2000' })
  expect(await planTopics(deps, move, signal)).toEqual({
    likeOn: 'A',
    templates: [{ topics: [topic], partitions: 2, settings: { 'retention.ms': '1000', 'segment.bytes': '2000' } }],
  })
})

test('where the source is dark a forced run takes the copy for the model, and a planned one waits', async () => {
  const { deps, a, b } = scene()
  b.topics.delete(topic)
  b.settings.set(`${topic}.A`, { 'retention.ms': '1000' })
  a.dark = true
  expect((await failureOf(planTopics(deps, move, signal))).type).toBe(errorTypes.unreachable)
  expect(await planTopics(deps, { ...move, mode: 'forced' }, signal)).toEqual({
    likeOn: 'B',
    templates: [{ topics: [topic], partitions: 2, settings: { 'retention.ms': '1000' } }],
  })
  b.topics.delete(`${topic}.A`)
  expect((await failureOf(planTopics(deps, { ...move, mode: 'forced' }, signal))).message).toMatch(/manually/)
})

test('the pair or the start input asks for it; a reset creates nothing', () => {
  const config = sampleConfig((raw) => Object.assign(raw.pairs['accounting'] ?? {}, { createTopics: true }))
  const ids = (pairAsks: boolean, input: object, operation: 'failover' | 'reset' = 'failover') => {
    const on = scene(pairAsks ? config : sampleConfig())
    const episode = operation === 'reset' ? on.plan('reset').steps : null
    if (episode) return episode.map(({ id }) => id)
    const draft = { operation, input: startInput(operation, input), dossier: on.dossier, mode: 'planned' as const }
    return draftPlan(on.deps, draft).steps.map(({ id }) => id)
  }
  expect(ids(false, {})).not.toContain('create-topics')
  expect(ids(true, { createTopics: false })).not.toContain('create-topics')
  expect(ids(true, {}).slice(0, 4)).toEqual(['assess', 'approve', 'create-topics', 'stop-producers'])
  expect(ids(false, { createTopics: true })).toContain('create-topics')
  expect(ids(true, {}, 'reset')).not.toContain('create-topics')
})
