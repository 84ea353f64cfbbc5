import { createHash } from 'node:crypto'
import type { RecordMark, StoredRecord } from '../../ports/cluster.ts'

/**
 * What a record is known by: its time stamp and the digest of key and value, as `RecordMark` has it, so that
 * `ClusterLooks.findRecords` finds it. Headers are left out: a converter may change them on the way.
 */
export function keyOf({ timestamp, key, value }: Pick<StoredRecord, 'timestamp' | 'key' | 'value'>): string {
  const digest = createHash('sha256')
  for (const part of [key, value]) {
    digest.update(`${part === null ? -1 : part.length}:`)
    if (part !== null) digest.update(part)
  }
  return `${timestamp} ${digest.digest('base64')}`
}

export function markOfKey(key: string): Pick<RecordMark, 'timestamp' | 'digest'> {
  const [timestamp = '', digest = ''] = key.split(' ')
  return { timestamp: Number(timestamp), digest }
}

export function bytesOf({ key, value, headers }: StoredRecord): number {
  const size = (part: Buffer | null) => part?.length ?? 0
  return headers.reduce((sum, [name, content]) => sum + size(name) + size(content), size(key) + size(value))
}
