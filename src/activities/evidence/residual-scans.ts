import type { MirroredTo, TopicEnds } from '../../contract/evidence.ts'
import { residuals } from '../../domain/certificate/certificate.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { eachOf } from '../../domain/text/each-of.ts'

/** A longer residual is a real backlog: reading it would only repeat the link's own work. */
export const longestResidual = 5_000

/** Scans at the same time on one cluster. */
const scansAtOnce = 8

export interface FoundRange {
  topic: string
  partition: number
  from: number
  to: number
  records: number
  complete: boolean
}

/** Ranges read completely: a log does not change behind its last stable offset, so no range is read twice. */
export type ScanMemory = Map<string, FoundRange>

/** Reads what lies above the mirrored-to offsets, where it is short enough to be markers only and no transaction is open. */
export async function scanResiduals(
  cluster: ClusterLooks,
  evidence: { ends: TopicEnds[]; mirroredTo: { topic: string; offsets: MirroredTo[] }[] },
  signal: AbortSignal,
  memory: ScanMemory,
): Promise<FoundRange[]> {
  const open = new Set(
    evidence.ends.flatMap(({ topic, partitions }) =>
      partitions.filter(([, , end, stable]) => stable < end).map(([partition]) => `${topic}/${partition}`),
    ),
  )
  const ids = new Map(evidence.ends.map(({ topic, topicId }) => [topic, topicId]))
  const short = residuals(evidence).filter(
    ({ topic, partition, from, to }) => to - from <= longestResidual && !open.has(`${topic}/${partition}`),
  )
  return eachOf(short, scansAtOnce, (range) =>
    scanRange(cluster, `${ids.get(range.topic)}/${range.partition}`, range, signal, memory),
  )
}

/** `place`: what the log is known by, its topic's id and the partition. */
export async function scanRange(
  cluster: ClusterLooks,
  place: string,
  { topic, partition, from, to }: Omit<FoundRange, 'records' | 'complete'>,
  signal: AbortSignal,
  memory: ScanMemory,
): Promise<FoundRange> {
  const key = `${place}/${from}/${to}`
  const known = memory.get(key)
  if (known !== undefined) return known
  const { records, complete } = await cluster.scan(topic, partition, from, to, signal)
  const found = { topic, partition, from, to, records, complete }
  if (complete) memory.set(key, found)
  return found
}
