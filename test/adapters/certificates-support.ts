import kafkajs, { type CompressionTypes, type ITopicConfig, type Transaction } from 'kafkajs'
import type { LabCluster } from '../../lab/kafka/cluster.ts'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { createServedTopics } from '../../lab/kafka/create-topics.ts'
import type { Lab } from '../../lab/lab.ts'
import { until } from '../../lab/process/wait.ts'
import { createReadActivities } from '../../src/activities/reads.ts'
import { createWaitActivities } from '../../src/activities/waits.ts'
import { type ActivityDeps, systemClock } from '../../src/activities/deps.ts'
import { type CertificateMemory, takeCertificate } from '../../src/activities/evidence/certificate.ts'
import { createPorts } from '../../src/adapters/ports.ts'
import { loadConfig } from '../../src/config/load.ts'
import type {
  Certificate,
  CertificateRow,
  LagSample,
  LostRange,
  TopicEnds,
  TopicId,
} from '../../src/contract/evidence.ts'
import { packSample, unpackSample } from '../../src/domain/watch/packed-sample.ts'
import { activity, doors } from '../activities/scene.ts'
import { PATIENCE_MS } from '../patience.ts'

/** The product's own evidence, taken of a lab's link A->B. */
export function evidenceOf(lab: Lab) {
  const config = loadConfig(lab.configFile)
  const ports = createPorts(() => config)
  const deps: ActivityDeps = { ports, config: () => config, client: {} as ActivityDeps['client'], clock: systemClock }
  const link = { pair: lab.pair, from: 'A', to: 'B' }
  const waits = doors(createWaitActivities(deps))
  const reads = doors(createReadActivities(deps))
  const source = ports.cluster('A')
  const position = ports.mirroring(lab.pair, 'A', 'B')
  return {
    deps,
    link,
    source,
    waits,
    reads,
    position,
    fence: (topics: string[]) => source.ends(topics),
    certificate: (
      topics: string[],
      more: { fencedEnds?: TopicEnds[]; knownIds?: TopicId[]; memory?: CertificateMemory } = {},
    ) =>
      takeCertificate(
        deps,
        { ...link, topics, fencedEnds: more.fencedEnds ?? null, ...(more.knownIds ? { knownIds: more.knownIds } : {}) },
        new AbortController().signal,
        more.memory,
      ),
    /** As `confirm-mirrored` waits for it. */
    mirrored: (
      topics: string[],
      more: { fencedEnds?: TopicEnds[]; previous?: Certificate; lost?: LostRange[]; maxMs?: number } = {},
    ) =>
      activity().run(waits.awaitMirrored, {
        ...link,
        topics,
        fencedEnds: more.fencedEnds ?? null,
        ...(more.previous ? { previous: more.previous } : {}),
        ...(more.lost ? { lost: more.lost } : {}),
        pollMs: 100,
        stallMs: PATIENCE_MS,
        maxMs: more.maxMs ?? PATIENCE_MS,
      }),
    /** Waits until the link has acknowledged this offset of a partition. */
    reached: (topic: string, partition: number, offset: number) =>
      until(
        async () => {
          const [row] = await position.mirroredTo([topic])
          return (row?.offsets.find(([number]) => number === partition)?.[1] ?? -1) >= offset
        },
        { what: `${topic}-${partition} is not mirrored to ${offset}`, timeoutMs: PATIENCE_MS, pollMs: 100 },
      ),
    /** One sample, as the pair takes them; `judged`: with what the watch reads besides. */
    watch: async (topics: string[], previous: LagSample | null, judged = false) => {
      const lastReachable = { source: true, link: true }
      const looked = await activity().run(waits.watchLink, {
        ...link,
        topics,
        groups: [],
        intervalMs: 100,
        maxMs: 0,
        lastReachable,
        previous: previous && packSample(previous),
        memory: null,
        recent: [],
        windows: { stall: 60, growth: 300, retention: 3_600 },
        judge: judged,
      })
      return unpackSample(looked.sample)
    },
    close: () => ports.close(),
  }
}

/** A row as far as the source tells it, with what expired; what it rests on is `basisOf`. */
export function rowOf(certificate: Certificate, topic: string, partition = 0): CertificateRow | undefined {
  const row = wholeRow(certificate, topic, partition)
  if (row === undefined) return undefined
  const [number, start, end, stable, offset, lag, verdict, expired] = row
  return expired
    ? [number, start, end, stable, offset, lag, verdict, expired]
    : [number, start, end, stable, offset, lag, verdict]
}

export function basisOf(certificate: Certificate, topic: string, partition = 0): string | undefined {
  return wholeRow(certificate, topic, partition)?.[8]
}

function wholeRow(certificate: Certificate, topic: string, partition: number): CertificateRow | undefined {
  return certificate.topics.find((entry) => entry.topic === topic)?.rows.find(([number]) => number === partition)
}

export function verdictOf(certificate: Certificate, topic: string, partition = 0): string | undefined {
  return wholeRow(certificate, topic, partition)?.[6]
}

/** What other programs do to a cluster. */
export async function strangersOf(cluster: LabCluster) {
  const kafka = kafkaClient(cluster.bootstrap, cluster.admin, { retries: 5 })
  const admin = kafka.admin()
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
  const producer = kafka.producer({ createPartitioner })
  const open: { disconnect(): Promise<void> }[] = [admin, producer]
  await Promise.all([admin.connect(), producer.connect()])
  return {
    admin,
    async produce(topic: string, count: number, { partition = 0, key }: { partition?: number; key?: string } = {}) {
      const messages = Array.from({ length: count }, (_, n) => ({ value: `${n}`, partition, ...(key ? { key } : {}) }))
      await producer.send({ topic, messages })
    },
    async produceCompressed(topic: string, count: number, compression: CompressionTypes) {
      const messages = Array.from({ length: count }, (_, n) => ({ value: `compressed ${n}`, partition: 0 }))
      await producer.send({ topic, messages, compression })
    },
    async transaction(id: string): Promise<Transaction> {
      const transactional = kafka.producer({
        transactionalId: id,
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner,
      })
      open.push(transactional)
      await transactional.connect()
      // The first one waits until the broker has made its own topic for them.
      return until(() => transactional.transaction(), { what: 'no transaction', timeoutMs: PATIENCE_MS })
    },
    createTopic: (topic: ITopicConfig) =>
      createServedTopics(admin, [{ replicationFactor: 1, numPartitions: 1, ...topic }]),
    async deleteBefore(topic: string, offset: number, partition = 0) {
      // kafkajs deletes only in topics it has looked at.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
    },
    close: () => Promise.allSettled(open.map((one) => one.disconnect())),
  }
}

export const sent = (partition: number, count = 1) =>
  Array.from({ length: count }, (_, n) => ({ value: `${n}`, partition }))
