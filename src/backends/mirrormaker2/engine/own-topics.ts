import type { Connector } from '../connect/answers.ts'

/** What MirrorMaker's heartbeat connector writes (`MirrorClientConfig.HEARTBEATS_TOPIC`). */
const heartbeats = 'heartbeats'

/**
 * Does the source connector copy this topic whatever `topics` says? MirrorMaker adds heartbeats, and the copies of them that
 * carry an alias before or after (`MirrorSourceConnector.shouldReplicateTopic`), unless `heartbeats.replication.enabled` is
 * false. Checkpoints, offset-syncs and other internal topics are added by nothing: a filter has to select them.
 */
export function copiedAnyway({ config }: Connector, topic: string): boolean {
  if ((config['heartbeats.replication.enabled'] ?? 'true').toLowerCase() === 'false') return false
  const separator = config['replication.policy.separator'] ?? '.'
  return (
    topic === heartbeats || topic.endsWith(`${separator}${heartbeats}`) || topic.startsWith(`${heartbeats}${separator}`)
  )
}
