import { expect, test } from 'vitest'
import { lookAtBoth, lookAtCopies, noCopies } from '../../src/activities/evidence/copies.ts'
import { scene as newScene, topic } from './scene.ts'

/** Where the copies are logs for themselves. */
const scene = () => {
  const found = newScene()
  found.b.copied = () => undefined
  return found
}

const copy = `${topic}.A`
const look = { pair: 'accounting', from: 'A', to: 'B', topics: [topic] }

test('a copy is known by its id, its ends and the place of its last record on the source, looked for once', async () => {
  const { deps, b, calls } = scene()
  b.withTopic(copy, [
    [0, 0, 100, 100],
    [1, 0, 0, 0],
  ])
  const memory = noCopies()
  const rows = [
    [0, 0, 100, 99, 99, 'found'],
    [1, 0, 0, -1, -1, 'empty'],
  ]
  expect(await lookAtCopies(deps, look, undefined, memory)).toEqual([{ topic, copy, copyId: `id-B-${copy}`, rows }])
  calls.length = 0
  expect((await lookAtCopies(deps, look, undefined, memory))[0]?.rows).toEqual(rows)
  expect(calls).not.toContain('A.findRecord')
})

test('a record that was read again after a restart does not take back what was reached; a copy that was cut off does', async () => {
  const { deps, a, b } = scene()
  b.withTopic(copy, [[0, 0, 100, 100]])
  const memory = noCopies()
  await lookAtCopies(deps, look, undefined, memory)
  b.withTopic(copy, [[0, 0, 140, 140]])
  a.findRecord = async () => 20
  const [again] = await lookAtCopies(deps, look, undefined, memory)
  expect(again?.rows[0]).toEqual([0, 0, 140, 139, 99, 'found'])
  b.withTopic(copy, [[0, 0, 30, 30]])
  const [cut] = await lookAtCopies(deps, look, undefined, memory)
  expect(cut?.rows[0]).toEqual([0, 0, 30, 29, 20, 'found'])
})

test('what cannot be placed says why, and another topic of the same name is another copy', async () => {
  const { deps, a, b } = scene()
  b.topics.delete(copy)
  expect((await lookAtCopies(deps, look))[0]).toMatchObject({ copyId: null, rows: [[0, 0, 0, -1, -1, 'absent'], [1, 0, 0, -1, -1, 'absent']] }) // prettier-ignore
  b.withTopic(copy, [
    [0, 0, 5, 5],
    [1, 0, 5, 5],
  ])
  const memory = noCopies()
  await lookAtCopies(deps, look, undefined, memory)
  a.withTopic(topic, [[0, 0, 5, 5]], 'another')
  a.findRecord = async () => null
  expect((await lookAtCopies(deps, look, undefined, memory))[0]?.rows).toEqual([[0, 0, 5, 4, -1, 'not-found']])
  b.lastRecord = async () => ({ offset: 4, timestamp: 4, digest: '', restamped: true })
  expect((await lookAtCopies(deps, look, undefined, memory))[0]?.rows).toEqual([[0, 0, 5, 4, -1, 'restamped']])
})

test('the ends of the source are read behind the copies: what a copy holds lies below them, however fast both grow', async () => {
  const { deps, a, b, calls } = scene()
  b.withTopic(copy, [[0, 0, 5, 5]])
  calls.length = 0
  const { ends, copies } = await lookAtBoth(deps, look)
  expect(ends).toEqual(await a.ends([topic]))
  expect(copies[0]?.rows[0]).toEqual([0, 0, 5, 4, 4, 'found'])
  expect(calls.filter((call) => !call.endsWith('describeTopics')).slice(0, 4)).toEqual([
    'B.ends',
    'B.lastRecord',
    'A.ends',
    'A.findRecord',
  ])
})
