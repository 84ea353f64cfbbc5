import { expect, test } from 'vitest'
import { isConfirmed, refusalsOf, refusalText } from '../../../src/domain/certificate/refusal.ts'
import type { Certificate, CertificateRow } from '../../../src/contract/evidence.ts'

const certificateOf = (...rows: CertificateRow[]): Certificate => ({
  takenAt: '2026-01-01T00:00:00.000Z',
  link: 'A->B',
  complete: false,
  obstacles: [],
  totalLag: 0,
  topics: [{ topic: 't', topicId: 'one', rows }],
})

test('what comes by itself is no refusal', () => {
  for (const verdict of ['behind', 'never-mirrored', 'open-transaction', 'unassigned', 'mirrored'] as const) {
    const certificate = certificateOf([0, 0, 10, 10, 4, 5, verdict])
    expect([refusalsOf(certificate), refusalText(certificate)]).toEqual([[], null])
  }
})

test('what contradicts what is told once for each kind, however many partitions there are', () => {
  const text = refusalText(
    certificateOf(
      [0, 0, 10, 10, -1, 10, 'copy-missing', null, 'position', [10, 0, 10]],
      [1, 0, 10, 10, -1, 10, 'copy-missing', null, 'position', [10, 0, 10]],
      [2, 0, 10, 10, 12, 0, 'truncated-or-recreated'],
    ),
  )
  expect(text).toContain('3 of these partitions')
  expect(text?.match(/no copy holds them/g)).toHaveLength(1)
  expect(text).not.toContain('has not moved')
})

test('a refusal of another kind, or elsewhere, is not the one that was seen before', () => {
  const gap = (from: number) =>
    refusalsOf(certificateOf([0, 0, 10, 10, 9, 1, 'copy-has-gap', null, 'copy', [1, from, from + 1]]))
  expect(isConfirmed(gap(3), gap(3))).toBe(true)
  expect(isConfirmed(gap(3), gap(4))).toBe(false)
  expect(isConfirmed([], [])).toBe(false)
})
