import { createHash } from 'node:crypto'
import type {
  RangeDigest,
  RangeScan,
  StoredRecord,
  UncommittedRange,
  UncommittedScan,
} from '../../../src/ports/cluster.ts'

/** A record to be appended; what is left out is empty, or now. */
export type NewRecord = Partial<Omit<StoredRecord, 'offset'>>

interface Entry extends StoredRecord {
  /** The transaction it belongs to, while that is open. */
  open?: object
  aborted?: true
  /** Of the end of a transaction: no data. */
  marker?: true
}

/** One partition as a broker keeps it: an offset is never given twice, and what is removed leaves a gap. */
export class PartitionLog {
  start = 0
  /** Log end offset of the leader. */
  end = 0
  /** Records at the end that the followers lack. */
  unreplicated = 0
  #entries: Entry[] = []

  /** Answers the offset of the first. */
  append(records: readonly NewRecord[], at: number, transaction?: object): number {
    const first = this.end
    for (const { key = null, value = null, headers = [], timestamp = at } of records) {
      const open = transaction === undefined ? {} : { open: transaction }
      this.#entries.push({ offset: this.end, timestamp, key, value, headers, ...open })
      this.end += 1
    }
    return first
  }

  /** The marker of a transaction's end. */
  decide(transaction: object, outcome: 'commit' | 'abort', at: number): void {
    for (const entry of this.#entries) {
      if (entry.open !== transaction) continue
      delete entry.open
      if (outcome === 'abort') entry.aborted = true
    }
    this.#entries.push({ offset: this.end, timestamp: at, key: null, value: null, headers: [], marker: true })
    this.end += 1
  }

  get highWatermark(): number {
    return Math.max(this.start, this.end - this.unreplicated)
  }

  get lastStable(): number {
    const open = this.#entries.find((entry) => entry.open !== undefined)
    return Math.min(open?.offset ?? Infinity, this.highWatermark)
  }

  /** As retention does, or somebody who deletes records. */
  removeBefore(offset: number): void {
    this.start = Math.min(Math.max(this.start, offset), this.highWatermark)
    this.#entries = this.#entries.filter((entry) => entry.offset >= this.start)
  }

  /** As the log cleaner does: of each key the last record stays, where it was. */
  compact(): void {
    const lasts = new Map(this.#data('committed').map((entry) => [entry.key?.toString('base64'), entry.offset]))
    this.#entries = this.#entries.filter(
      (entry) =>
        entry.open !== undefined ||
        (!entry.marker && !entry.aborted && lasts.get(entry.key?.toString('base64')) === entry.offset),
    )
  }

  #data(isolation: 'committed' | 'uncommitted', from = 0, to = Infinity): Entry[] {
    const below = Math.min(to, isolation === 'committed' ? this.lastStable : this.highWatermark)
    return this.#entries.filter(
      ({ offset, marker, aborted }) =>
        offset >= from && offset < below && !marker && (isolation === 'uncommitted' || !aborted),
    )
  }

  /** Data records in order. */
  read(from: number, to: number, isolation: 'committed' | 'uncommitted' = 'committed'): StoredRecord[] {
    return this.#data(isolation, from, to).map(({ offset, timestamp, key, value, headers }) => ({
      offset,
      timestamp,
      key,
      value,
      headers,
    }))
  }

  scan(from: number, to: number): RangeScan {
    const records = this.#data('committed', from, to)
    const [first, last] = [records[0], records.at(-1)]
    const below = Math.min(to, this.lastStable)
    const markers = this.#entries.filter(({ marker, offset }) => marker && offset >= from && offset < below)
    return {
      records: records.length,
      controlMarkers: markers.length,
      ...(first && last ? { firstTimestamp: iso(first), lastTimestamp: iso(last) } : {}),
      bytes: records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0),
      complete: to <= Math.max(this.lastStable, from),
    }
  }

  scanUncommitted(from: number, to: number): UncommittedScan {
    const within = this.#data('uncommitted', from, to)
    return {
      aborted: ranges(within.filter(({ aborted }) => aborted)),
      open: ranges(within.filter(({ open }) => open !== undefined)),
      complete: to <= this.highWatermark,
    }
  }

  /** The last committed data record; undefined: there is none. */
  last(): StoredRecord | undefined {
    return this.#data('committed').at(-1)
  }

  /** The lowest with this time, content and these headers; else the lowest with this content; null: none. */
  find({ timestamp, digest, headers }: { timestamp: number; digest: string; headers?: string }): number | null {
    const alike = this.#data('uncommitted').filter(
      (entry) => entry.timestamp === timestamp && contentDigest(entry) === digest,
    )
    return (alike.find((entry) => headersDigest(entry) === headers) ?? alike[0])?.offset ?? null
  }

  digest(from: number, to: number, isolation: 'committed' | 'uncommitted'): RangeDigest {
    const records = this.#data(isolation, from, to)
    const sum = records.reduce((total, entry) => (total + BigInt(`0x${stampedDigest(entry)}`)) % sumLimit, 0n)
    return {
      records: records.length,
      digest: sum.toString(16).padStart(32, '0'),
      complete: to <= (isolation === 'committed' ? this.lastStable : this.highWatermark),
      ...(this.start > from ? { start: this.start } : {}),
    }
  }
}

const sumLimit = 2n ** 128n

function sha256(...parts: (Buffer | null)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part === null ? 'null,' : `${part.length},`).update(part ?? '')
  return hash.digest('hex')
}

export function contentDigest({ key, value }: Pick<StoredRecord, 'key' | 'value'>): string {
  return sha256(key, value)
}

/** Undefined: it has none. */
export function headersDigest({ headers }: Pick<StoredRecord, 'headers'>): string | undefined {
  return headers.length === 0 ? undefined : sha256(...headers.flat())
}

function stampedDigest({ timestamp, key, value }: StoredRecord): string {
  return sha256(Buffer.from(String(timestamp)), key, value).slice(0, 32)
}

function iso({ timestamp }: StoredRecord): string {
  return new Date(timestamp).toISOString()
}

/** Ranges that follow each other without a gap are one. */
function ranges(records: readonly StoredRecord[]): UncommittedRange[] {
  const joined: UncommittedRange[] = []
  for (const { offset } of records) {
    const last = joined.at(-1)
    if (last !== undefined && last[1] === offset) joined[joined.length - 1] = [last[0], offset + 1, last[2] + 1]
    else joined.push([offset, offset + 1, 1])
  }
  return joined
}
