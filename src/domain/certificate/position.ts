import type { Certificate, CertificateRow, CopyEvidence, CopyRow } from '../../contract/evidence.ts'
import { copyRows } from './copy.ts'
import { provenVerdicts } from './verdict.ts'

/** Records alike in time stamp, key and value at the end of a partition look like so much lag, at most, that is none. */
const alike = 100

/**
 * How many partitions wait for nothing but Connect's position: their copies cannot tell how far they reach, and nothing more has
 * come to them since the look before. 0 where anything else is missing as well, since then a position written now is of no use.
 */
export function waitingForPosition(
  certificate: Certificate,
  copies: readonly CopyEvidence[],
  before: readonly CopyEvidence[],
): number {
  if (certificate.complete || certificate.obstacles.length > 0) return 0
  let waiting = 0
  for (const { topic, rows } of certificate.topics) {
    const [now, then] = [copyRows(copies, topic), copyRows(before, topic)]
    for (const row of rows) {
      if (provenVerdicts.has(row[6])) continue
      if (!canOnlyBePosition(row, now.get(row[0]), then.get(row[0]))) return 0
      waiting++
    }
  }
  return waiting
}

function canOnlyBePosition(
  [, , , , , lag, verdict]: CertificateRow,
  now: CopyRow | undefined,
  then: CopyRow | undefined,
): boolean {
  if (verdict !== 'behind' && verdict !== 'never-mirrored') return false
  if (now === undefined || then === undefined || now[2] !== then[2] || now[2] === 0) return false
  return now[5] === 'found' ? lag <= alike : now[5] !== 'absent'
}
