import type {
  Certificate,
  CertificateRow,
  MirroredTo,
  OpenTransaction,
  PartitionEnds,
  TopicEnds,
  TopicId,
} from '../contract/evidence.ts'
import { certificateObstacles } from './certificate-obstacles.ts'
import { expiredRange, judge, provenVerdicts } from './certificate-verdict.ts'

export { worstFirst } from './certificate-text.ts'
export { partitionLag } from './certificate-verdict.ts'

/** Mirrored-to offsets of a link, by topic. */
export interface TopicMirroredTo {
  readonly topic: string
  readonly offsets: readonly MirroredTo[]
}

/** What lies in [from, to) of a partition of the source: data records a read_committed reader sees. */
export interface ResidualScan {
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly complete: boolean
  /** The range scanned, when known: then a scan that does not cover the residual proves nothing. */
  readonly from?: number
  readonly to?: number
}

export interface CertifyInput {
  readonly takenAt: string
  readonly link: string
  /** Ends on the source, read after the mirrored-to offsets were asked for or at the same time. */
  readonly ends: readonly TopicEnds[]
  readonly mirroredTo: readonly TopicMirroredTo[]
  readonly scans: readonly ResidualScan[]
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  readonly linkState: string
  readonly obstacles: readonly string[]
  readonly topicsWanted: readonly string[]
  /** Ids of the topics when the link's position was known to be theirs. */
  readonly previousIds?: readonly TopicId[]
  /** The certificate of an earlier look at the same link. */
  readonly previous?: Certificate | undefined
  /** Who holds partitions open. */
  readonly transactions?: readonly OpenTransaction[]
  /** High watermarks at the fence; null before there is one. */
  readonly fencedEnds: readonly TopicEnds[] | null
}

/**
 * Ranges [from, to) above the mirrored-to offset that must be read before anything is said about them: they may hold
 * only control markers and aborted records, which are never mirrored.
 */
export function residuals(input: {
  ends: readonly TopicEnds[]
  mirroredTo: readonly TopicMirroredTo[]
}): { topic: string; partition: number; from: number; to: number }[] {
  return input.ends.flatMap(({ topic, partitions }) => {
    const offsets = mirroredOffsets(input.mirroredTo, topic)
    return partitions
      .map(([partition, start, to]) => ({ topic, partition, from: nextToMirror(offsets.get(partition), start), to }))
      .filter(({ from, to }) => from < to)
  })
}

/** Where mirroring goes on: behind the last acknowledged record, never before what the log still holds. */
export function nextToMirror(mirroredTo: number | undefined, start: number): number {
  return mirroredTo === undefined ? start : Math.max(mirroredTo + 1, start)
}

/** Last acknowledged offsets of one topic, by partition. */
export function mirroredOffsets(mirroredTo: readonly TopicMirroredTo[], topic: string): Map<number, number> {
  return new Map(mirroredTo.filter((entry) => entry.topic === topic).flatMap((entry) => entry.offsets))
}

/**
 * Evidence, per partition, that everything up to the fenced end is mirrored. Complete only when every wanted topic was
 * read, every partition is proven and assigned to a running link, and nothing stands in the way.
 */
export function certify(input: CertifyInput): Certificate {
  const topics = [...new Set(input.topicsWanted)].flatMap((topic) => {
    const ends = input.ends.find((entry) => entry.topic === topic)
    return ends === undefined ? [] : [{ topic, topicId: ends.topicId, rows: rowsOf(input, ends) }]
  })
  const obstacles = certificateObstacles(input)
  const rows = topics.flatMap(({ rows: ofTopic }) => ofTopic)
  return {
    takenAt: input.takenAt,
    link: input.link,
    complete: obstacles.length === 0 && rows.length > 0 && rows.every(([, , , , , , v]) => provenVerdicts.has(v)),
    obstacles,
    totalLag: rows.reduce((sum, [, , , , , lag]) => sum + lag, 0),
    topics,
    ...(input.transactions === undefined || input.transactions.length === 0
      ? {}
      : { transactions: [...input.transactions] }),
  }
}

function rowsOf(input: CertifyInput, ends: TopicEnds): CertificateRow[] {
  const { topic } = ends
  const offsets = mirroredOffsets(input.mirroredTo, topic)
  const assigned = new Set(input.assigned.filter((a) => a.topic === topic).flatMap((a) => a.partitions))
  const known = [...(input.previousIds ?? []), ...(input.fencedEnds ?? [])].filter((other) => other.topic === topic)
  const recreated = known.some((other) => other.topicId !== ends.topicId)
  const last = input.previous?.topics.find((other) => other.topic === topic && other.topicId === ends.topicId)
  return [...ends.partitions]
    .sort(([a], [b]) => a - b)
    .map((partitionEnds: PartitionEnds): CertificateRow => {
      const [partition, start, highWatermark, lastStable] = partitionEnds
      const mirroredTo = offsets.get(partition)
      const from = nextToMirror(mirroredTo, start)
      const scan = input.scans.find(
        (s) =>
          s.topic === topic &&
          s.partition === partition &&
          s.complete &&
          (s.from ?? from) <= from &&
          (s.to ?? highWatermark) >= highWatermark,
      )
      const before = last?.rows.find(([number]) => number === partition)
      const expired = expiredRange({ start, mirroredTo }, before)
      const { verdict, lag } = judge({
        start,
        highWatermark,
        lastStable,
        mirroredTo,
        dataRecords: scan?.records,
        assigned: assigned.has(partition),
        recreated,
        expired,
      })
      const c = mirroredTo ?? -1
      return expired === null
        ? [partition, start, highWatermark, lastStable, c, lag, verdict]
        : [partition, start, highWatermark, lastStable, c, lag, verdict, expired]
    })
}
