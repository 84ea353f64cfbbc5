import type { LagSample, StalePosition, TopicEnds, TopicId } from '../../contract/evidence.ts'
import { type TopicMirroredTo, mirroredOffsets } from '../certificate/mirrored-to.ts'

/** What the pair remembers of topics' identities: `LagSample` has the meaning of each. */
export interface Identities {
  readonly topicIds: TopicId[]
  readonly stalePositions: StalePosition[]
}

/**
 * A recreated topic has another id, and the link may still stand where the old one ended: then its position says nothing
 * about the new one, even when that has grown past it. It is trusted again, partition by partition, once it was seen to be
 * taken back or away, since then the link began anew. `ends` null: the source did not answer; `mirroredTo` null: the link
 * did not.
 */
export function identitiesAfter(
  before: Pick<LagSample, 'topicIds' | 'stalePositions' | 'mirroredTo'> | null,
  ends: readonly TopicEnds[] | null,
  mirroredTo: readonly TopicMirroredTo[] | null,
): Identities {
  const ids = new Map(before?.topicIds?.map(({ topic, topicId }) => [topic, topicId]))
  const stale = new Map(before?.stalePositions?.map((position) => [position.topic, position]))
  for (const { topic, topicId } of ends ?? []) {
    const known = ids.get(topic)
    if (known !== undefined && known !== topicId && !stale.has(topic)) {
      const offsets = [...mirroredOffsets(before?.mirroredTo ?? [], topic)]
      stale.set(topic, { topic, topicId: known, offsets })
    }
    ids.set(topic, topicId)
  }
  return {
    topicIds: [...ids].map(([topic, topicId]) => ({ topic, topicId })),
    stalePositions: [...stale.values()]
      .map((position) => (mirroredTo === null ? position : withoutRenewed(position, mirroredTo)))
      .filter(({ offsets }) => offsets.length > 0),
  }
}

/** The ids a link's present position was reached with: of a recreated topic still the old one. */
export function positionIds({ topicIds, stalePositions }: Partial<Identities>): TopicId[] {
  const stale = new Map(stalePositions?.map(({ topic, topicId }) => [topic, topicId]))
  return (topicIds ?? []).map(({ topic, topicId }) => ({ topic, topicId: stale.get(topic) ?? topicId }))
}

function withoutRenewed(position: StalePosition, mirroredTo: readonly TopicMirroredTo[]): StalePosition {
  const now = mirroredOffsets(mirroredTo, position.topic)
  const offsets = position.offsets.filter(([partition, then]) => (now.get(partition) ?? -1) >= then)
  return { ...position, offsets }
}
