import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LagSample } from '../../../src/contract/evidence.ts'
import { estimateLedger, exactLedger, ledgerRanges, uncountedRows } from '../../../src/domain/losses/ledger.ts'
import { unseenPlaces } from '../../../src/domain/watch/forced-loss.ts'
import { at, ends } from '../builders.ts'

const sample: LagSample = {
  at: at(0),
  sourceReachable: true,
  linkReachable: true,
  totalLag: 5,
  ends: [
    {
      topic: 't',
      partitions: [
        [0, 0, 10, 10],
        [1, 4, 20, 20],
      ],
    },
  ],
  mirroredTo: [{ topic: 't', offsets: [[0, 6]] }],
  groups: [],
}
const estimate = { takenAt: at(30), cluster: 'A', sample, mirroredTo: [], topics: ['t'], lastMirrored: [] }

test('while the source is dark every partition is open-ended from the first offset not mirrored', () => {
  expect(estimateLedger(estimate)).toEqual({
    kind: 'estimate',
    takenAt: at(30),
    cluster: 'A',
    sampleAgeSeconds: 30,
    records: 3 + 16,
    topics: [
      {
        topic: 't',
        rows: [
          [0, 7, null, 3, null],
          [1, 4, null, 16, null],
        ],
      },
    ],
  })
})

test("the link's own offsets beat those of the sample, and never make the loss negative", () => {
  const { topics, records } = estimateLedger({
    ...estimate,
    mirroredTo: [
      {
        topic: 't',
        offsets: [
          [0, 14],
          [1, 18],
        ],
      },
    ],
  })
  expect(topics[0]?.rows).toEqual([
    [0, 15, null, 0, 0],
    [1, 19, null, 1, null],
  ])
  expect(records).toBe(1)
})

test('without a sample the records are not known, and no age is told', () => {
  const ledger = estimateLedger({ ...estimate, sample: null, mirroredTo: [{ topic: 't', offsets: [[2, 8]] }] })
  expect(ledger).toMatchObject({
    sampleAgeSeconds: null,
    records: null,
    topics: [{ rows: [[2, 9, null, null, null]] }],
  })
})

test('a topic, or a partition, that the sample does not cover is unknown: never nothing', () => {
  const ledger = estimateLedger({
    ...estimate,
    topics: ['t', 'u'],
    mirroredTo: [{ topic: 't', offsets: [[2, 8]] }],
  })
  expect(ledger.topics.map(({ rows }) => rows.at(-1))).toEqual([
    [2, 9, null, null, null],
    [0, 0, null, null, null],
  ])
  expect([ledger.records, uncountedRows(ledger)]).toEqual([19, 2])
})

test('of whatever topics and positions: a place is unseen exactly where the source showed no end of it', () => {
  const topic = fc.constantFrom('a', 'b', 'c')
  const places = fc.uniqueArray(fc.tuple(topic, fc.nat(4)), { selector: ([name, number]) => `${name}/${number}` })
  fc.assert(
    fc.property(places, places, fc.uniqueArray(topic), (seen, told, topics) => {
      const names = [...new Set(seen.map(([name]) => name))]
      const shown = names.map((name) => ({
        topic: name,
        partitions: seen.flatMap(([of, number]): [number, number, number, number][] =>
          of === name ? [[number, 0, 9, 9]] : [],
        ),
      }))
      const known = told.map(([name, number]) => ({ topic: name, partitions: [number] }))
      const unseen = unseenPlaces(shown, known, topics)
      const has = (name: string, number: number) => seen.some(([of, one]) => of === name && one === number)
      for (const name of topics) expect(unseen.includes(name)).toBe(!names.includes(name))
      for (const [name, number] of told)
        expect(unseen.includes(`${name}/${number}`)).toBe(
          names.includes(name) && !has(name, number) && (topics.length === 0 || topics.includes(name)),
        )
    }),
  )
})

test('the seconds reach from the last record that came over to the moment the source was last seen', () => {
  const lastMirrored = [
    { topic: 't', partition: 0, timestamp: Date.parse(at(0)) - 3_400 },
    { topic: 't', partition: 1, timestamp: Date.parse(at(0)) + 9_000 },
    { topic: 'u', partition: 1, timestamp: 0 },
  ]
  const { topics, sampleAgeSeconds } = estimateLedger({ ...estimate, lastMirrored })
  expect(topics[0]?.rows).toEqual([
    [0, 7, null, 3, 4],
    [1, 4, null, 16, 0],
  ])
  expect(sampleAgeSeconds).toBe(30)
})

const scan = {
  topic: 't',
  partition: 0,
  from: 7,
  to: 10,
  records: 2,
  bytes: 64,
  firstTimestamp: at(1),
  lastTimestamp: at(5),
}

test('when the old side is back only ranges with records have a row', () => {
  const input = {
    takenAt: at(99),
    cluster: 'A',
    ends: [
      ends('t', [
        [0, 0, 10, 10],
        [1, 0, 9, 9],
      ]),
      ends('u', [[0, 0, 4, 4]]),
    ],
    mirroredTo: [
      {
        topic: 't',
        offsets: [
          [0, 6],
          [1, 7],
        ] as [number, number][],
      },
      { topic: 'u', offsets: [[0, 3]] as [number, number][] },
    ],
    scans: [scan, { ...scan, partition: 1, from: 8, to: 9, records: 0 }],
  }
  expect(exactLedger(input)).toEqual({
    kind: 'exact',
    takenAt: at(99),
    cluster: 'A',
    sampleAgeSeconds: null,
    records: 2,
    since: at(1),
    topics: [{ topic: 't', rows: [[0, 7, 10, 2, 64, 0, 4_000]] }],
  })
})

test('a range nobody scanned, and offsets that expired before they were mirrored, are told as unknown', () => {
  const ledger = exactLedger({
    takenAt: at(99),
    cluster: 'A',
    ends: [ends('t', [[0, 9, 20, 20]])],
    mirroredTo: [{ topic: 't', offsets: [[0, 6]] }],
    scans: [{ ...scan, from: 12, to: 15 }],
  })
  expect(ledger.topics[0]?.rows).toEqual([
    [0, 7, 9, null],
    [0, 9, 12, null],
    [0, 12, 15, 2, 64, 0, 4_000],
    [0, 15, 20, null],
  ])
})

test('each range tells its bytes, and its times from the earliest record of the ledger', () => {
  const other = { ...scan, partition: 1, from: 2, bytes: 10, firstTimestamp: at(3), lastTimestamp: at(3) }
  const { firstTimestamp: _first, lastTimestamp: _last, ...untimed } = scan
  const timeless = { ...untimed, partition: 2, from: 0, bytes: 7 }
  const ledger = exactLedger({
    takenAt: at(99),
    cluster: 'A',
    ends: [
      ends('t', [
        [0, 7, 10, 10],
        [1, 2, 10, 10],
        [2, 0, 10, 10],
      ]),
    ],
    mirroredTo: [],
    scans: [scan, other, timeless],
  })
  expect(ledger.since).toBe(at(1))
  expect(ledger.topics[0]?.rows).toEqual([
    [0, 7, 10, 2, 64, 0, 4_000],
    [1, 2, 10, 2, 10, 2_000, 2_000],
    [2, 0, 10, 2, 7, null, null],
  ])
})

test('ranges and mirrored offsets together cover the log, without overlap', () => {
  const partition = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 9 }), fc.option(fc.nat({ max: 16 }), { nil: undefined }))
  fc.assert(
    fc.property(fc.array(partition, { maxLength: 5 }), (specs) => {
      const topicEnds = [
        ends(
          't',
          specs.map(([start, size], p) => [p, start, start + size, start + size]),
        ),
      ]
      const offsets = specs.flatMap(([, , c], p): [number, number][] => (c === undefined ? [] : [[p, c]]))
      const ranges = ledgerRanges(topicEnds, [{ topic: 't', offsets }])
      specs.forEach(([start, size, c], p) => {
        const range = ranges.find((r) => r.partition === p)
        for (let offset = start; offset < start + size; offset++) {
          const stranded = range !== undefined && range.from <= offset && offset < range.to
          expect(stranded).toBe(c === undefined || offset > c)
        }
      })
      // Scanned in full with one record for each offset, the ledger counts exactly the ranges.
      const scans = ranges.map((r) => ({ ...r, records: r.to - r.from, bytes: 1 }))
      const ledger = exactLedger({
        takenAt: at(0),
        cluster: 'A',
        ends: topicEnds,
        mirroredTo: [{ topic: 't', offsets }],
        scans,
      })
      // Where offsets expired and nothing else is there, nobody knows how many records they were.
      const rows = ledger.topics.flatMap((topic) => topic.rows)
      const counted = ranges.reduce((sum, r) => sum + r.to - r.from, 0)
      expect(ledger.records).toBe(rows.length > 0 && ranges.length === 0 ? null : counted)
    }),
  )
})
