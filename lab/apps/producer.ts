/**
 * A sample producer: numbers its records per topic and key, sends small batches with acks=all as an idempotent producer, and writes down
 * every acknowledged record. One batch at a time, repeated with the same numbers until acknowledged: gaps and disorder are never its own doing.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Message, type Producer } from 'kafkajs'
import { kafkaClient } from '../kafka/client.ts'
import { letGo, readApplicationSpec, reportStarted } from './application-spec.ts'
import { Outbox, type Pending } from './outbox.ts'
import { sentFile, repairLines, type RecordValue, type SentRecord } from './records.ts'

/** Milliseconds between two batches of a topic: each costs the brokers, Connect and the consumers a round of requests. */
const TICK_MS = 400
/** Milliseconds. */
const AFTER_FAILURE_MS = 200
/** A producer that was held up catches up by at most this, in milliseconds of its rate. */
const CATCH_UP_MS = 1_000
/** Milliseconds a stop waits for the acknowledgement of the batch under way; then its outcome is unknown. */
const STOP_PATIENCE_MS = 5_000

/** The broker's own refusals: nothing was written. Everything else is unknown. */
const REFUSALS = [
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'SASL_AUTHENTICATION_FAILED',
]

const spec = readApplicationSpec()
const client = kafkaClient(spec, spec.user, { clientId: spec.name })
const partitionOf = new WeakMap<Message, number>()
const stopping = new AbortController()
let producer: Producer | undefined
let lastReport = ''

if (spec.prepared) {
  // A connection that cannot be had now is made at the first batch.
  await connected().catch(report)
  reportStarted()
  await letGo()
}

// The one that runs elsewhere meanwhile writes these: they are read once it has stopped.
const logFile = sentFile(spec.folder, spec.name)
repairLines(logFile)
const outbox = new Outbox(
  `${logFile}.state`,
  logFile,
  Array.from({ length: spec.keys }, (_, index) => `${spec.name}-${String(index).padStart(2, '0')}`),
)

function write(records: SentRecord[]): void {
  appendFileSync(logFile, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
}

/** A new producer has a new producer id: after a failure the old one's numbering of batches cannot be trusted. */
async function connected(): Promise<Producer> {
  if (producer) return producer
  const fresh = client.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: { retries: 1, initialRetryTime: 100 },
    createPartitioner: () => {
      const choose = kafkajs.Partitioners.DefaultPartitioner()
      return (args) => {
        const partition = choose(args)
        partitionOf.set(args.message, partition)
        return partition
      }
    },
  })
  await fresh.connect()
  producer = fresh
  return fresh
}

async function forget(): Promise<void> {
  const old = producer
  producer = undefined
  await old?.disconnect().catch(() => undefined)
}

/** Sends one batch; true when all of it is acknowledged. */
async function send(topic: string, batch: Pending[]): Promise<boolean> {
  let to: Producer
  try {
    to = await connected()
  } catch (error) {
    report(error)
    return false
  }
  const messages = batch.map(({ key, seq }): Message => {
    const value: RecordValue = { topic, key, seq, producer: spec.name }
    return { key, value: JSON.stringify(value) }
  })
  try {
    const acks = await to.send({ topic, messages, acks: -1 })
    const nextOffset = new Map(acks.map((ack) => [ack.partition, Number(ack.baseOffset)]))
    write(
      batch.map(({ key, seq }, index) => {
        const message = messages[index]
        const partition = (message && partitionOf.get(message)) ?? -1
        const offset = nextOffset.get(partition) ?? -1
        nextOffset.set(partition, offset + 1)
        return { topic, key, seq, cluster: spec.cluster, partition, offset, at: Date.now() }
      }),
    )
    return true
  } catch (error) {
    report(error)
    if (!REFUSALS.some((refusal) => typesOf(error).includes(refusal))) writeMaybe(topic, batch, String(error))
    await forget()
    return false
  }
}

function writeMaybe(topic: string, batch: Pending[], error: string): void {
  const first = batch.filter(({ maybeOn }) => !maybeOn.includes(spec.cluster))
  for (const record of first) record.maybeOn.push(spec.cluster)
  const at = Date.now()
  write(first.map(({ key, seq }) => ({ maybe: true, topic, key, seq, cluster: spec.cluster, at, error })))
}

/** kafkajs wraps the broker's error into others. */
function typesOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return []
  return ['type' in error ? error.type : undefined, ...typesOf(error.cause)]
}

function report(error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  if (text !== lastReport) console.error(`${new Date().toISOString()} ${text}`)
  lastReport = text
}

async function run(): Promise<void> {
  const perTopic = spec.recordsPerSecond / spec.topics.length
  const owed = new Map(spec.topics.map((topic) => [topic, 0]))
  let before = Date.now()
  while (!stopping.signal.aborted) {
    const now = Date.now()
    let failed = false
    for (const topic of spec.topics) {
      const due = Math.min(
        (owed.get(topic) ?? 0) + (perTopic * (now - before)) / 1000,
        (perTopic * CATCH_UP_MS) / 1000 + 1,
      )
      const batch = outbox.batch(topic, Math.floor(due))
      owed.set(topic, due)
      if (batch.length === 0) continue
      outbox.save()
      underWay = { topic, batch }
      const done = await send(topic, batch)
      underWay = undefined
      if (done) {
        outbox.acknowledge(topic)
        owed.set(topic, Math.max(0, due - batch.length))
      } else failed = true
      if (stopping.signal.aborted) break
    }
    before = now
    outbox.save()
    if (!stopping.signal.aborted) await sleep(failed ? AFTER_FAILURE_MS : Math.max(0, TICK_MS - (Date.now() - now)))
  }
}

let underWay: { topic: string; batch: Pending[] } | undefined
const running = run()
if (spec.prepared) process.send?.('going')
else reportStarted()

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  await Promise.race([running, sleep(STOP_PATIENCE_MS)])
  if (underWay) writeMaybe(underWay.topic, underWay.batch, 'stopped before the answer')
  outbox.save()
  await Promise.race([forget(), sleep(1_000)])
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
