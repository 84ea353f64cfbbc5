import { expect, test } from 'vitest'
import type { LostRange } from '../../../src/contract/evidence.ts'
import type { WatchMemory } from '../../../src/contract/watch.ts'
import type { WatchLook } from '../../../src/domain/watch/look.ts'
import { lossText, lossesKept, lossesOf, lossesSeen, lostText } from '../../../src/domain/watch/losses.ts'
import { tracksAfter } from '../../../src/domain/watch/tracks.ts'
import { at, ends, naming } from '../builders.ts'

const blank: WatchMemory = { findings: [], tracks: [], settings: null }

function aLook(second: number, [start, end, mirroredTo]: [number, number, number | null], topicId?: string): WatchLook {
  return {
    at: at(second),
    from: 'A',
    to: 'B',
    naming,
    topics: ['t'],
    link: null,
    ends: [{ ...ends('t', [[0, start, end, end]]), ...(topicId === undefined ? {} : { topicId }) }],
    mirroredTo: [{ topic: 't', offsets: mirroredTo === null ? [] : [[0, mirroredTo]] }],
    target: null,
    recent: [],
    rests: [],
    missing: [],
    windows: { stall: 60, growth: 300, retention: 3_600 },
  }
}

/** What the watch knows after these looks. */
function watched(looks: WatchLook[]): LostRange[] {
  let memory = blank
  let lost: LostRange[] = []
  for (const look of looks) {
    memory = { ...memory, tracks: tracksAfter(memory.tracks, look) }
    lost = lossesKept(lost, lossesSeen(memory, look), look)
  }
  return lost
}

const range = (lost: LostRange[]) => lost.map(({ partition, from, to, seenAt }) => [partition, from, to, seenAt])

test('what the log removed unmirrored stays known, although the link has gone on behind it', () => {
  const looks = [aLook(0, [0, 60, 9]), aLook(5, [40, 60, 9]), aLook(10, [45, 60, 9]), aLook(15, [45, 70, 69])]
  expect(range(watched(looks))).toEqual([[0, 10, 45, at(5)]])
  // Never mirrored: lost from where it began to wait.
  expect(range(watched([aLook(0, [5, 60, null]), aLook(5, [40, 60, null])]))).toEqual([[0, 5, 40, at(5)]])
})

const scanned = (look: WatchLook, from: number, to: number, records: number): WatchLook => ({
  ...look,
  rests: [{ topic: 't', rows: [[0, from, to, records]] }],
})

test('what was mirrored may expire, and so may a rest of markers', () => {
  expect(watched([aLook(0, [0, 60, 59]), aLook(5, [60, 60, 59])])).toEqual([])
  const empty = (look: WatchLook) => scanned(look, 58, 60, 0)
  expect(watched([empty(aLook(0, [0, 60, 57])), empty(aLook(5, [60, 60, 57]))])).toEqual([])
  // Behind the markers there was more.
  expect(range(watched([empty(aLook(0, [0, 60, 57])), empty(aLook(5, [65, 70, 57]))]))).toEqual([[0, 60, 65, at(5)]])
})

test('what a scan had counted is told in records; the rest is not called records', () => {
  const counted = (look: WatchLook) => scanned(look, 10, 60, 48)
  const whole = watched([counted(aLook(0, [0, 60, 9])), counted(aLook(5, [60, 60, 9]))])
  expect(whole).toMatchObject([{ from: 10, to: 60, records: 48 }])
  expect(lostText(whole)).toBe('48 records')
  // Two of the fifty offsets held no record: of the first forty at least 38 did.
  const part = watched([counted(aLook(0, [0, 60, 9])), counted(aLook(5, [50, 60, 9]))])
  expect(part).toMatchObject([{ from: 10, to: 50, atLeast: 38 }])
  expect(lostText(part)).toBe('40 offsets, at least 38 of them records')
  const unread = watched([aLook(0, [0, 60, 9]), aLook(5, [50, 60, 9])])
  expect(unread.map(lossText)).toEqual([`t-0 offsets 10 to 49 (unknown how many records, if any, seen ${at(5)})`])
  expect(lostText(unread)).toContain('unknown how many of them records')
})

test('a topic that was created again has lost nothing yet, a week is enough, and the number is bounded', () => {
  const looks = [aLook(0, [0, 60, 9]), aLook(5, [40, 60, 9])]
  const lost = watched(looks)
  expect(watched([...looks, aLook(10, [0, 5, 4], 'another')])).toEqual([])
  expect(lossesOf(lost, [{ topic: 't', topicId: 'another' }])).toEqual([])
  expect(lossesOf(lost, looks[0]?.ends ?? [])).toEqual(lost)
  expect(lossesKept(lost, [], aLook(8 * 24 * 3_600, [40, 60, 59]))).toEqual([])
  const many = Array.from({ length: 80 }, (_, n): LostRange => ({
    topic: 't',
    topicId: 'x',
    partition: n,
    from: 0,
    to: 1,
    seenAt: at(5),
  }))
  const kept = lossesKept([], many, aLook(10, [0, 0, null], 'x'))
  expect([kept.length, kept.at(-1)?.partition]).toEqual([50, 79])
})
