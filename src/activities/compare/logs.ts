import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../../contract/errors.ts'
import type { Answer, Ask, LogRecord, Side } from '../../domain/compare/ask.ts'
import { type Block, type BlockOutcome, compareBlock, type WalkLimits } from '../../domain/compare/block.ts'
import type { ClusterLooks, Place } from '../../ports/cluster.ts'
import type { Pace } from './pace.ts'
import { bytesOf, keyOf, markOfKey } from './record-key.ts'

/** A partition and its copy, with what they are read at. */
export interface Logs {
  readonly source: ClusterLooks
  readonly copy: ClusterLooks
  readonly places: Readonly<Record<Side, Place>>
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Bytes of the source's records, for the size of the next block; the latest time stamp of the newest block, ms since 1970. */
  readonly read: { records: number; bytes: number; latest: number }
}

/** What could not be read now: an open transaction, or a log that was cut off meanwhile. Nothing is said of the range. */
export class NotReadable extends Error {
  override name = 'NotReadable'
  readonly why: 'unclear' | 'unreadable'

  constructor(why: 'unclear' | 'unreadable', message: string) {
    super(message)
    this.why = why
  }
}

/** Why a range was not read, where reading it again now would not help; null: another failure, that may pass. */
export function whyUnread(error: unknown): 'unclear' | 'unreadable' | null {
  if (error instanceof NotReadable) return error.why
  return error instanceof ApplicationFailure && error.type === errorTypes.rejected ? 'unreadable' : null
}

/** Compares one block, asking the clusters one thing after the other. */
export async function driven(logs: Logs, block: Block, limits: WalkLimits): Promise<BlockOutcome> {
  const running = compareBlock(block, limits)
  let step = running.next()
  while (!step.done) step = running.next(await answer(logs, step.value))
  return step.value
}

async function answer(logs: Logs, asked: Ask): Promise<Answer> {
  if (asked.ask === 'read') return { records: await read(logs, asked.side, asked.from, asked.to) }
  if (asked.ask === 'find') return { offsets: await find(logs, asked.side, asked.records) }
  return { start: await startOf(logs, 'copy') }
}

async function read(logs: Logs, side: Side, from: number, to: number): Promise<LogRecord[]> {
  const { topic, partition } = logs.places[side]
  const all: LogRecord[] = []
  let newest: number | undefined
  for (let position = from; position < to;) {
    const { records, next } = await logs[side].readRecords(topic, partition, position, to, logs.signal)
    const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0)
    for (const record of records) all.push({ offset: record.offset, key: keyOf(record) })
    if (side === 'source') {
      logs.read.records += records.length
      logs.read.bytes += bytes
      logs.read.latest = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), newest ?? -1)
      newest = logs.read.latest
    }
    await logs.pace.took(records.length, bytes)
    if (next === position)
      throw new NotReadable('unclear', `${topic}-${partition} cannot be read from offset ${position} on`)
    position = next
  }
  return all
}

async function find(logs: Logs, side: Side, records: readonly LogRecord[]): Promise<(number | null)[]> {
  const wanted = records.map(({ key }) => ({ ...logs.places[side], ...markOfKey(key) }))
  await logs.pace.took(records.length, 0)
  const found = await logs[side].findRecords(wanted, logs.signal)
  return found.map((offset) => {
    if (offset !== 'unreadable') return offset
    throw new NotReadable('unreadable', `records of ${logs.places[side].topic} cannot be decompressed`)
  })
}

export async function startOf(logs: Logs, side: Side): Promise<number> {
  const { topic, partition } = logs.places[side]
  const [ends] = await logs[side].ends([topic], logs.signal)
  const row = ends?.partitions.find(([number]) => number === partition)
  if (row === undefined) throw new NotReadable('unclear', `${topic}-${partition} is gone`)
  return row[1]
}

/** Bytes of records of one block: some fetches, and little memory. */
const blockBytes = 2 * 1024 * 1024

/** Offsets of the next block: as many as a block of records takes, by what was read so far. */
export function blockSize({ read: { records, bytes } }: Logs): number {
  const each = records === 0 ? 1_024 : bytes / records
  return Math.max(50, Math.min(2_000, Math.floor(blockBytes / Math.max(1, each))))
}
