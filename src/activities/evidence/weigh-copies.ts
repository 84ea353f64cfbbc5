import type {
  CopyEvidence,
  CopyRow,
  MirroredTo,
  RememberedCopy,
  SettledOffsets,
  TopicEnds,
} from '../../contract/evidence.ts'
import {
  type ComparedRange,
  copyRows,
  isReplaced,
  knownOf,
  rangesToWeigh,
  reachedBy,
} from '../../domain/certificate/copy.ts'
import { type ComparedUpTo, idsOf } from '../../domain/compare/compared-up-to.ts'
import { provenOffset } from '../../domain/certificate/certificate.ts'
import { mirroredOffsets, nextToMirror } from '../../domain/certificate/mirrored-to.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { compareRange } from './compare-copy.ts'
import { type FoundRange, type ScanMemory, longestResidual, scanRange, scanResiduals } from './residual-scans.ts'

/** Behind a mark so many offsets are compared, without one the newest so many; of all partitions of one look together so many. */
const behindMark = 20_000
const newest = 5_000
const ofOneLook = 100_000
const atOnce = 8

/** Up to where a copy was compared, by ids of both topics and partition: ends on both sides, and from where on the source. */
export type MarkMemory = Map<string, { end: number; reached: number; from: number }>

interface Place {
  topic: string
  partition: number
  copy: CopyEvidence
  row: CopyRow
  key: string
  start: number
  end: number
  stable: number
  position: number | undefined
  known: ReturnType<typeof knownOf>
  before: ComparedUpTo | undefined
}

export interface Weighed {
  copies: CopyEvidence[]
  scans: FoundRange[]
  compared: ComparedRange[]
}

export interface ToWeigh {
  ends: TopicEnds[]
  mirroredTo: { topic: string; offsets: MirroredTo[] }[]
  copies: CopyEvidence[]
  knownCopies: RememberedCopy[] | undefined
  settled: SettledOffsets[]
  /** What was compared before this wait. */
  comparedBefore?: readonly ComparedUpTo[]
}

/**
 * Reads what has to be read to believe the copies: what lies above them, between them and the positions, and, where everything
 * seems to be there, the records since they were last compared, on both sides.
 */
export async function weighCopies(
  { source, target }: { source: ClusterLooks; target: ClusterLooks },
  evidence: ToWeigh,
  signal: AbortSignal,
  memory: { scans: ScanMemory; marks: MarkMemory },
): Promise<Weighed> {
  const places = placesOf(evidence)
  const between = places.flatMap((place) =>
    rangesToWeigh({ ...place, copyId: place.copy.copyId })
      .filter(([from, to]) => to - from <= longestResidual)
      .map(([from, to]) => ({ place, from, to })),
  )
  const weighed = await eachOf(between, atOnce, async ({ place, from, to }) =>
    scanRange(source, place.key, { ...place, from, to }, signal, memory.scans),
  )
  const copies = await withAlike(source, evidence.copies, places, weighed, signal)
  const proven = evidence.ends.map(({ topic, partitions }) => {
    const offsets = mirroredOffsets(evidence.mirroredTo, topic)
    const rows = copyRows(copies, topic)
    return {
      topic,
      offsets: partitions.flatMap(([partition]): MirroredTo[] => {
        const offset = provenOffset(offsets.get(partition), rows.get(partition))
        return offset === undefined ? [] : [[partition, offset]]
      }),
    }
  })
  const rest = await scanResiduals(source, { ends: evidence.ends, mirroredTo: proven }, signal, memory.scans)
  const candidates = placesOf({ ...evidence, copies }).filter((place) => isThere(place, rest))
  const compared = await compareAll({ source, target }, candidates, evidence.settled, signal, memory.marks)
  return { copies, scans: [...weighed, ...rest], compared }
}

function placesOf({ ends, mirroredTo, copies, knownCopies, comparedBefore = [] }: Omit<ToWeigh, 'settled'>): Place[] {
  return ends.flatMap(({ topic, topicId, partitions }) => {
    const copy = copies.find((entry) => entry.topic === topic)
    if (copy === undefined) return []
    const offsets = mirroredOffsets(mirroredTo, topic)
    const rows = copyRows([copy], topic)
    const ids = idsOf(topicId, copy.copyId)
    const compared = new Map(
      comparedBefore.flatMap((one) => (one.topic === topic && one.ids === ids ? [[one.partition, one]] : [])),
    )
    return partitions.flatMap(([partition, start, end, stable]): Place[] => {
      const row = rows.get(partition)
      if (row === undefined) return []
      const known = knownOf(knownCopies, topic, partition)
      const key = `${topicId}/${copy.copyId}/${partition}`
      // A copy that ends before that was cut off since.
      const found = compared.get(partition)
      const before = found !== undefined && found.copyTo <= row[2] ? found : undefined
      return [{ topic, partition, copy, row, key, start, end, stable, position: offsets.get(partition), known, before }]
    })
  })
}

/**
 * Of records alike in time stamp, key and value the lowest is taken for the copy's last one. Where all up to the position are alike,
 * the copy ends with one of them, and the position says with which.
 */
async function withAlike(
  source: ClusterLooks,
  copies: CopyEvidence[],
  places: readonly Place[],
  weighed: readonly FoundRange[],
  signal: AbortSignal,
): Promise<CopyEvidence[]> {
  const beyond = places.filter(({ topic, partition, row, position }) => {
    const reached = reachedBy(row)
    if (reached === undefined || position === undefined || position <= reached) return false
    return weighed.some(
      (scan) => scan.topic === topic && scan.partition === partition && scan.to === position + 1 && scan.records > 0,
    )
  })
  if (beyond.length === 0) return copies
  const alike = await eachOf([...beyond], atOnce, async ({ topic, partition, row, position = 0 }) => {
    const isolation = 'committed' as const
    const [one, more] = await Promise.all([
      source.digestRange({ topic, partition }, { from: row[4], to: row[4] + 1, isolation }, signal),
      source.digestRange({ topic, partition }, { from: row[4] + 1, to: position + 1, isolation }, signal),
    ])
    const sum = (BigInt(`0x${one.digest}`) * BigInt(more.records)) % (1n << 128n)
    return one.records === 1 && sum === BigInt(`0x${more.digest}`)
  })
  return copies.map((copy) => ({
    ...copy,
    rows: copy.rows.map((row): CopyRow => {
      const index = beyond.findIndex(({ topic, partition }) => topic === copy.topic && partition === row[0])
      const position = beyond[index]?.position
      if (position === undefined || alike[index] !== true) return row
      return [row[0], row[1], row[2], row[3], position, row[5]]
    }),
  }))
}

/** Nothing is left to mirror above what is proven: now it is worth comparing what was. */
function isThere({ topic, partition, row, position, start, end, stable }: Place, rest: readonly FoundRange[]): boolean {
  if (stable !== end || row[3] < 0 || (row[5] !== 'found' && row[5] !== 'not-found')) return false
  const from = nextToMirror(provenOffset(position, row), start)
  if (from >= end) return true
  const scan = rest.find((one) => one.topic === topic && one.partition === partition && one.from === from)
  return scan !== undefined && scan.complete && scan.records === 0
}

async function compareAll(
  clusters: { source: ClusterLooks; target: ClusterLooks },
  places: readonly Place[],
  settled: readonly SettledOffsets[],
  signal: AbortSignal,
  marks: MarkMemory,
): Promise<ComparedRange[]> {
  const compacted = new Set(
    places.length === 0
      ? []
      : await clusters.target.compacted([...new Set(places.map(({ copy }) => copy.copy))], signal),
  )
  let left = ofOneLook
  const planned = places.flatMap((place) => {
    const range = rangeOf(place, marks)
    const length = range.source[1] - range.source[0] + range.inCopy[1] - range.inCopy[0]
    if (range.source[0] < range.source[1] && length > left) return []
    left -= range.source[0] < range.source[1] ? length : 0
    return [{ place, range: { ...range, compacted: compacted.has(place.copy.copy) } }]
  })
  const compared = await eachOf(planned, atOnce, async ({ place, range }) => {
    const found = await compareRange(clusters.source, clusters.target, range, settled, signal)
    if (found === undefined) return undefined
    const before = marks.get(place.key)
    const from =
      before !== undefined && before.reached + 1 >= found.from ? Math.min(before.from, found.from) : found.from
    if (found.missing === null && place.row[5] === 'found')
      marks.set(place.key, { end: range.inCopy[1], reached: found.to - 1, from })
    return { ...found, from }
  })
  return compared.filter((one) => one !== undefined)
}

/** Behind the last mark; without one, or where that is far, the newest of both sides. */
function rangeOf({ topic, partition, copy, row, key, start, position, known, before }: Place, marks: MarkMemory) {
  const to = (provenOffset(position, row) ?? -1) + 1
  const end = row[3] + 1
  const remembered =
    known === undefined || known.row[2] < 0 || isReplaced({ row, copyId: copy.copyId, known })
      ? undefined
      : { end: known.row[1], reached: known.row[2] }
  // Whose last record is not found on the source has no place there to begin behind.
  const candidates = [marks.get(key), before && { end: before.copyTo, reached: before.to - 1 }, remembered]
  const mark =
    row[5] === 'found'
      ? candidates.find(
          (one) => one !== undefined && one.reached < to && to - one.reached <= behindMark && one.end >= row[1],
        )
      : undefined
  if (mark !== undefined) {
    const source: [number, number] = [Math.max(start, mark.reached + 1), to]
    return {
      topic,
      partition,
      copy: copy.copy,
      source,
      inCopy: [Math.min(mark.end, end), end] as [number, number],
      whole: true,
    }
  }
  const source: [number, number] = [Math.max(start, to - newest), to]
  const inCopy: [number, number] = [Math.max(row[1], end - 2 * newest), end]
  const whole = source[0] === start && inCopy[0] === 0
  return { topic, partition, copy: copy.copy, source, inCopy, whole }
}
