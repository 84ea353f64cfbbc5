import { ApplicationFailure } from '@temporalio/common'
import type { OpenTransaction, TopicEnds } from '../../contract/evidence.ts'
import { openTransactions } from '../../domain/fence/fence.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { isConfigurationFault, sentence } from '../faults.ts'

/** Told of at most, the oldest first, with so many partitions each: an answer stays small enough for a history. */
const toldTransactions = 20
const toldPartitions = 20

/** Partitions asked about at most. */
const askedPartitions = 1_000

/** Names are asked for again after so long, ms: a look happens more often, and each asks every broker. */
const askedAgainAfter = 3_000

/** What was told last, and for which partitions. */
export interface TransactionMemory {
  key: string
  at: number
  told: OpenTransaction[]
}

export function noTransactions(): TransactionMemory {
  return { key: '', at: -Infinity, told: [] }
}

/**
 * Who holds partitions open, as far as the cluster tells; empty when none is. That nobody tells is told, and never fails the
 * look: the ends alone are the evidence.
 */
export async function holdersOf(
  cluster: ClusterLooks,
  ends: readonly TopicEnds[],
  signal: AbortSignal,
  memory: TransactionMemory = noTransactions(),
): Promise<OpenTransaction[]> {
  const open = openTransactions(ends)
  if (open.length === 0) return []
  const key = open.map(({ topic, partition, lastStable }) => `${topic}/${partition}/${lastStable}`).join(' ')
  if (key === memory.key && performance.now() - memory.at < askedAgainAfter) return memory.told
  memory.told = await ask(cluster, open.slice(0, askedPartitions), signal)
  memory.key = key
  memory.at = performance.now()
  return memory.told
}

async function ask(
  cluster: ClusterLooks,
  open: { topic: string; partition: number }[],
  signal: AbortSignal,
): Promise<OpenTransaction[]> {
  try {
    const told = await cluster.openTransactions(open, signal)
    return told
      .slice(0, toldTransactions)
      .map((one) => ({ ...one, partitions: one.partitions.slice(0, toldPartitions) }))
  } catch (error) {
    if (signal.aborted || !(error instanceof ApplicationFailure) || isConfigurationFault(error)) throw error
    return [
      {
        transactionalId: null,
        producerId: null,
        state: null,
        since: null,
        ageSeconds: null,
        timeoutSeconds: null,
        hanging: false,
        partitions: open.slice(0, toldPartitions).map(({ topic, partition }) => [topic, partition, -1]),
        partitionCount: open.length,
        unknown: sentence(error),
      },
    ]
  }
}
