import { expect, test } from 'vitest'
import { countConflicts } from '../../src/activities/stranded/count-conflicts.ts'
import { rejected } from '../../src/ports/failures.ts'
import type { StoredRecord } from '../../src/ports/cluster.ts'
import { activity, scene, topic } from './scene.ts'

type Written = [key: string | null, value: string | null, replayed?: 'replayed']

function log(from: number, written: Written[]): StoredRecord[] {
  return written.map(([key, value, replayed], index) => ({
    offset: from + index,
    timestamp: 0,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: replayed === undefined ? [] : [[Buffer.from('switchback.origin.cluster'), Buffer.from('A')]],
  }))
}

/** `stranded` lies on A from 90 on, `since` on B behind the cut at 20; before the cut is what the episode began with. */
function world(stranded: Written[], since: Written[], before: Written[] = []) {
  const { deps, a, b } = scene()
  a.logs.set(`${topic}/0`, log(90, stranded))
  b.withTopic(topic, [[0, 0, 20 + since.length, 20 + since.length]])
  b.logs.set(`${topic}/0`, [...log(20 - before.length, before), ...log(20, since)])
  const input = {
    from: 'A',
    to: 'B',
    topics: [{ topic, ranges: [[0, 90, 90 + stranded.length]] as [number, number, number][] }],
    since: [{ topic, offsets: [[0, 20]] as [number, number][] }],
    maxMs: 60_000,
  }
  return { deps, a, b, input, count: () => activity().run(() => countConflicts(deps, input)) }
}

test('a stranded record conflicts when its key was written since, and counts once however often it was', async () => {
  const { count } = world(
    [
      ['k1', 'a'],
      ['k1', 'b'],
      ['k2', 'c'],
      [null, 'd'],
    ],
    [
      ['k1', 'new'],
      ['k1', 'newer'],
      ['k3', 'other'],
      [null, 'e'],
    ],
  )
  expect(await count()).toEqual({ complete: true, topics: [[topic, 2, 1, 0]], keyless: 1, compacted: [] })
})

test('deletions count on both sides: one that comes too late, and one that would be undone', async () => {
  const { count } = world(
    [
      ['late', null],
      ['undone', 'old'],
      ['plain', 'old'],
      ['alone', null],
    ],
    [
      ['late', 'new'],
      ['undone', null],
      ['plain', 'new'],
    ],
  )
  expect((await count()).topics).toEqual([[topic, 3, 3, 2]])
})

test('what stood there before the cut is no newer word, nor is a replay of an earlier attempt', async () => {
  const { count } = world([['k', 'v']], [['k', 'v', 'replayed']], [['k', 'earlier']])
  expect((await count()).topics).toEqual([])
})

test('compacted topics are named, on whichever side they are', async () => {
  const { a, count } = world([['k', 'v']], [])
  a.compactedTopics.add(topic)
  expect((await count()).compacted).toEqual([topic])
})

test('without time, or where nothing can be read, the count is not complete', async () => {
  const hurried = world([['k', 'v']], [])
  hurried.input.maxMs = -1
  expect((await hurried.count()).complete).toBe(false)
  const unreadable = world([['k', 'v']], [])
  unreadable.a.readRecords = () => Promise.reject(rejected('compressed with a codec nobody knows'))
  expect((await unreadable.count()).complete).toBe(false)
})
