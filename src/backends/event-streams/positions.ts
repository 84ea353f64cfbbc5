import type { MirroredTo } from '../../contract/evidence.ts'
import { grouped } from '../../domain/text/grouped.ts'
import type { Place, RecordMark } from '../../ports/cluster.ts'
import type { EventStreamsLink } from './link.ts'

interface Compared {
  positions: { topic: string; offsets: MirroredTo[] }[]
  incomparable: { topic: string; partitions: number[] }[]
}

/** Where a copy's last record was found: a log does not change there, so it is not searched for twice. */
type Memory = Map<string, { mark: RecordMark; offset: number }>

/**
 * The provider keeps the mirroring's offsets to itself, but both clusters can be read. A partition is copied in order, so
 * everything up to the source's own offset of the copy's last record is on the target. What is read of the target comes
 * first: the answer is at most too low. An empty copy has no position; one whose last record cannot be read, or is not found on
 * the source (its topic stamps records again, or retention was quicker), is incomparable.
 */
export function comparePositions(es: EventStreamsLink): (topics: string[], signal?: AbortSignal) => Promise<Compared> {
  const memory: Memory = new Map()
  return async (topics, signal) => {
    const copies = new Map(topics.map((topic) => [es.copyOf(topic), topic]))
    const [described, sources] = await Promise.all([
      es.clusters.to.describeTopics([...copies.keys()], signal),
      es.clusters.from.describeTopics(topics, signal),
    ])
    const ids = new Map(sources.map(({ topic, topicId }) => [topic, topicId]))
    const places = described.flatMap(({ topic: copy, topicId, partitions }) => {
      const topic = copies.get(copy) ?? copy
      // A topic that was created again is another one, whatever its copy still holds.
      return Array.from({ length: partitions }, (_, partition) => ({
        topic,
        copy,
        partition,
        key: `${ids.get(topic)}/${topicId}/${partition}`,
      }))
    })
    const found = new Map(topics.map((topic): [string, MirroredTo[]] => [topic, []]))
    const lost: Place[] = []
    const asked = places.map(({ copy, partition }) => ({ topic: copy, partition }))
    const lasts = asked.length === 0 ? [] : await es.clusters.to.lastRecords(asked, signal)
    const marks = places.flatMap((place, index) => {
      const last = lasts[index]
      if (last?.found === 'record') return [{ ...place, mark: last.mark }]
      if (last?.found === 'unreadable' || last?.found === 'no-record') lost.push(place)
      return []
    })
    const unknown = marks.filter(({ key, mark }) => !mark.restamped && !isSame(memory.get(key)?.mark, mark))
    const wanted = unknown.map(({ topic, partition, mark: { timestamp, digest, headers } }) => ({
      topic,
      partition,
      timestamp,
      digest,
      ...(headers === undefined ? {} : { headers }),
    }))
    const offsets = wanted.length === 0 ? [] : await es.clusters.from.findRecords(wanted, signal)
    for (const [index, { key, mark }] of unknown.entries()) {
      const offset = offsets[index]
      if (typeof offset === 'number') memory.set(key, { mark, offset })
    }
    for (const { mark, ...place } of marks) {
      const known = memory.get(place.key)
      if (known !== undefined && isSame(known.mark, mark)) found.get(place.topic)?.push([place.partition, known.offset])
      else lost.push(place)
    }
    return {
      positions: [...found].map(([topic, offsets]) => ({ topic, offsets: offsets.sort((a, b) => a[0] - b[0]) })),
      incomparable: byTopic(lost),
    }
  }
}

function isSame(one: RecordMark | undefined, other: RecordMark): boolean {
  return one !== undefined && one.offset === other.offset && one.digest === other.digest
}

function byTopic(places: readonly Place[]): { topic: string; partitions: number[] }[] {
  const topics = grouped(
    places,
    ({ topic }) => topic,
    ({ partition }) => partition,
  )
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
