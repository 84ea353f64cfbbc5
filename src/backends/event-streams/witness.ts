import type { LatencyWitness } from '../../ports/mirroring.ts'
import type { EventStreamsLink } from './link.ts'

/** What the provider's monitoring says of the topics. The metric names a topic as on the source, or as its copy. */
export async function latencyWitness(
  es: EventStreamsLink,
  topics: string[],
  incomparable: LatencyWitness['incomparable'],
  signal?: AbortSignal,
): Promise<LatencyWitness> {
  const { maxLatencySeconds, latencyWindowSeconds, latencySamples } = es.link
  const [found, bytesPerSecond] = await Promise.all([
    es.monitoring.latency(latencyWindowSeconds, signal),
    es.monitoring.throughput(latencyWindowSeconds, signal),
  ])
  return {
    incomparable,
    latency: topics.map((topic) => {
      const own = found.filter((row) => row.topic === topic || row.topic === es.copyOf(topic))
      return {
        topic,
        seconds: own.length === 0 ? null : Math.max(...own.map(({ seconds }) => seconds)),
        samples: own.length === 0 ? 0 : Math.min(...own.map(({ samples }) => samples)),
      }
    }),
    bytesPerSecond,
    maxSeconds: maxLatencySeconds,
    minSamples: latencySamples,
    windowSeconds: latencyWindowSeconds,
  }
}
