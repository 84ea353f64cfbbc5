import type { LagSample, PackedNumbers, PackedSample, PackedTopic, PartitionEnds } from '../contract/evidence.ts'

type Pair = [partition: number, offset: number]

/**
 * 1,000 topics of three partitions read by three groups stay below 256 KB, where the sample itself takes twice as much: it
 * travels with each look of the pair, and with everything that carries a dossier. `unpackSample` gives it back, its topics
 * in one order for all lists.
 */
export function packSample(sample: LagSample): PackedSample {
  const { ends, mirroredTo, topicIds, groups, ...rest } = sample
  const ids = new Map(topicIds?.map(({ topic, topicId }) => [topic, topicId]))
  const byEnds = new Map(ends.map((entry) => [entry.topic, entry.partitions]))
  const byMirrored = new Map(mirroredTo.map((entry) => [entry.topic, entry.offsets]))
  const byGroup = groups.map((entry) => new Map(entry.topics.map(({ topic, offsets }) => [topic, offsets])))
  const names = [
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
      return [
        topic,
        shortId(ids.get(topic)),
        packed(partitions?.map(([partition, start, end, stable]) => [partition, start, end, end - stable])),
        differences(byMirrored.get(topic), high),
        byGroup.map((topics) => differences(topics.get(topic), high)),
      ]
    }),
  }
}

export function unpackSample({ topics, groups, ...rest }: PackedSample): LagSample {
  const rows = topics.map(([topic, topicId, ends, mirroredTo, committed]) => {
    const partitions = endsOf(ends)
    const high = highOf(partitions ?? undefined)
    return {
      topic,
      topicId,
      partitions,
      mirroredTo: offsetsOf(mirroredTo, high),
      committed: committed.map((list) => offsetsOf(list, high)),
    }
  })
  return {
    ...rest,
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
  return rows.every(([partition], index) => partition === index)
    ? numbers
    : [rows.map(([partition = 0]) => partition), numbers]
}

function unpacked(list: PackedNumbers, size: number): number[][] | null {
  if (list === 0) return null
  const [partitions, numbers] = withGaps(list) ? list : [null, list]
  return Array.from({ length: numbers.length / size }, (_, index) => [
    partitions?.[index] ?? index,
    ...numbers.slice(index * size, (index + 1) * size),
  ])
}

function withGaps(list: number[] | [number[], number[]]): list is [number[], number[]] {
  return Array.isArray(list[0])
}

/** A UUID without its dashes; another text stays. */
function shortId(id: string | undefined): string | 0 {
  if (id === undefined) return 0
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id.replaceAll('-', '') : id
}

function longId(id: string): string {
  return /^[0-9a-f]{32}$/.test(id) ? id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : id
}
