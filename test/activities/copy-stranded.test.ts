import { expect, test } from 'vitest'
import { copyStranded } from '../../src/activities/stranded/copy-stranded.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { failureOf } from './memory-ports.ts'
import { activity, scene, topic } from './scene.ts'

const lease = { pair: 'accounting', workflowId: 'w', runId: 'r', epoch: 1 }
const quarantine = `${topic}.quarantine.1`

function order(begin: boolean) {
  const ranges: [number, number, number][] = [[0, 90, 93]]
  const topics = [{ topic, into: quarantine, ranges }]
  return {
    lease,
    id: 'switchback.accounting.1.quarantine',
    from: 'A',
    to: 'B',
    topics,
    begin,
    create: true,
    maxMs: 60_000,
  }
}

function world() {
  const { deps, a, b, calls } = scene()
  const records = [90, 91, 92].map((offset) => ({ offset, timestamp: 1, key: null, value: null, headers: [] }))
  a.logs.set(`${topic}/0`, records)
  const run = (begin: boolean, guard = async () => undefined as void) =>
    activity().run(() => copyStranded(deps, guard, order(begin)))
  return { a, b, calls, run }
}

test('a quarantine has the partitions of the topic it stands for, is kept for ever, and is made once', async () => {
  const { b, run } = world()
  const made: unknown[] = []
  const create = b.createTopics.bind(b)
  b.createTopics = async (topics) => {
    made.push(...topics)
    await create(topics)
  }
  expect(await run(true)).toMatchObject({ done: true, topics: [{ topic, rows: [[0, 0, -1, -1]] }] })
  expect(await run(false)).toEqual({ done: true, topics: [{ topic, rows: [[0, 3, 0, 2]] }] })
  expect(made).toEqual([
    {
      topic: quarantine,
      partitions: 2,
      settings: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' },
    },
  ])
})

test('a quarantine that exists with too few partitions is refused before anything is begun', async () => {
  const { b, calls, run } = world()
  b.withTopic(quarantine, [[0, 0, 0, 0]])
  expect(await failureOf(run(true))).toMatchObject({
    type: errorTypes.precondition,
    message: expect.stringContaining('exists on B with 1 partitions, and 2 are needed'),
  })
  expect(calls).not.toContain('B.openCopy')
})

test('without the lease nothing is made, and nothing copied', async () => {
  const { calls, run } = world()
  const refuse = () => Promise.reject(new Error('the lease is gone'))
  await expect(run(true, refuse)).rejects.toThrow('the lease is gone')
  await expect(run(false, refuse)).rejects.toThrow('the lease is gone')
  expect(calls.filter((call) => call.startsWith('B.'))).toEqual([])
})
