import { expect, test } from 'vitest'
import type { Certificate, CertificateRow } from '../../../src/contract/evidence.ts'
import { onLatency, type LatencyEvidence } from '../../../src/domain/certificate/latency.ts'

const unseen: CertificateRow = [1, 0, 40, 40, -1, 40, 'never-mirrored']
const mirrored: CertificateRow = [0, 0, 40, 40, 39, 0, 'mirrored']
const behind: CertificateRow = [2, 0, 40, 40, 30, 9, 'behind']

function certificate(rows: CertificateRow[], obstacles: string[] = []): Certificate {
  return {
    takenAt: '2026-01-01T00:00:00.000Z',
    link: 'A->B',
    complete: false,
    obstacles,
    totalLag: rows.reduce((sum, [, , , , , lag]) => sum + lag, 0),
    topics: [{ topic: 'invoices', topicId: 'id', rows }],
  }
}

const good: LatencyEvidence = {
  incomparable: [{ topic: 'invoices', partitions: [1, 2] }],
  latency: [{ topic: 'invoices', seconds: 0.4, samples: 5 }],
  bytesPerSecond: 0,
  maxSeconds: 5,
  minSamples: 3,
  windowSeconds: 300,
}

test('latency stands in for offsets where they cannot be compared, and the certificate says so', () => {
  const found = onLatency(certificate([mirrored, unseen]), good, true)
  expect(found).toMatchObject({ complete: true, restsOn: 'latency', totalLag: 0 })
  expect(found.topics[0]?.rows).toEqual([mirrored, [1, 0, 40, 40, -1, 0, 'latency-only', null, 'latency']])
})

test('a partition that is known to be behind stays behind, whatever the latency', () => {
  const found = onLatency(certificate([mirrored, unseen, behind]), good, true)
  expect(found).toMatchObject({ complete: false, totalLag: 9 })
})

test('a copy without records is no matter of comparison: it stays never mirrored', () => {
  const before = certificate([mirrored, unseen])
  expect(onLatency(before, { ...good, incomparable: [] }, true)).toEqual(before)
})

test('another obstacle is not outvoted', () => {
  expect(onLatency(certificate([unseen], ['the link is stopped']), good, true).complete).toBe(false)
})

test.each([
  ['before there is a fence', {}, false, /before there is a fence/],
  ['without data', { latency: [{ topic: 'invoices', seconds: null, samples: 0 }] }, true, /no data is not zero/],
  ['of a topic that is not told', { latency: [] }, true, /no latency of invoices/],
  ['above the limit', { latency: [{ topic: 'invoices', seconds: 5.1, samples: 5 }] }, true, /was 5.1 s/],
  ['with too few samples', { latency: [{ topic: 'invoices', seconds: 0.1, samples: 2 }] }, true, /2 samples/],
  ['while something is carried', { bytesPerSecond: 0.5 }, true, /carried 1 bytes a second/],
  ['without a throughput', { bytesPerSecond: null }, true, /no throughput/],
])('latency proves nothing %s', (_, change, fenced, text) => {
  const found = onLatency(certificate([mirrored, unseen]), { ...good, ...change }, fenced)
  expect(found).toMatchObject({ complete: false, obstacles: [expect.stringMatching(text)] })
  expect(found.restsOn).toBeUndefined()
})
