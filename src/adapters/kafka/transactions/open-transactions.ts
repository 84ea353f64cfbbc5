import type { OpenTransaction } from '../../../contract/evidence.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { type Coordinated, isOver, readCoordinated } from './coordinated.ts'
import { type PartitionProducer, describeProducers } from './producers.ts'

type Partition = { topic: string; partition: number }

/**
 * Who holds these partitions open: the leaders name producer and first offset, the coordinators the transactional id, its
 * state and its age. A coordinator's word that it is over counts as hanging only when a second look at the partition still
 * finds it open.
 */
export async function readOpenTransactions(
  connections: BrokerConnections,
  partitions: Partition[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<OpenTransaction[]> {
  const wanted = new Set(partitions.map(placeOf))
  const look = () =>
    overElections(timeoutMs, signal, async () => {
      const seen = await describeProducers(connections, [...new Set(partitions.map(({ topic }) => topic))], signal)
      return {
        open: seen.producers.filter((producer) => producer.transactionStart >= 0 && wanted.has(placeOf(producer))),
        unanswered: seen.unanswered.filter((row) => wanted.has(placeOf(row))),
      }
    })
  const { open, unanswered } = await look()
  const ids = [...new Set(open.map(({ producerId }) => producerId))]
  const coordinated: Coordinated =
    ids.length === 0 ? { byProducer: new Map(), problem: null } : await readCoordinated(connections, ids, signal)
  const ended = [...coordinated.byProducer.values()].some(isOver)
  const still = ended ? new Set((await look()).open.map(identityOf)) : new Set<string>()
  const found = ids.flatMap((id) => {
    const known = coordinated.byProducer.get(id)
    const held = open.filter(({ producerId }) => producerId === id)
    // Ended between the looks: nothing holds the partition open any more.
    const left = known !== undefined && isOver(known) ? held.filter((row) => still.has(identityOf(row))) : held
    return left.length === 0 ? [] : [transactionOf(id, left, coordinated)]
  })
  const blind = [...new Set(unanswered.map(({ why }) => why))].map((why) =>
    nameless(
      unanswered.filter((row) => row.why === why),
      why,
    ),
  )
  return [...found, ...blind].sort((a, b) => (b.ageSeconds ?? -1) - (a.ageSeconds ?? -1))
}

function transactionOf(id: bigint, held: PartitionProducer[], { byProducer, problem }: Coordinated): OpenTransaction {
  const known = byProducer.get(id)
  const started = known !== undefined && known.startedAt >= 0 ? known.startedAt : null
  const lastWrite = Math.max(...held.map((row) => row.lastWrite))
  const since = started ?? (lastWrite >= 0 ? lastWrite : null)
  return {
    transactionalId: known?.transactionalId ?? null,
    producerId: String(id),
    state: known?.state ?? null,
    since: since === null ? null : new Date(since).toISOString(),
    ageSeconds: since === null ? null : Math.max(0, Math.round((Date.now() - since) / 1000)),
    timeoutSeconds: known === undefined || known.timeoutMs < 0 ? null : known.timeoutMs / 1000,
    hanging: known !== undefined && isOver(known),
    partitions: held.map(({ topic, partition, transactionStart }) => [topic, partition, transactionStart]),
    partitionCount: held.length,
    ...(known === undefined ? { unknown: problem ?? notNamed } : {}),
  }
}

const notNamed =
  'no coordinator names it: the administrator may not describe its transactional id, or its coordinator forgot it and it hangs'

function nameless(rows: Partition[], why: string): OpenTransaction {
  return {
    transactionalId: null,
    producerId: null,
    state: null,
    since: null,
    ageSeconds: null,
    timeoutSeconds: null,
    hanging: false,
    partitions: rows.map(({ topic, partition }) => [topic, partition, -1]),
    partitionCount: rows.length,
    unknown: why,
  }
}

function placeOf({ topic, partition }: Partition): string {
  return `${topic}/${partition}`
}

function identityOf(row: PartitionProducer): string {
  return `${placeOf(row)}/${row.producerId}/${row.transactionStart}`
}
