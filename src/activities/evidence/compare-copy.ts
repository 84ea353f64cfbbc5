import { ApplicationFailure } from '@temporalio/common'
import type { SettledOffsets } from '../../contract/evidence.ts'
import type { ComparedRange } from '../../domain/certificate/copy.ts'
import type { ClusterLooks, StoredRecord } from '../../ports/cluster.ts'
import { keyOf } from '../compare/record-key.ts'
import { errorTypes } from '../../contract/errors.ts'

/**
 * Offsets read back beyond a mark in the copy: of records alike some may lie before it, and the end that is remembered may be that
 * of a transaction that was under way.
 */
const slack = 2_000

/** Offsets [from, to) of a partition on the source, and where in the copy its records should be. */
export interface RangeOfBoth {
  topic: string
  partition: number
  copy: string
  source: [from: number, to: number]
  inCopy: [from: number, to: number]
  /** Of each key only the last record stays in the copy. */
  compacted: boolean
  /** Everything of the range should be in `inCopy`. Else what it lacks of the oldest may lie before, or have expired there. */
  whole: boolean
}

/**
 * Does the copy hold every record of a range? By count and digest, and where those differ (records copied twice, aborted ones, a
 * gap) record by record: the copy may hold more, never less. Undefined: it cannot be told (an unreadable codec, a range that
 * changed while it was read).
 */
export async function compareRange(
  source: ClusterLooks,
  target: ClusterLooks,
  range: RangeOfBoth,
  settled: readonly SettledOffsets[],
  signal: AbortSignal,
): Promise<ComparedRange | undefined> {
  const { topic, partition, copy } = range
  const [from, to] = range.source
  const same: ComparedRange = { topic, partition, from, to, missing: null }
  if (from >= to) return same
  const [ours, theirs] = await Promise.all([
    source.digestRange({ topic, partition }, { from, to, isolation: 'committed' }, signal),
    target.digestRange(
      { topic: copy, partition },
      { from: range.inCopy[0], to: range.inCopy[1], isolation: 'committed' },
      signal,
    ),
  ])
  const readable = !ours.unreadable && !theirs.unreadable && ours.complete && theirs.complete
  if (!readable) return undefined
  if (ours.records === theirs.records && ours.digest === theirs.digest) return same
  const [wanted, held] = await Promise.all([
    readAll(source, topic, partition, [from, to], signal),
    readAll(target, copy, partition, [Math.max(0, range.inCopy[0] - slack), range.inCopy[1]], signal),
  ])
  if (wanted === undefined || held === undefined || wanted.length < ours.records) return undefined
  const { records, begins } = lacking(wanted, held, range)
  const missing = records.filter(({ offset }) => !isSettled(settled, topic, partition, offset))
  const [first, last] = [missing[0], missing.at(-1)]
  return first === undefined || last === undefined
    ? { ...same, from: range.whole ? from : (begins ?? to) }
    : { ...same, missing: [missing.length, first.offset, last.offset + 1] }
}

function isSettled(settled: readonly SettledOffsets[], topic: string, partition: number, offset: number): boolean {
  return settled.some(
    (range) => range.topic === topic && range.partition === partition && range.from <= offset && offset < range.to,
  )
}

/** What of the source the copy does not hold, each record as often as it is there, and where its first common record is. */
function lacking(
  wanted: readonly StoredRecord[],
  held: readonly StoredRecord[],
  range: RangeOfBoth,
): { records: StoredRecord[]; begins: number | undefined } {
  const counts = new Map<string, number>()
  for (const record of held) {
    const name = keyOf(record)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const absent: StoredRecord[] = []
  const newest = new Map<string, number>()
  let begins: number | undefined
  for (const record of wanted) {
    const left = counts.get(keyOf(record)) ?? 0
    if (left > 0) {
      counts.set(keyOf(record), left - 1)
      begins ??= record.offset
      if (record.key !== null) newest.set(record.key.toString('base64'), record.offset)
    } else if (range.whole || begins !== undefined) absent.push(record)
  }
  if (!range.compacted) return { records: absent, begins }
  const keys = new Set(held.flatMap(({ key }) => (key === null ? [] : [key.toString('base64')])))
  return { records: absent.filter((record) => !isCompacted(record, newest, keys)), begins }
}

/**
 * Compaction took it from the copy: a newer record of its key, by the source's order, is there. An older one is no excuse. A
 * deletion goes as well in the end, but never before every older record of its key: where the copy holds one, it was not compacted.
 */
function isCompacted(
  { key, value, offset }: StoredRecord,
  newest: ReadonlyMap<string, number>,
  keys: ReadonlySet<string>,
): boolean {
  if (key === null) return false
  const name = key.toString('base64')
  return (newest.get(name) ?? -1) > offset || (value === null && !keys.has(name))
}

/** Undefined: not all of it can be read. */
async function readAll(
  cluster: ClusterLooks,
  topic: string,
  partition: number,
  [from, to]: [from: number, to: number],
  signal: AbortSignal,
): Promise<StoredRecord[] | undefined> {
  const records: StoredRecord[] = []
  try {
    for (let at = from; at < to;) {
      const read = await cluster.readRecords(topic, partition, at, to, signal)
      if (read.next <= at) return undefined
      records.push(...read.records)
      at = read.next
    }
  } catch (error) {
    // A codec that this Node lacks is refused so; an outage is not the range's fault.
    if (!(error instanceof ApplicationFailure) || error.type !== errorTypes.rejected) throw error
    return undefined
  }
  return records
}
