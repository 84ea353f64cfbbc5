import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  endTxnV3,
  initProducerIdV4,
  type MessageRecord,
  NumericMap,
  produceV9,
  txnOffsetCommitV3,
} from '@platformatic/kafka'
import type { CopyPart, CopyProgress, StoredRecord } from '../../../ports/cluster.ts'
import { grouped } from '../../../domain/text/grouped.ts'
import { byLeader } from '../ends.ts'
import { findCoordinators, findTransactionCoordinator } from '../groups/coordinators.ts'
import { expectVisible, readMetadata } from '../metadata.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { BrokerRefusal, expectSuccess, refusalOf, withRowErrors } from '../net/refusal.ts'
import { metadataOf } from './progress.ts'

/** After so long without an end the coordinator aborts by itself, ms: readers of committed records stand still until then. */
const TRANSACTION_MS = 60_000
const ALL_IN_SYNC = -1
const NO_GENERATION = -1
const NO_EPOCH = -1
const DUPLICATE_SEQUENCE = 46
/** Bytes of one batch before compression: brokers take 1 MiB (`max.message.bytes`) unless told otherwise. */
const BATCH_BYTES = 700_000
/** What a record takes beside key, value and headers, at most. */
const RECORD_OVERHEAD = 40

/**
 * The transactions of one producer, by the protocol of Kafka 2.5 to 4.x: every request can be sent twice, so a broken
 * connection or an election in the middle is gone over by asking again. Whatever else fails, the caller aborts.
 */
export class Transactions {
  readonly #connections: BrokerConnections
  readonly #id: string
  readonly #timeoutMs: number
  readonly #sequences = new Map<string, number>()
  #producerId = -1n
  #epoch = -1

  constructor(connections: BrokerConnections, id: string, timeoutMs: number) {
    this.#connections = connections
    this.#id = id
    this.#timeoutMs = timeoutMs
  }

  /** From here on any other producer of this id is refused. Returns when what it had left open is aborted or committed. */
  async init(signal: AbortSignal | undefined): Promise<void> {
    await this.#asked(signal, async () => {
      const broker = await findTransactionCoordinator(this.#connections, this.#id, signal)
      const call = this.#connections.call(broker, initProducerIdV4.api, [this.#id, TRANSACTION_MS, -1n, -1], signal)
      const { errorCode, producerId, producerEpoch } = await withRowErrors(call)
      expectSuccess(errorCode, `transactional id ${this.#id}`)
      this.#producerId = producerId
      this.#epoch = producerEpoch
    })
  }

  /** Appends the records; answers the offset of the first and of the last one of each part that has some. */
  async produce(
    parts: CopyPart[],
    signal: AbortSignal | undefined,
  ): Promise<Map<CopyPart, [first: number, last: number]>> {
    const filled = parts.filter(({ records }) => records.length > 0)
    if (filled.length === 0) return new Map()
    await this.#addPartitions(filled, signal)
    const written = new Map<CopyPart, [number, number]>()
    for (const part of filled) {
      for (const batch of batches(part.records)) {
        const base = await this.#send(part, batch, signal)
        written.set(part, [written.get(part)?.[0] ?? base, base + batch.length - 1])
      }
    }
    return written
  }

  async commitProgress(progress: CopyProgress[], signal: AbortSignal | undefined): Promise<void> {
    const group = this.#id
    await this.#asked(signal, async () => {
      const broker = await findTransactionCoordinator(this.#connections, this.#id, signal)
      const args = [this.#id, this.#producerId, this.#epoch, group] as Parameters<
        typeof addOffsetsToTxnV3.createRequest
      >
      const { errorCode } = await withRowErrors(this.#connections.call(broker, addOffsetsToTxnV3.api, args, signal))
      expectSuccess(errorCode, `group ${group}`)
    })
    await this.#asked(signal, async () => {
      const [coordinator] = await findCoordinators(this.#connections, [group], signal)
      const topics = [...byTopic(progress)].map(([name, rows]) => ({
        name,
        partitions: rows.map((row) => ({
          partitionIndex: row.partition,
          committedOffset: BigInt(row.next),
          committedLeaderEpoch: NO_EPOCH,
          committedMetadata: metadataOf(row),
        })),
      }))
      const call = this.#connections.call(
        coordinator?.broker ?? null,
        txnOffsetCommitV3.api,
        [this.#id, group, this.#producerId, this.#epoch, NO_GENERATION, '', null, topics],
        signal,
      )
      for (const { name, partitions } of (await withRowErrors(call)).topics)
        for (const { partitionIndex, errorCode } of partitions)
          expectSuccess(errorCode, `partition ${partitionIndex} of ${name} in group ${group}`)
    })
  }

  async end(commit: boolean, signal: AbortSignal | undefined): Promise<void> {
    await this.#asked(signal, async () => {
      const broker = await findTransactionCoordinator(this.#connections, this.#id, signal)
      const call = this.#connections.call(
        broker,
        endTxnV3.api,
        [this.#id, this.#producerId, this.#epoch, commit],
        signal,
      )
      expectSuccess((await withRowErrors(call)).errorCode, `transactional id ${this.#id}`)
    })
  }

  async #addPartitions(parts: CopyPart[], signal: AbortSignal | undefined): Promise<void> {
    const topics = [...byTopic(parts)].map(([name, rows]) => ({
      name,
      partitions: [...new Set(rows.map(({ partition }) => partition))],
    }))
    const transaction = {
      transactionalId: this.#id,
      producerId: this.#producerId,
      producerEpoch: this.#epoch,
      verifyOnly: false,
      topics,
    }
    await this.#asked(signal, async () => {
      const broker = await findTransactionCoordinator(this.#connections, this.#id, signal)
      const call = this.#connections.call(broker, addPartitionsToTxnV3.api, [[transaction]], signal)
      const rows = (await withRowErrors(call)).resultsByTransaction.flatMap(({ topicResults }) => topicResults)
      // Of several refusals the one that tells most: the others are only not attempted.
      const refusals = rows.flatMap(({ name, resultsByPartition }) =>
        resultsByPartition.flatMap(({ partitionIndex, partitionErrorCode }) =>
          partitionErrorCode === 0 ? [] : [refusalOf(partitionErrorCode, `partition ${partitionIndex} of ${name}`)],
        ),
      )
      const told = refusals.find(({ error }) => error !== 'OPERATION_NOT_ATTEMPTED') ?? refusals[0]
      if (told) throw told
    })
  }

  /** One batch to the partition's leader; sent again it is recognised by its sequence. Answers its first offset. */
  async #send(part: CopyPart, batch: StoredRecord[], signal: AbortSignal | undefined): Promise<number> {
    const { topic, partition } = part
    const place = `${topic}:${partition}`
    const sequence = this.#sequences.get(place) ?? 0
    const messages = batch.map((record) => messageOf(topic, partition, record))
    const options = {
      transactionalId: this.#id,
      producerId: this.#producerId,
      producerEpoch: this.#epoch,
      sequences: new NumericMap([[place, sequence]]),
      compression: bytesOf(batch) > BATCH_BYTES ? ('gzip' as const) : ('none' as const),
    }
    const base = await this.#asked(signal, async () => {
      const metadata = await readMetadata(this.#connections, [topic], signal)
      expectVisible(metadata)
      const leader = [...byLeader(metadata)].find(([, asked]) =>
        asked.some(({ partitionIndexes }) => partitionIndexes.includes(partition)),
      )?.[0]
      if (leader === undefined)
        throw new BrokerRefusal('UNKNOWN_TOPIC_OR_PARTITION', `partition ${partition} of ${topic}`, true)
      const args: Parameters<typeof produceV9.createRequest> = [ALL_IN_SYNC, this.#timeoutMs, messages, options]
      const answer = await withRowErrors(this.#connections.call(leader, produceV9.api, args, signal))
      const row = answer === true || answer === false ? undefined : answer.responses[0]?.partitionResponses[0]
      if (row === undefined)
        throw new BrokerRefusal('UNKNOWN_SERVER_ERROR', `partition ${partition} of ${topic}`, false)
      if (row.errorCode !== DUPLICATE_SEQUENCE) expectSuccess(row.errorCode, `partition ${partition} of ${topic}`)
      return Number(row.baseOffset)
    })
    this.#sequences.set(place, sequence + batch.length)
    return base
  }

  #asked<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    return overElections(this.#timeoutMs, signal, attempt)
  }
}

function messageOf(topic: string, partition: number, { key, value, headers, timestamp }: StoredRecord): MessageRecord {
  return {
    topic,
    partition,
    timestamp: BigInt(timestamp),
    // The library writes null as it should; its type does not know tombstones, nor headers without a value.
    ...(key === null ? {} : { key }),
    value: value as Buffer,
    headers: new Map(headers) as Map<Buffer, Buffer>,
  }
}

/** In order, each as large as a broker takes; a record that is larger by itself goes alone, compressed. */
function* batches(records: StoredRecord[]): Generator<StoredRecord[]> {
  let batch: StoredRecord[] = []
  let bytes = 0
  for (const record of records) {
    const size = bytesOf([record])
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(record)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

function bytesOf(records: StoredRecord[]): number {
  return records.reduce(
    (sum, { key, value, headers }) =>
      sum +
      RECORD_OVERHEAD +
      (key?.length ?? 0) +
      (value?.length ?? 0) +
      headers.reduce((all, [name, content]) => all + name.length + (content?.length ?? 0) + 10, 0),
    0,
  )
}

function byTopic<Row extends { topic: string }>(rows: Row[]): Map<string, Row[]> {
  return grouped(
    rows,
    ({ topic }) => topic,
    (row) => row,
  )
}
