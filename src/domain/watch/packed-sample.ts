import type {
  LagSample,
  PackedNumbers,
  PackedSample,
  PackedTopic,
  PartitionEnds,
  RememberedCopy,
  RememberedCopyRow,
  RestRow,
} from '../../contract/evidence.ts'
import { longId, shortId } from './short-id.ts'

type Pair = [partition: number, offset: number]

/**
 * 1,000 topics of three partitions read by three groups stay below 320 KB, where the sample itself takes twice as much: it
 * travels with each look of the pair, and with everything that carries a dossier. `unpackSample` gives it back, its topics
 * in one order for all lists.
 */
export function packSample(sample: LagSample): PackedSample {
  const { ends, mirroredTo, topicIds, groups, copies, rests, ...rest } = sample
  const ids = new Map(topicIds?.map(({ topic, topicId }) => [topic, topicId]))
  const byEnds = new Map(ends.map((entry) => [entry.topic, entry.partitions]))
  const byMirrored = new Map(mirroredTo.map((entry) => [entry.topic, entry.offsets]))
  const byGroup = groups.map((entry) => new Map(entry.topics.map(({ topic, offsets }) => [topic, offsets])))
  const byCopy = new Map(copies?.map((copy) => [copy.topic, copy]))
  const byRest = new Map(rests?.map(({ topic, rows }) => [topic, rows]))
  const names = [
    ...byRest.keys(),
    ...byCopy.keys(),
    ...byEnds.keys(),
    ...byMirrored.keys(),
    ...ids.keys(),
    ...byGroup.flatMap((topics) => [...topics.keys()]),
  ]
  return {
    ...rest,
    groups: groups.map(({ group }) => group),
    topics: [...new Set(names)].map((topic): PackedTopic => {
      const partitions = byEnds.get(topic)
      const high = highOf(partitions)
      const topicId = ids.get(topic)
      const copy = byCopy.get(topic)
      const row: PackedTopic = [
        topic,
        topicId === undefined ? 0 : shortId(topicId),
        packed(partitions?.map(([partition, start, end, stable]) => [partition, start, end, end - stable])),
        differences(byMirrored.get(topic), high),
        byGroup.map((topics) => differences(topics.get(topic), high)),
      ]
      if (copy !== undefined) row[5] = packedCopy(copy, byMirrored.get(topic), high)
      const found = byRest.get(topic)
      if (found !== undefined) {
        row[5] ??= 0
        row[6] = packedRests(found, byMirrored.get(topic), high)
      }
      return row
    }),
  }
}

export function unpackSample({ topics, groups, ...rest }: PackedSample): LagSample {
  const rows = topics.map(([topic, topicId, ends, mirrored, committed, copy, rests]) => {
    const partitions = endsOf(ends)
    const high = highOf(partitions ?? undefined)
    const mirroredTo = offsetsOf(mirrored, high)
    return {
      topic,
      topicId,
      partitions,
      mirroredTo,
      copy: copy ? unpackedCopy(topic, copy, mirroredTo, high) : null,
      rests: rests === undefined ? null : unpackedRests(rests, mirroredTo, high),
      committed: committed.map((list) => offsetsOf(list, high)),
    }
  })
  const copies = rows.flatMap(({ copy }) => copy ?? [])
  const rests = rows.flatMap(({ topic, rests: found }) => (found === null ? [] : [{ topic, rows: found }]))
  return {
    ...rest,
    ...(copies.length === 0 ? {} : { copies }),
    ...(rests.length === 0 ? {} : { rests }),
    ends: rows.flatMap(({ topic, partitions }) => (partitions === null ? [] : [{ topic, partitions }])),
    mirroredTo: rows.flatMap(({ topic, mirroredTo }) => (mirroredTo === null ? [] : [{ topic, offsets: mirroredTo }])),
    topicIds: rows.flatMap(({ topic, topicId }) => (topicId === 0 ? [] : [{ topic, topicId: longId(topicId) }])),
    groups: groups.map((group, index) => ({
      group,
      topics: rows.flatMap(({ topic, committed }) => {
        const offsets = committed[index] ?? null
        return offsets === null ? [] : [{ topic, offsets }]
      }),
    })),
  }
}

function highOf(partitions: readonly PartitionEnds[] | undefined): Map<number, number> {
  return new Map(partitions?.map(([partition, , end]) => [partition, end]))
}

function differences(offsets: readonly Pair[] | undefined, high: ReadonlyMap<number, number>): PackedNumbers {
  return packed(offsets?.map(([partition, offset]) => [partition, (high.get(partition) ?? 0) - offset]))
}

function offsetsOf(list: PackedNumbers, high: ReadonlyMap<number, number>): Pair[] | null {
  return (
    unpacked(list, 1)?.map(([partition = 0, difference = 0]): Pair => [
      partition,
      (high.get(partition) ?? 0) - difference,
    ]) ?? null
  )
}

function endsOf(list: PackedNumbers): PartitionEnds[] | null {
  return (
    unpacked(list, 3)?.map(([partition = 0, start = 0, end = 0, unstable = 0]): PartitionEnds => [
      partition,
      start,
      end,
      end - unstable,
    ]) ?? null
  )
}

/** Rows begin with their partition. */
function packed(rows: readonly number[][] | undefined): PackedNumbers {
  if (rows === undefined) return 0
  const numbers = rows.flatMap((row) => row.slice(1))
  if (rows.length > 0 && rows.every(([partition], index) => partition === index))
    return numbers.map((number) => number.toString(36)).join(' ')
  return [rows.map(([partition = 0]) => partition), numbers]
}

function unpacked(list: PackedNumbers, size: number): number[][] | null {
  if (list === 0) return null
  const [partitions, numbers] =
    typeof list === 'string' ? [null, readNumbers(list)] : withGaps(list) ? list : [null, list]
  return Array.from({ length: numbers.length / size }, (_, index) => [
    partitions?.[index] ?? index,
    ...numbers.slice(index * size, (index + 1) * size),
  ])
}

function readNumbers(text: string): number[] {
  return text.split(' ').map((number) => Number.parseInt(number, 36))
}

function withGaps(list: number[] | [number[], number[]]): list is [number[], number[]] {
  return Array.isArray(list[0])
}

type PackedCopy = Exclude<PackedTopic[5], 0 | undefined>
type Known = readonly Pair[] | null | undefined

/** Where the copy's last record is expected: at the position, or at the end of the source. */
function expected(mirroredTo: Known, high: ReadonlyMap<number, number>): (partition: number) => number {
  const positions = new Map(mirroredTo ?? [])
  return (partition) => positions.get(partition) ?? (high.get(partition) ?? 0) - 1
}

function packedCopy(copy: RememberedCopy, mirroredTo: Known, high: ReadonlyMap<number, number>): PackedCopy {
  const at = expected(mirroredTo, high)
  const rows = copy.rows.map(([partition, end, reached]) => [partition, at(partition) - reached, reached + 1 - end])
  return [shortId(copy.copyId), packed(rows)]
}

function unpackedCopy(
  topic: string,
  [copyId, numbers]: PackedCopy,
  mirroredTo: Known,
  high: ReadonlyMap<number, number>,
): RememberedCopy {
  const at = expected(mirroredTo, high)
  const rows = (unpacked(numbers, 2) ?? []).map(([partition = 0, behind = 0, fewer = 0]): RememberedCopyRow => {
    const reached = at(partition) - behind
    return [partition, reached + 1 - fewer, reached]
  })
  return { topic, copyId: longId(copyId), rows }
}

function packedRests(rests: readonly RestRow[], mirroredTo: Known, high: ReadonlyMap<number, number>): PackedNumbers {
  const at = expected(mirroredTo, high)
  return packed(rests.map(([partition, from, to, records]) => [partition, from - at(partition), to - from, records]))
}

function unpackedRests(numbers: PackedNumbers, mirroredTo: Known, high: ReadonlyMap<number, number>): RestRow[] {
  const at = expected(mirroredTo, high)
  return (unpacked(numbers, 3) ?? []).map(([partition = 0, behind = 0, length = 0, records = 0]): RestRow => {
    const from = at(partition) + behind
    return [partition, from, from + length, records]
  })
}
