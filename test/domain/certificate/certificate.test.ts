import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PartitionEnds, PartitionVerdict } from '../../../src/contract/evidence.ts'
import { certificateTotals, paceText, totalsText, worstPartitions } from '../../../src/domain/certificate/text.ts'
import { certify, residuals } from '../../../src/domain/certificate/certificate.ts'
import { worstFirst } from '../../../src/domain/certificate/text.ts'
import { partitionLag } from '../../../src/domain/certificate/verdict.ts'
import type { CertifyInput } from '../../../src/domain/certificate/input.ts'
import { anOpenTransaction, at, ends } from '../builders.ts'

/** One topic `t` with one partition, mirrored to its end. */
const proven: CertifyInput = {
  takenAt: at(0),
  link: 'A->B',
  ends: [ends('t', [[0, 0, 10, 10]])],
  mirroredTo: [{ topic: 't', offsets: [[0, 9]] }],
  scans: [],
  assigned: [{ topic: 't', partitions: [0] }],
  linkState: 'running',
  obstacles: [],
  topicsWanted: ['t'],
  fencedEnds: [ends('t', [[0, 0, 10, 10]])],
}

const partition = (e: PartitionEnds, c?: number): CertifyInput => ({
  ...proven,
  ends: [ends('t', [e])],
  mirroredTo: c === undefined ? [] : [{ topic: 't', offsets: [[0, c]] }],
  fencedEnds: null,
})
const scan = (records: number, complete = true) => ({ topic: 't', partition: 0, records, complete })

test('everything mirrored up to the fenced end makes a certificate', () => {
  const certificate = certify(proven)
  expect(certificate).toMatchObject({ complete: true, totalLag: 0, obstacles: [] })
  expect(certificate.topics).toEqual([{ topic: 't', topicId: 'id-t', rows: [[0, 0, 10, 10, 9, 0, 'mirrored']] }])
  expect(worstFirst(certificate, 3)).toBe('1 of 1 partitions mirrored to their end on A->B.')
})

test.each<[PartitionVerdict, number, boolean, CertifyInput]>([
  ['mirrored', 0, true, partition([0, 0, 10, 10], 9)],
  ['empty', 0, true, partition([0, 0, 0, 0])],
  ['empty', 0, true, partition([0, 7, 7, 7])],
  ['markers-only', 0, true, { ...partition([0, 0, 10, 10], 6), scans: [scan(0)] }],
  ['markers-only', 0, true, { ...partition([0, 0, 3, 3]), scans: [scan(0)] }],
  ['behind', 3, false, partition([0, 0, 10, 10], 6)],
  ['behind', 3, false, { ...partition([0, 0, 10, 10], 6), scans: [scan(0, false)] }],
  ['behind', 3, false, { ...partition([0, 0, 10, 10], 6), scans: [{ ...scan(0), from: 8, to: 10 }] }],
  ['behind', 3, false, { ...partition([0, 0, 10, 10], 6), scans: [{ ...scan(0), from: 7, to: 9 }] }],
  ['behind', 1, false, { ...partition([0, 0, 10, 10], 6), scans: [scan(1)] }],
  ['never-mirrored', 10, false, partition([0, 0, 10, 10])],
  ['open-transaction', 1, false, partition([0, 0, 10, 8], 8)],
  ['open-transaction', 2, false, { ...partition([0, 0, 10, 8], 7), scans: [scan(0)] }],
  ['behind', 5, false, partition([0, 5, 10, 10], 2)],
  ['behind', 7, false, partition([0, 3, 10, 10], 1)],
  ['behind', 7, false, partition([0, 3, 10, 10], 2)],
  ['expired-unknown', 0, true, { ...partition([0, 10, 10, 10], 2), scans: [scan(0)] }],
  ['truncated-or-recreated', 0, false, partition([0, 0, 10, 10], 10)],
  ['unassigned', 0, false, { ...partition([0, 0, 10, 10], 9), assigned: [{ topic: 't', partitions: [1] }] }],
])('a partition is %s with lag %i', (verdict, lag, complete, input) => {
  const certificate = certify(input)
  expect(certificate.topics[0]?.rows[0]?.slice(5, 7)).toEqual([lag, verdict])
  expect(certificate.totalLag).toBe(lag)
  expect(certificate.complete).toBe(complete)
  if (!complete) expect(worstFirst(certificate, 1)).toContain('t partition 0: ')
})

/** A look at the same partition before this one. */
const afterLook = (before: CertifyInput, now: CertifyInput): CertifyInput => ({ ...now, previous: certify(before) })

test.each<[string, PartitionVerdict, [number, number] | undefined, CertifyInput]>([
  [
    'records that expired between two looks stay lost, although the link went on behind them',
    'expired-before-mirrored',
    [4, 8],
    afterLook(partition([0, 0, 10, 10], 3), partition([0, 8, 10, 10], 9)),
  ],
  [
    'a look later they still do',
    'expired-before-mirrored',
    [4, 8],
    afterLook(afterLook(partition([0, 0, 10, 10], 3), partition([0, 8, 10, 10], 9)), partition([0, 8, 10, 10], 9)),
  ],
  [
    'records of a partition that was never mirrored',
    'expired-before-mirrored',
    [0, 8],
    afterLook(partition([0, 0, 10, 10]), partition([0, 8, 10, 10], 9)),
  ],
  [
    'what was mirrored at the last look may expire',
    'mirrored',
    undefined,
    afterLook(partition([0, 0, 10, 10], 9), partition([0, 10, 10, 10], 9)),
  ],
  [
    'markers that were seen to be all that was left may expire',
    'markers-only',
    undefined,
    afterLook(
      { ...partition([0, 0, 10, 10], 6), scans: [scan(0)] },
      { ...partition([0, 9, 10, 10], 6), scans: [scan(0)] },
    ),
  ],
  ['what was never in the log for us is not lost', 'never-mirrored', undefined, partition([0, 5, 10, 10])],
])('%s', (_case, verdict, expired, input) => {
  const row = certify(input).topics[0]?.rows[0]
  expect([row?.[6], row?.[7]]).toEqual([verdict, expired])
  if (expired) expect(worstFirst(certify(input), 1)).toContain(`offsets ${expired[0]} to ${expired[1] - 1} expired`)
})

test.each<[string, PartitionVerdict, CertifyInput]>([
  ['a marker that ends a transaction', 'expired-unknown', partition([0, 10, 10, 10], 8)],
  [
    'aborted records that a look has scanned and found to be none',
    'empty',
    afterLook({ ...partition([0, 0, 10, 10]), scans: [scan(0)] }, partition([0, 10, 10, 10])),
  ],
  [
    'one record and eight offsets without any, of which those may be all that is gone',
    'expired-unknown',
    afterLook({ ...partition([0, 0, 10, 10]), scans: [scan(1)] }, partition([0, 8, 10, 10], 9)),
  ],
])('%s may expire, and is no loss that is known', (_case, verdict, input) => {
  const certificate = certify(input)
  expect([certificate.topics[0]?.rows[0]?.[6], certificate.complete]).toEqual([verdict, true])
})

test('an earlier look at a topic that was recreated since says nothing about this one', () => {
  const before = certify({ ...partition([0, 0, 10, 10], 3), ends: [ends('t', [[0, 0, 10, 10]], 'old')] })
  expect(certify({ ...partition([0, 8, 10, 10], 9), previous: before }).topics[0]?.rows[0]?.[6]).toBe('mirrored')
})

test('a recreated topic that has grown past the old position is not called truncated by its end', () => {
  const input = { ...partition([0, 0, 50, 50], 9), previousIds: [{ topic: 't', topicId: 'old' }] }
  expect(worstFirst(certify(input), 1)).toContain('mirrored to 9 of a topic that was recreated since')
})

test('totals count every verdict, and pace is told where it is known', () => {
  const input = { ...proven, ends: [ends('t', [[0, 0, 10, 10], [1, 0, 10, 10], [2, 0, 0, 0]])], fencedEnds: null } // prettier-ignore
  const certificate = certify({
    ...input,
    mirroredTo: [{ topic: 't', offsets: [[0, 9], [1, 4]] }], // prettier-ignore
    assigned: [{ topic: 't', partitions: [0, 1, 2] }],
  })
  expect(certificateTotals(certificate)).toMatchObject({ partitions: 3, proven: 2 })
  expect(totalsText(certificate)).toBe('3 partitions: 1 behind, 1 mirrored, 1 empty')
  expect(worstPartitions(certificate, 2)).toEqual(['t-1 5 behind'])
  expect(paceText(12.34, 75.2)).toBe('12.3 records/s, about 1 min 16 s to go')
  expect(paceText(null, null)).toBe('')
})

test('who holds a partition open is told with the partition', () => {
  const certificate = certify({ ...partition([0, 0, 10, 8], 7), transactions: [anOpenTransaction()] })
  expect(certificate.complete).toBe(false)
  expect(worstFirst(certificate, 3).split('\n')).toEqual([
    'Transaction app-1 (producer 7, Ongoing), open for 12 s, on t-0 from offset 8. Its coordinator aborts it in 48 s unless it ends before.',
    't partition 0: a transaction is open between 8 and 10: let it end or abort it; 2 not mirrored.',
  ])
})

test.each<[string, string, Partial<CertifyInput>]>([
  ['a topic that could not be read', 'ends of u', { topicsWanted: ['t', 'u'] }],
  ['no topic', 'No topic', { topicsWanted: [] }],
  ['a topic without partitions', 'ends of t', { ends: [ends('t', [])] }],
  ['a link that is paused', 'A->B is paused', { linkState: 'paused' }],
  ['a link that is stopped', 'A->B is stopped', { linkState: 'stopped' }],
  ['a link without tasks', 'without a task', { assigned: [] }],
  ['a setting under which offsets prove nothing', 'errors.tolerance', { obstacles: ['errors.tolerance is all'] }],
  ['a recreated topic', 'recreated', { previousIds: [{ topic: 't', topicId: 'old' }] }],
  ['a topic recreated after the fence', 'recreated', { fencedEnds: [ends('t', [[0, 0, 10, 10]], 'old')] }],
  [
    'an end beyond the fence',
    'partition 0 moved after the fence, from 8 to 10',
    { fencedEnds: [ends('t', [[0, 0, 8, 8]])] },
  ],
  ['an end before the fence', 'from 12 to 10', { fencedEnds: [ends('t', [[0, 0, 12, 12]])] }],
  ['a topic fenced without proof', 'no fenced end', { fencedEnds: [] }],
  [
    'a fenced partition not read',
    'partition 1 was fenced',
    {
      fencedEnds: [
        ends('t', [
          [0, 0, 10, 10],
          [1, 0, 4, 4],
        ]),
      ],
    },
  ],
])('%s is an obstacle', (_case, text, change) => {
  const certificate = certify({ ...proven, ...change })
  expect(certificate.complete).toBe(false)
  expect(certificate.obstacles.join('\n')).toContain(text)
  expect(worstFirst(certificate, 5)).toContain(text)
})

test('lag counts from the offset above the last acknowledged one, and not what the log no longer holds', () => {
  expect(partitionLag({ highWatermark: 10, mirroredTo: 6, logStart: 0 })).toBe(3)
  expect(partitionLag({ highWatermark: 10, mirroredTo: undefined, logStart: 4 })).toBe(6)
  expect(partitionLag({ highWatermark: 10, mirroredTo: 1, logStart: 8 })).toBe(2)
  expect(partitionLag({ highWatermark: 10, mirroredTo: 20, logStart: 0 })).toBe(0)
})

test('the worst come first, and how many more there are is told', () => {
  const offsets = [1, 5, 3].map((c, p): [number, number] => [p, c])
  const input = {
    ...proven,
    ends: [
      ends(
        't',
        [0, 1, 2].map((p) => [p, 0, 10, 10]),
      ),
    ],
    fencedEnds: null,
  }
  const assigned = [{ topic: 't', partitions: [0, 1, 2] }]
  const text = worstFirst(certify({ ...input, mirroredTo: [{ topic: 't', offsets }], assigned }), 2)
  expect(text.split('\n')).toEqual([
    't partition 0: 8 records behind: mirrored to 1, end 10.',
    't partition 2: 6 records behind: mirrored to 3, end 10.',
    'and 1 more partitions',
  ])
})

// A partition as a log: what MirrorMaker may skip (markers, aborted records) and what it must copy.
const log = fc.record({
  start: fc.nat({ max: 3 }),
  kinds: fc.array(fc.constantFrom('data' as const, 'marker' as const), { maxLength: 8 }),
  copied: fc.nat({ max: 9 }),
  open: fc.boolean(),
  scanned: fc.boolean(),
})

test('a certificate is complete exactly when no data record of any partition is left, on full evidence', () => {
  fc.assert(
    fc.property(fc.array(log, { minLength: 1, maxLength: 4 }), (logs) => {
      const partitions = logs.map(({ start, kinds, copied, open, scanned }, p) => {
        const end = start + kinds.length
        // The last data record among the first `copied` entries is what the link acknowledged.
        const last = kinds.slice(0, copied).lastIndexOf('data')
        const c = last < 0 ? undefined : start + last
        const left = kinds.slice(last + 1).filter((kind) => kind === 'data').length
        return { p, start, end, stable: open && end > start ? end - 1 : end, c, left, scanned }
      })
      const topicEnds = [
        ends(
          't',
          partitions.map(({ p, start, end, stable }) => [p, start, end, stable]),
        ),
      ]
      const mirroredTo = [
        {
          topic: 't',
          offsets: partitions.flatMap(({ p, c }): [number, number][] => (c === undefined ? [] : [[p, c]])),
        },
      ]
      const scans = residuals({ ends: topicEnds, mirroredTo })
        .filter(({ partition: p }) => partitions[p]?.scanned)
        .map(({ partition: p }) => ({ topic: 't', partition: p, records: partitions[p]?.left ?? 0, complete: true }))
      const assigned = [{ topic: 't', partitions: partitions.map(({ p }) => p) }]
      const input = { ...proven, ends: topicEnds, mirroredTo, scans, assigned, fencedEnds: topicEnds }
      const certificate = certify(input)
      const known = partitions.every(({ end, start, c, scanned, stable }) => {
        return stable === end && (scanned || end === (c === undefined ? start : c + 1))
      })
      expect(certificate.complete).toBe(known && partitions.every(({ left }) => left === 0))
      expect(certificate.totalLag).toBeGreaterThanOrEqual(
        partitions.reduce((sum, { left, stable, end }) => sum + (stable === end ? left : 0), 0),
      )
      // Any piece of evidence taken away leaves no certificate.
      for (const without of [{ assigned: [] }, { ends: [] }, { linkState: 'failed' }, { fencedEnds: [] }]) {
        expect(certify({ ...input, ...without }).complete).toBe(false)
      }
    }),
  )
})
