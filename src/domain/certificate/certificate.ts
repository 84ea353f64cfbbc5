import type {
  Certificate,
  CertificateRow,
  CertifiedCopy,
  ComparedBefore,
  CopyRow,
  ExpiredOffsets,
  NotCompared,
  PartitionEnds,
  ProofBasis,
  TopicEnds,
} from '../../contract/evidence.ts'
import { copyRefusal, copyRows, knownOf, reachedBy } from './copy.ts'
import { certificateObstacles } from './obstacles.ts'
import { idsOf } from '../compare/compared-up-to.ts'
import { restsByPlace } from '../watch/rests.ts'
import type { CertifyInput } from './input.ts'
import { mirroredOffsets, nextToMirror, type TopicMirroredTo } from './mirrored-to.ts'
import { type CopyRefusal, expiredOffsets, judge, provenVerdicts } from './verdict.ts'

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

/**
 * Evidence, per partition, that everything up to the fenced end is mirrored. Complete only when every wanted topic was
 * read, every partition is proven and assigned to a running link, and nothing stands in the way.
 */
export function certify(input: CertifyInput): Certificate {
  const topics = [...new Set(input.topicsWanted)].flatMap((topic) => {
    const ends = input.ends.find((entry) => entry.topic === topic)
    if (ends === undefined) return []
    const rows = rowsOf(input, ends)
    const older = olderParts(input, ends, rows)
    return [
      {
        topic,
        topicId: ends.topicId,
        rows,
        ...copyOf(input, topic),
        ...older,
      },
    ]
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

/** The furthest source offset that anything proves of a partition: by its copy or by the position. */
export function provenOffset(position: number | undefined, row: CopyRow | undefined): number | undefined {
  return provenAt(position, reachedBy(row))
}

/** The further of the position and of what the copy has reached. */
export function provenAt(position: number | undefined, reached: number | undefined): number | undefined {
  if (reached === undefined || position === undefined) return reached ?? position
  return Math.max(reached, position)
}

function rowsOf(input: CertifyInput, ends: TopicEnds): CertificateRow[] {
  const { topic } = ends
  const offsets = mirroredOffsets(input.mirroredTo, topic)
  const assigned = new Set(input.assigned.filter((a) => a.topic === topic).flatMap((a) => a.partitions))
  const known = [...(input.previousIds ?? []), ...(input.fencedEnds ?? [])].filter((other) => other.topic === topic)
  const recreated = known.some((other) => other.topicId !== ends.topicId)
  const last = input.previous?.topics.find((other) => other.topic === topic && other.topicId === ends.topicId)
  const same = input.previousIds?.some((other) => other.topic === topic) === true && !recreated
  const rests = restsByPlace(same ? input.rests?.filter((entry) => entry.topic === topic) : [])
  const copies = copyRows(input.copies, topic)
  const copyId = input.copies?.find((entry) => entry.topic === topic)?.copyId ?? null
  return [...ends.partitions]
    .sort(([a], [b]) => a - b)
    .map((partitionEnds: PartitionEnds): CertificateRow => {
      const [partition, start, highWatermark, lastStable] = partitionEnds
      const position = offsets.get(partition)
      const row = copies.get(partition)
      const mirroredTo = provenOffset(position, row)
      const refused = copyRefusal({
        start,
        position,
        row,
        copyId,
        known: knownOf(input.knownCopies, topic, partition),
        compared: input.compared?.find((one) => one.topic === topic && one.partition === partition),
        recordsIn: (from, to) => unsettled(input, topic, partition, from, to),
      })
      const expired = expiredOffsets(
        { start, mirroredTo },
        last?.rows.find(([number]) => number === partition),
        rests.get(`${topic}/${partition}`),
      )
      const { verdict, lag } = judge({
        start,
        highWatermark,
        lastStable,
        mirroredTo,
        recreated,
        expired,
        refused,
        dataRecords: recordsIn(input, topic, partition, nextToMirror(mirroredTo, start), highWatermark),
        assigned: assigned.has(partition),
      })
      const isRefused = refused !== null && refused.verdict === verdict
      const offset = isRefused ? heldBy(refused, row) : mirroredTo
      const base: CertificateRow = [partition, start, highWatermark, lastStable, offset ?? -1, lag, verdict]
      if (input.copies === undefined) return expired === null ? base : withExpired(base, expired)
      return extended(base, expired, basisOf(row, position), isRefused ? refused : null)
    })
}

function withExpired(
  [partition, start, end, stable, offset, lag, verdict]: CertificateRow,
  expired: ExpiredOffsets,
): CertificateRow {
  return [partition, start, end, stable, offset, lag, verdict, expired]
}

function extended(
  [partition, start, end, stable, offset, lag, verdict]: CertificateRow,
  expired: ExpiredOffsets | null,
  basis: ProofBasis,
  refused: CopyRefusal | null,
): CertificateRow {
  return refused === null
    ? [partition, start, end, stable, offset, lag, verdict, expired, basis]
    : [partition, start, end, stable, offset, lag, verdict, expired, basis, refused.gap]
}

function basisOf(row: CopyRow | undefined, position: number | undefined): ProofBasis {
  if (reachedBy(row) !== undefined) return 'copy'
  return position === undefined ? 'nothing left' : 'position'
}

/** What a copy that is refused does hold, as far as it is known. */
function heldBy({ verdict }: CopyRefusal, row: CopyRow | undefined): number | undefined {
  return verdict === 'copy-missing' || verdict === 'copy-replaced' ? undefined : reachedBy(row)
}

/** Data records of [from, to) by a complete scan: of just that range, or of more of it that held nothing. */
function recordsIn(
  { scans }: CertifyInput,
  topic: string,
  partition: number,
  from: number,
  to: number,
): number | undefined {
  const here = scans.filter((scan) => scan.topic === topic && scan.partition === partition && scan.complete)
  const exact = here.find((scan) => (scan.from ?? from) === from && (scan.to ?? to) === to)
  const wider = here.find((scan) => scan.records === 0 && (scan.from ?? from) <= from && (scan.to ?? to) >= to)
  return (exact ?? wider)?.records
}

/** Those of them that nobody has decided to leave out. */
function unsettled(input: CertifyInput, topic: string, partition: number, from: number, to: number) {
  const records = recordsIn(input, topic, partition, from, to)
  const settled = (input.settled ?? [])
    .filter((range) => range.topic === topic && range.partition === partition)
    .reduce((sum, range) => sum + Math.max(0, Math.min(range.to, to) - Math.max(range.from, from)), 0)
  return records === undefined ? undefined : Math.max(0, records - settled)
}

function copyOf({ copies }: CertifyInput, topic: string): { copy?: CertifiedCopy } {
  const found = copies?.find((entry) => entry.topic === topic)
  if (found === undefined) return {}
  const { copy: name, copyId } = found
  return { copy: { name, copyId, rows: found.rows.map(([partition, , end, last]) => [partition, end, last]) } }
}

/** What lies below what was compared now, of partitions that rest on their copy: compared before, or never. */
function olderParts(
  { compared = [], comparedBefore = [], copies = [] }: CertifyInput,
  { topic, topicId }: TopicEnds,
  rows: readonly CertificateRow[],
): { notCompared?: NotCompared[]; comparedBefore?: ComparedBefore[] } {
  const ids = idsOf(topicId, copies.find((entry) => entry.topic === topic)?.copyId ?? null)
  const held = copyRows(copies, topic)
  // A copy that ends before was cut off since.
  const endOf = (partition: number): number => held.get(partition)?.[2] ?? 0
  const [open, known]: [NotCompared[], ComparedBefore[]] = [[], []]
  for (const [partition, start, , , offset, , , , basis] of rows) {
    if (basis !== 'copy') continue
    const range = compared.find((one) => one.topic === topic && one.partition === partition)
    const to = Math.min(range?.from ?? offset + 1, offset + 1)
    if (start >= to) continue
    const before = comparedBefore.find(
      (one) => one.topic === topic && one.partition === partition && one.ids === ids && one.copyTo <= endOf(partition),
    )
    const [first, last] = before === undefined ? [to, to] : [Math.max(start, before.from), Math.min(to, before.to)]
    if (before === undefined || first >= last) {
      open.push([partition, start, to])
      continue
    }
    known.push([partition, first, last, before.since])
    if (start < first) open.push([partition, start, first])
    if (last < to) open.push([partition, last, to])
  }
  return {
    ...(open.length === 0 ? {} : { notCompared: open }),
    ...(known.length === 0 ? {} : { comparedBefore: known }),
  }
}
