/**
 * A sample consumer: writes down every record in the order it processes them, commits after each batch, and at a stop finishes the batch,
 * commits and leaves its group. At least once: a kill between the two lets the batch be read again.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { kafkaClient } from '../kafka/client.ts'
import { readApplicationSpec, reportStarted } from './application-spec.ts'
import { receivedFile, repairLines, type ReceivedRecord, type RecordValue } from './records.ts'

/** Milliseconds. Short, so that a killed consumer's partitions move on soon. */
const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 2_000
/** Milliseconds. What comes is answered at once. */
const FETCH_WAIT_MS = 500
const AFTER_FAILURE_MS = 500
/** Milliseconds a stop may take; a broker that does not answer cannot hold it up for longer. */
const STOP_PATIENCE_MS = 8_000

const spec = readApplicationSpec()
if (spec.group === undefined) throw new Error(`${spec.name} needs a group`)
const groupId = spec.group
const logFile = receivedFile(spec.folder, spec.name)
repairLines(logFile)
const client = kafkaClient(spec, spec.user, { clientId: spec.name })
const stopping = new AbortController()
let consumer: Consumer | undefined

async function eachBatch(payload: EachBatchPayload): Promise<void> {
  const { batch } = payload
  const lines = batch.messages.map((message) => {
    const value = JSON.parse(message.value?.toString() ?? 'null') as RecordValue
    const received: ReceivedRecord = {
      topic: batch.topic,
      origin: value.topic,
      partition: batch.partition,
      offset: Number(message.offset),
      key: value.key,
      seq: value.seq,
      cluster: spec.cluster,
      at: Date.now(),
    }
    return `${JSON.stringify(received)}\n`
  })
  appendFileSync(logFile, lines.join(''))
  payload.resolveOffset(batch.lastOffset())
}

/** Runs one consumer until it fails; kafkajs commits after each batch. */
async function consumeUntilFailure(): Promise<void> {
  const current = client.consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    allowAutoTopicCreation: false,
    retry: { retries: 3, initialRetryTime: 200, restartOnFailure: () => Promise.resolve(false) },
  })
  consumer = current
  const crashed = new Promise<Error>((resolve) =>
    current.on(current.events.CRASH, ({ payload }) => resolve(payload.error)),
  )
  try {
    await current.connect()
    await current.subscribe({ topics: spec.topics, fromBeginning: true })
    await current.run({ eachBatch, partitionsConsumedConcurrently: 1 })
    throw await crashed
  } finally {
    if (!stopping.signal.aborted) await current.disconnect().catch(() => undefined)
  }
}

async function run(): Promise<void> {
  while (!stopping.signal.aborted) {
    await consumeUntilFailure().catch((error: unknown) => {
      if (!stopping.signal.aborted) console.error(`${new Date().toISOString()} ${String(error)}`)
    })
    if (!stopping.signal.aborted) await sleep(AFTER_FAILURE_MS)
  }
}

void run()
reportStarted()

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  await Promise.race([consumer?.disconnect().catch(() => undefined), sleep(STOP_PATIENCE_MS)])
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
