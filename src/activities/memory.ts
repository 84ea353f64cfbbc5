import type { MemoryActivities, MemoryKept } from '../contract/activities.ts'
import type { MemoryMark, MemorySide } from '../contract/memory.ts'
import { type MemoryRecord, memoryRecords, type Remembered, remembered } from '../domain/memory.ts'
import { mayWriteOver, summaryText } from '../domain/memory-choice.ts'
import type { ClusterLooks } from '../ports/cluster.ts'
import { precondition } from '../ports/failures.ts'
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
    const log = await deps.ports.cluster(cluster).readKeyed(topicOf(), from, activitySignal())
    return { log, found: remembered(ofPair(log?.records ?? [], pair), pair) }
  }
  const side = async (pair: string, cluster: string): Promise<MemorySide & { remembered?: Remembered }> => {
    try {
      const { found } = await read(cluster, pair, 0)
      const told = found.state === 'torn' ? { problem: found.problem } : {}
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
      const records = memoryRecords({ memory, mark, at: timestamp(deps), slot })
      return { kept: true, mark, slot, end: await writing.appendKeyed(topic, records, signal) }
    },

    recallMemory: async ({ pair }) =>
      (await sides(pair)).map(({ cluster, found, problem }) => ({
        cluster,
        found,
        ...(problem === undefined ? {} : { problem }),
      })),

    async fetchMemory({ pair, checksum }) {
      const all = await sides(pair)
      for (const { remembered: found } of all) {
        if (found?.state === 'whole' && found.summary.checksum === checksum) return found.memory
      }
      throw precondition(
        `No cluster remembers ${pair} with the checksum ${checksum} any more (looked at ${listed(all.map(({ cluster }) => cluster))}). Look again with "recall".`,
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

/** Other pairs may share the topic. */
function ofPair(records: readonly MemoryRecord[], pair: string): MemoryRecord[] {
  return records.filter(({ key }) => key === pair || key.startsWith(`${pair}/`))
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
  return { kept: false, found: null, problem: `What ${cluster} remembers cannot be read: ${why}.` }
}
