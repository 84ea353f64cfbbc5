import type { MirroredTo } from '../../../contract/evidence.ts'
import type { RecordMark } from '../../../ports/cluster.ts'
import type { EventStreamsLink } from './link.ts'

/** Partitions compared at the same time. */
const AT_ONCE = 8

interface Compared {
  positions: { topic: string; offsets: MirroredTo[] }[]
  incomparable: { topic: string; partitions: number[] }[]
}

/** Where a copy's last record was found: a log does not change there, so it is not looked for twice. */
type Memory = Map<string, { mark: RecordMark; offset: number }>

/**
 * The provider keeps the mirroring's offsets to itself, but both clusters can be read. A partition is copied in order, so
 * everything up to the source's own offset of the copy's last record is on the target. What is read of the target comes
 * first: the answer is at most too low. A copy without records has no position; one whose last record is not found on
 * the source (its topic stamps records anew, or retention was quicker) is incomparable.
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
    const lost = new Map<string, number[]>()
    for (let at = 0; at < places.length; at += AT_ONCE) {
      await Promise.all(
        places.slice(at, at + AT_ONCE).map(async ({ topic, copy, partition, key }) => {
          const mark = await es.clusters.to.lastRecord(copy, partition, signal)
          if (mark === null) return
          const known = memory.get(key)
          const same = known && known.mark.offset === mark.offset && known.mark.digest === mark.digest
          const offset = same ? known.offset : await es.clusters.from.findRecord(topic, partition, mark, signal)
          if (offset === null) lost.set(topic, [...(lost.get(topic) ?? []), partition])
          else {
            memory.set(key, { mark, offset })
            found.get(topic)?.push([partition, offset])
          }
        }),
      )
    }
    return {
      positions: [...found].map(([topic, offsets]) => ({ topic, offsets: offsets.sort((a, b) => a[0] - b[0]) })),
      incomparable: [...lost].map(([topic, partitions]) => ({ topic, partitions })),
    }
  }
}
