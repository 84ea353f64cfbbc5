import { createHash } from 'node:crypto'
import type { RecordMark } from '../../../ports/cluster.ts'
import type { Batch, BatchRecord } from '../records/batch.ts'

/** Key, value and time stamp: what a mirroring hands on unchanged. Headers apart: they may be converted on the way. */
export function markOf(record: BatchRecord, { logAppendTime }: Pick<Batch, 'logAppendTime'>): RecordMark {
  const headers = headersDigest(record)
  return {
    offset: Number(record.offset),
    timestamp: Number(record.timestamp),
    digest: contentDigest(record),
    ...(headers === undefined ? {} : { headers }),
    ...(logAppendTime ? { restamped: true } : {}),
  }
}

export function contentDigest({ key, value }: BatchRecord): string {
  return digestOf([key, value])
}

/** Of a record that has some. */
export function headersDigest({ headers }: BatchRecord): string | undefined {
  return headers.length === 0 ? undefined : digestOf(headers.flat())
}

/** Each part with its length: no two lists of parts are taken for one another, nor nothing for an empty one. */
function digestOf(parts: readonly (Buffer | null)[]): string {
  const digest = createHash('sha256')
  for (const part of parts) {
    digest.update(`${part === null ? -1 : part.length}:`)
    if (part !== null) digest.update(part)
  }
  return digest.digest('base64')
}
