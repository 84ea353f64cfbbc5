import type { Answer, Ask, LogRecord, Side } from '../../domain/compare/ask.ts'
import { type Block, type BlockOutcome, compareBlock, type WalkLimits } from '../../domain/compare/block.ts'
import type { ClusterPort, Place } from '../../ports/cluster.ts'
import type { Pace } from './pace.ts'
import { bytesOf, keyOf, markOfKey } from './record-key.ts'

/** A partition and its copy, with what they are read at. */
export interface Logs {
  readonly source: ClusterPort
  readonly copy: ClusterPort
  readonly places: Readonly<Record<Side, Place>>
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Bytes of the source's records, for the size of the next block. */
  readonly read: { records: number; bytes: number }
}

/** What could not be read now: an open transaction, or a log that was cut off meanwhile. Nothing is said of the range. */
export class NotReadable extends Error {
  override name = 'NotReadable'
}

/** Compares one block, asking the clusters one thing after the other. */
export async function driven(logs: Logs, block: Block, limits: WalkLimits): Promise<BlockOutcome> {
  const running = compareBlock(block, limits)
  let step = running.next()
  while (!step.done) step = running.next(await answer(logs, step.value))
  return step.value
}

async function answer(logs: Logs, asked: Ask): Promise<Answer> {
  switch (asked.ask) {
    case 'read':
      return { records: await read(logs, asked.side, asked.from, asked.to) }
    case 'find':
      return { offsets: await find(logs, asked.side, asked.records) }
    case 'copy-start':
      return { start: await startOf(logs, 'copy') }
  }
}

async function read(logs: Logs, side: Side, from: number, to: number): Promise<LogRecord[]> {
  const { topic, partition } = logs.places[side]
  const all: LogRecord[] = []
  for (let position = from; position < to;) {
    const { records, next } = await logs[side].readRecords(topic, partition, position, to, logs.signal)
    const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0)
    for (const record of records) all.push({ offset: record.offset, key: keyOf(record) })
    if (side === 'source') {
      logs.read.records += records.length
      logs.read.bytes += bytes
    }
    await logs.pace.took(records.length, bytes)
    if (next === position) throw new NotReadable(`${topic}-${partition} cannot be read from offset ${position} on`)
    position = next
  }
  return all
}

async function find(logs: Logs, side: Side, records: readonly LogRecord[]): Promise<(number | null)[]> {
  const wanted = records.map(({ key }) => ({ ...logs.places[side], ...markOfKey(key) }))
  await logs.pace.took(records.length, 0)
  return logs[side].findRecords(wanted, logs.signal)
}

export async function startOf(logs: Logs, side: Side): Promise<number> {
  const { topic, partition } = logs.places[side]
  const [ends] = await logs[side].ends([topic], logs.signal)
  const row = ends?.partitions.find(([number]) => number === partition)
  if (row === undefined) throw new NotReadable(`${topic}-${partition} is gone`)
  return row[1]
}

/** Bytes of records of one block: some fetches, and little memory. */
const blockBytes = 2 * 1024 * 1024

/** Offsets of the next block: as many as a block of records takes, by what was read so far. */
export function blockSize({ read: { records, bytes } }: Logs): number {
  const each = records === 0 ? 1_024 : bytes / records
  return Math.max(50, Math.min(4_000, Math.floor(blockBytes / Math.max(1, each))))
}
