import type { Place } from '../../ports/cluster.ts'
import type { ClusterMetadata } from './metadata.ts'
import type { BrokerAddress } from './net/connections.ts'
import { BrokerRefusal } from './net/refusal.ts'

/** No topic's name has a line break. */
export function placeKey(topic: string, partition: number): string {
  return `${topic}\n${partition}`
}

/** Whom to ask about which of these; one without a leader fails as a passing refusal, one that is not there is left out. */
export function placesByLeader<P extends Place>(
  metadata: ClusterMetadata,
  places: readonly P[],
): Map<BrokerAddress, P[]> {
  const leaders = new Map<string, number>()
  for (const { topic, partitions } of metadata.topics.values()) {
    for (const { partition, leader } of partitions) leaders.set(placeKey(topic, partition), leader)
  }
  const asked = new Map<BrokerAddress, P[]>()
  for (const place of places) {
    const leader = leaders.get(placeKey(place.topic, place.partition))
    if (leader === undefined) continue
    const broker = metadata.brokers.get(leader)
    if (broker === undefined) {
      throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `partition ${place.partition} of ${place.topic}`, true)
    }
    const own = asked.get(broker) ?? []
    asked.set(broker, own)
    own.push(place)
  }
  return asked
}

/** An answer by place. One the broker left out of its answer is never taken for one without records. */
export function answered<T>(rows: ReadonlyMap<string, T>, topic: string, partition: number): T {
  const row = rows.get(placeKey(topic, partition))
  if (row === undefined) {
    throw new BrokerRefusal('UNKNOWN_TOPIC_OR_PARTITION', `partition ${partition} of ${topic}`, true)
  }
  return row
}
