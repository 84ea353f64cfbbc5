import { expect, test } from 'vitest'
import { createWaitActivities } from '../../src/activities/waits.ts'
import type { WatchMemory } from '../../src/contract/watch.ts'
import { packSample, unpackSample } from '../../src/domain/watch/packed-sample.ts'
import { forcedLoss } from '../../src/domain/watch/forced-loss.ts'
import { raised } from '../../src/domain/watch/hysteresis.ts'
import { activity, aStretch, doors, type Scene, scene, topic } from './scene.ts'

const input = { ...aStretch, intervalMs: 20, maxMs: 2_500, windows: { stall: 1, growth: 300, retention: 3_600 } }

async function watch(
  on: Scene,
  change: Partial<Parameters<ReturnType<typeof createWaitActivities>['watchLink']>[0]> = {},
) {
  const { watchLink } = doors(createWaitActivities(on.deps))
  const began = performance.now()
  const looked = await activity().run(watchLink, { ...input, ...change })
  return { ...looked, ms: performance.now() - began, codes: raised(looked.memory.findings).map(({ code }) => code) }
}

const behind = (on: Scene) =>
  on.ab.positions.set(topic, [
    [0, 90],
    [1, 49],
  ])

test('a link that keeps up is watched for the whole stretch, without a finding, and each look is a point', async () => {
  const { codes, points, ms, memory } = await watch(scene(), { maxMs: 200 })
  expect(codes).toEqual([])
  expect(memory.findings).toEqual([])
  expect(ms).toBeGreaterThanOrEqual(200)
  expect(points.length).toBeGreaterThan(1)
  expect(points[0]).toMatchObject({ lag: 0, ends: 150, mirrored: 150, sourceReachable: true, worst: [] })
})

test('a link that says RUNNING and moves nothing is told at once, with the lag of its topics in the points', async () => {
  const on = scene()
  behind(on)
  const { codes, ms, points, memory } = await watch(on)
  expect(codes).toEqual(['running-without-progress'])
  expect(ms).toBeLessThan(2_400)
  expect(points.at(-1)).toMatchObject({ lag: 9, worst: [[topic, 9]] })
  expect(memory.findings[0]?.text).toContain(`${topic}-0 (9 behind, mirrored to 90`)
})

test('what is left of a partition is read before it counts as a stall: markers only are none', async () => {
  const on = scene()
  behind(on)
  on.a.data = (_topic, partition, offset) => !(partition === 0 && offset > 90)
  const { codes } = await watch(on)
  expect(codes).toEqual([])
  expect(on.calls.filter((call) => call === 'A.scan')).toHaveLength(1)
})

test('a rest that holds records is read once, not at every look of a stall', async () => {
  const on = scene()
  behind(on)
  const first = await watch(on)
  await watch(on, { memory: first.memory, previous: first.sample, maxMs: 300 })
  expect(on.calls.filter((call) => call === 'A.scan')).toHaveLength(1)
})

test('a finding that is gone is told when it is cleared, and not before', async () => {
  const on = scene()
  behind(on)
  const { memory } = await watch(on)
  on.ab.positions.set(topic, [
    [0, 99],
    [1, 49],
  ])
  const cleared = await watch(on, { memory, intervalMs: 50 })
  expect(cleared.codes).toEqual([])
  expect(cleared.ms).toBeGreaterThanOrEqual(200)
  expect(cleared.ms).toBeLessThan(2_400)
})

test('members on the target, missing copies and an unselected topic are found by the first looks', async () => {
  const on = scene()
  on.b.groups.set('billing', { group: 'billing', state: 'active', protocol: 'classic', members: ['c-1 on /10.0.0.1'] })
  on.b.topics.delete(`${topic}.A`)
  on.ab.description.selection = 'other'
  const { codes } = await watch(on)
  expect(codes).toEqual(['target-group-active', 'missing-partitions', 'topic-unselected', 'copy-changed'])
})

test('settings that changed since the watch began are found; a day later they are the ones that count', async () => {
  const on = scene()
  const translates = { 'checkpoint.sync.group.offsets.enabled': 'true' }
  on.ab.description.settings = { 'source.tasks.max': '1', ...translates }
  const { memory } = await watch(on, { maxMs: 50 })
  expect(memory.settings?.values).toEqual({ 'source.tasks.max': '1', ...translates })
  on.ab.description.settings = { 'source.tasks.max': '9', ...translates }
  const changed = await watch(on, { memory })
  expect(changed.codes).toEqual(['settings-drift'])
  const yesterday: WatchMemory = {
    ...memory,
    settings: {
      since: new Date(Date.now() - 90_000_000).toISOString(),
      values: { 'source.tasks.max': '1', ...translates },
    },
  }
  expect((await watch(on, { memory: yesterday, maxMs: 50 })).memory.settings?.values).toEqual({
    'source.tasks.max': '9',
    ...translates,
  })
})

test('while nothing protects the pair it is sampled, and nothing is found or remembered', async () => {
  const on = scene()
  on.ab.description.state = 'stopped'
  behind(on)
  const { memory, points } = await watch(on, { judge: false, maxMs: 100 })
  expect(memory).toEqual({ findings: [], tracks: [], settings: null })
  expect(points.at(-1)?.lag).toBe(9)
  expect(on.calls.some((call) => call.startsWith('B.'))).toBe(false)
})

test('a sample older than a minute is renewed at once', async () => {
  const previous = packSample({
    at: new Date(Date.now() - 61_000).toISOString(),
    sourceReachable: true,
    linkReachable: true,
    totalLag: 0,
    ends: [],
    mirroredTo: [],
    groups: [],
  })
  const { ms, changed } = await watch(scene(), { previous })
  expect(changed).toBe(false)
  expect(ms).toBeLessThan(1_000)
})

const copyOf = (on: Scene) => on.b.topics.get(`${topic}.A`)

test('a copy that was deleted and created again is found by its id, with the offsets that are not mirrored again', async () => {
  const on = scene()
  const first = await watch(on, { maxMs: 50 })
  expect(unpackSample(first.sample).copies).toEqual([
    {
      topic,
      copyId: copyOf(on)?.topicId,
      rows: [
        [0, 101, 99],
        [1, 51, 49],
      ],
    },
  ])
  on.b.withTopic(
    `${topic}.A`,
    [
      [0, 0, 1, 1],
      [1, 0, 0, 0],
    ],
    'another',
  )
  const { codes, memory, sample } = await watch(on, { memory: first.memory, previous: first.sample })
  expect(codes).toContain('copy-changed')
  expect(memory.findings.find(({ code }) => code === 'copy-changed')?.text).toContain(
    `${topic}-0 offsets 0 to 99, ${topic}-1 offsets 0 to 49`,
  )
  // The copies grow with what comes: what was in the old ones is still missing.
  on.b.withTopic(
    `${topic}.A`,
    [
      [0, 0, 40, 40],
      [1, 0, 20, 20],
    ],
    'another',
  )
  const later = await watch(on, { memory, previous: sample, maxMs: 50 })
  expect(unpackSample(later.sample).missing?.[0]?.why).toBe('copy-recreated')
  // Its positions are deleted: everything is mirrored again.
  on.ab.positions.set(topic, [])
  const again = await watch(on, { memory: later.memory, previous: later.sample, maxMs: 50 })
  expect(unpackSample(again.sample).missing).toBeUndefined()
})

test('a copy that holds less than its position says is found, unless no record lies between', async () => {
  for (const [records, found] of [
    [true, ['copy-changed']],
    [false, []],
  ] as const) {
    const on = scene()
    on.b.withTopic(`${topic}.A`, [
      [0, 0, 90, 90],
      [1, 0, 50, 50],
    ])
    on.b.copied = (_copy, partition) => (partition === 0 ? 89 : 49)
    on.a.data = (_topic, partition, offset) => records || partition !== 0 || offset < 90
    expect((await watch(on, { maxMs: 200 })).codes).toEqual(found)
  }
})

test('a log that was cut behind the position is found, and stays so when it has grown past it', async () => {
  const on = scene()
  const first = await watch(on, { maxMs: 50 })
  on.a.withTopic(topic, [
    [0, 0, 80, 80],
    [1, 0, 50, 50],
  ])
  const { codes, sample, memory } = await watch(on, { memory: first.memory, previous: first.sample })
  expect(codes).toEqual(['source-changed'])
  on.a.withTopic(topic, [
    [0, 0, 120, 120],
    [1, 0, 50, 50],
  ])
  const later = await watch(on, { memory, previous: sample, maxMs: 50 })
  expect(unpackSample(later.sample).missing).toMatchObject([{ why: 'source-truncated', rows: [[0, 80, 100]] }])
})

test('a hundred idle partitions whose rest is markers are no lag and no loss', async () => {
  const on = scene()
  const partitions = Array.from({ length: 100 }, (_, p): [number, number, number, number] => [p, 0, 10, 10])
  on.a.withTopic(topic, partitions)
  on.b.withTopic(
    `${topic}.A`,
    partitions.map(([p]) => [p, 0, 9, 9]),
  )
  on.ab.positions.set(
    topic,
    partitions.map(([p]) => [p, 8]),
  )
  on.a.data = (_topic, _partition, offset) => offset !== 9
  on.ab.description.assigned = [{ topic, partitions: partitions.map(([p]) => p) }]
  const { points, sample, memory } = await watch(on, { maxMs: 400 })
  expect(points[0]?.lag).toBe(100)
  expect(points.at(-1)?.lag).toBe(0)
  expect(memory.tracks).toEqual([])
  const pair = { ...on.dossier, lastSample: sample }
  const state = { link: 'A->B', history: { slots: [], worst: [] }, memory }
  expect(forcedLoss(pair, state, new Date().toISOString())).toMatchObject({ records: 0, seconds: 0 })
})
