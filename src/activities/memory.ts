import { readSecret } from '../config/secret.ts'
import type { MemoryActivities, MemoryKept } from '../contract/activities.ts'
import type { MemoryMark, MemorySide } from '../contract/memory.ts'
import { memoryRecords, type Remembered, remembered } from '../domain/memory/memory.ts'
import { mayWriteOver, summaryText } from '../domain/memory/choice.ts'
import type { ClusterLooks } from '../ports/cluster.ts'
import { configurationFault, precondition } from '../ports/failures.ts'
import { clustersOf, findPair, listed } from './configured.ts'
import { type ActivityDeps, activitySignal, timestamp } from './deps.ts'
import { sentence } from './faults.ts'
import { surveyPair } from './memory/survey.ts'
import { createPairDoor, type PairDoor } from './pair-door.ts'
import { permitted } from './permitted.ts'

/**
 * Compacted, so that the newest memory of every pair stays and older ones go; small segments, since only closed ones are
 * compacted.
 */
const memoryTopic = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(32 * 1024 * 1024),
  'segment.ms': String(24 * 3_600_000),
}

/** Between two looks at the ends, ms: producers that write once a second show in it. */
const surveyLook = 3_000

/** The pair's memory on its clusters. */
export function createMemoryActivities(
  deps: ActivityDeps,
  door: Pick<PairDoor, 'memory'> = createPairDoor(deps.client),
  surveyMs: number = surveyLook,
): MemoryActivities {
  const topicOf = () => deps.config().memory.topic
  const read = async (cluster: string, pair: string, from: number) => {
    const log = await deps.ports.cluster(cluster).readKeyed(topicOf(), from, pair, activitySignal())
    return { log, found: remembered(log?.records ?? [], pair, memoryKey(deps)) }
  }
  const side = async (pair: string, cluster: string): Promise<MemorySide & { remembered?: Remembered }> => {
    try {
      const { found } = await read(cluster, pair, 0)
      const told = found.state === 'torn' ? { problem: found.problem, ...(found.mark ? { mark: found.mark } : {}) } : {}
      return { cluster, found: found.state === 'whole' ? found.summary : null, remembered: found, ...told }
    } catch (error) {
      return { cluster, found: null, problem: sentence(error) }
    }
  }
  const sides = (pair: string) => {
    const configured = findPair(deps.config(), pair)
    return Promise.all((configured ? clustersOf(configured) : []).map((cluster) => side(pair, cluster)))
  }

  return {
    async keepMemory({ pair, cluster, last }): Promise<MemoryKept> {
      const own = await door.memory(pair)
      if (own === undefined) throw precondition(`The pair ${pair} is gone: there is nothing to keep.`)
      const { mark, memory } = own
      if (memory.dossier.pair !== pair)
        throw precondition(`The workflow of ${pair} has the memory of another pair: nothing was kept.`)
      const { log, found } = await read(cluster, pair, last?.end ?? 0)
      if (!mayWriteOver(found, { lineage: mark.lineage, over: memory.over })) return foreign(cluster, found)
      // No newer head: the newest is the one this pair wrote last.
      const newest = found.state === 'none' ? last : keptOf(found, log?.end ?? 0)
      if (newest?.mark.lineage === mark.lineage && newest.mark.revision >= mark.revision)
        return { kept: true, ...newest }
      if (mark.revision === 0) return { kept: true, mark, end: log?.end ?? 0, slot: 1 }
      const port = deps.ports.cluster(cluster)
      const writing = permitted(deps, pair).cluster(cluster)
      const topic = topicOf()
      const signal = activitySignal()
      if (log === null) {
        const replicas = await replicasLikeThePairs(port, findPair(deps.config(), pair)?.topics ?? [], signal)
        await writing.createTopics([{ topic, partitions: 1, settings: memoryTopic, ...replicas }], signal)
      }
      const slot = newest?.slot === 0 ? 1 : 0
      const records = memoryRecords({ memory, mark, at: timestamp(deps), slot, ...signedBy(deps) })
      return { kept: true, mark, slot, end: await writing.appendKeyed(topic, records, signal) }
    },

    recallMemory: async ({ pair }) =>
      (await sides(pair)).map(({ cluster, found, problem, mark }) => ({
        cluster,
        found,
        ...(problem === undefined ? {} : { problem }),
        ...(mark === undefined ? {} : { mark }),
      })),

    async fetchMemory({ pair, checksum }) {
      const all = await sides(pair)
      for (const { remembered: found } of all) {
        if (found?.state === 'whole' && found.summary.checksum === checksum) return found.memory
      }
      throw precondition(
        `No cluster remembers ${pair} with the checksum ${checksum} any more (checked: ${listed(all.map(({ cluster }) => cluster))}). Check again with "recall".`,
      )
    },

    surveyPair: ({ pair }) => surveyPair(deps, { pair, lookMs: surveyMs }, activitySignal()),
  }
}

/** The memory is to outlive what the pair's own topics outlive: brokers' default is often a single replica. */
async function replicasLikeThePairs(
  port: ClusterLooks,
  topics: string[],
  signal: AbortSignal,
): Promise<{ replicas?: number }> {
  const counts = (await port.describeTopics(topics, signal)).flatMap(({ replicas }) => replicas ?? [])
  return counts.length === 0 ? {} : { replicas: Math.max(...counts) }
}

/** Where the newest memory lies; null where it cannot be told. */
function keptOf(found: Remembered, end: number): { mark: MemoryMark; end: number; slot: 0 | 1 } | null {
  if (found.state === 'whole') {
    const { lineage, revision } = found.summary
    return { mark: { lineage, revision }, end, slot: found.slot }
  }
  // A torn one is written anew, whatever its revision.
  if (found.state === 'torn' && found.slot !== null)
    return { mark: { lineage: '', revision: 0 }, end, slot: found.slot }
  return null
}

/** The key that signs the memory; a Configuration failure where it cannot be read. */
function memoryKey(deps: ActivityDeps): string | undefined {
  const { key } = deps.config().memory
  try {
    return key && readSecret(key)
  } catch (error) {
    throw configurationFault(`The memory is neither read nor written: memory.key: ${sentence(error)}.`)
  }
}

function signedBy(deps: ActivityDeps): { key?: string } {
  const key = memoryKey(deps)
  return key === undefined ? {} : { key }
}

function foreign(cluster: string, found: Remembered): MemoryKept {
  if (found.state === 'whole') {
    const { summary } = found
    return {
      kept: false,
      found: summary,
      problem: `${cluster} remembers another history of this pair: revision ${summary.revision}, ${summaryText(summary)}.`,
    }
  }
  const why = found.state === 'torn' ? found.problem : 'nothing'
  const mark = found.state === 'torn' && found.mark ? { mark: found.mark } : {}
  return { kept: false, found: null, problem: `What ${cluster} remembers cannot be read: ${why}.`, ...mark }
}
