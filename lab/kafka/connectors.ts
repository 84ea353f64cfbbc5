import { prefixOf } from '../grounds/grants.ts'
import type { Ground, Settings } from '../grounds/ground.ts'
import { httpJson, HttpError } from '../process/http-json.ts'
import type { Mirroring } from '../pairs.ts'
import { until } from '../process/wait.ts'
import { mirror, saslProperties } from './users.ts'

/** One side of a link. */
export type LinkEnd = { alias: string; bootstrap: string; caFile?: string | undefined }
export type Connector = { name: string; config: Record<string, string> }
/** The connectors of a link; all run on the Connect cluster attached to the link's target. */
export type LinkConnectors = { source: Connector; checkpoint: Connector; heartbeat?: Connector }

const CLASSES = 'org.apache.kafka.connect.mirror.Mirror'
const SUFFIX_POLICY = { 'replication.policy.class': 'switchback.lab.SuffixReplicationPolicy' }

/** Milliseconds a Connect worker may answer "rebalancing" before a connector can be created. */
const CREATE_TIMEOUT_MS = 180_000

/** Names and configuration of the connectors of `mirroring` from one cluster to another. */
export function connectorConfigs(
  ground: Ground,
  from: LinkEnd,
  to: LinkEnd,
  { prefix, topics, selection: text = selectionOf(ground, topics) }: Mirroring,
): LinkConnectors {
  const both = common(ground, from, to)
  const selection = { topics: text }
  const named = (role: string, kind: string, config: Settings): Connector => ({
    name: `${prefix}${from.alias}-${to.alias}-${role}`,
    config: { ...both, 'connector.class': `${CLASSES}${kind}Connector`, ...config },
  })
  const { source, checkpoint, heartbeat } = ground.connectors
  const replicas = String(ground.brokers)
  const syncs = { 'offset-syncs.topic.replication.factor': replicas }
  return {
    source: named('source', 'Source', { 'replication.factor': replicas, ...syncs, ...source, ...selection }),
    checkpoint: named('checkpoint', 'Checkpoint', {
      'checkpoints.topic.replication.factor': replicas,
      ...syncs,
      ...checkpoint,
      ...selection,
    }),
    ...(heartbeat
      ? {
          heartbeat: named('heartbeat', 'Heartbeat', { 'heartbeats.topic.replication.factor': replicas, ...heartbeat }),
        }
      : {}),
  }
}

/** Creates or updates a connector; a worker that is rebalancing is asked again. */
export async function putConnector(connectUrl: string, { name, config }: Connector): Promise<void> {
  const put = async () => {
    try {
      return (await httpJson('PUT', `${connectUrl}/connectors/${name}/config`, config)) ?? true
    } catch (error) {
      // 400 is a verdict on the configuration; 409 and 5xx pass.
      if (error instanceof HttpError && error.status === 400) return error
      throw error
    }
  }
  const answer = await until(put, { what: `creating connector ${name}`, timeoutMs: CREATE_TIMEOUT_MS })
  if (answer instanceof Error) throw answer
}

/** `accounting\..*` instead of each of its topics, where the ground has patterns. */
function selectionOf({ selection }: Ground, topics: readonly string[]): string {
  if (selection === 'names') return topics.map(escapePattern).join(',')
  return [...new Set(topics.map(prefixOf))].map((prefix) => `${escapePattern(prefix)}.*`).join(',')
}

/** MirrorMaker reads `topics` as regular expressions, comma-separated: a name stands for itself only when escaped. */
function escapePattern(topic: string): string {
  return topic.replaceAll(/[\\.+*?^$()[\]{}|]/g, '\\$&')
}

function common({ naming, connectors }: Ground, from: LinkEnd, to: LinkEnd): Record<string, string> {
  return {
    'source.cluster.alias': from.alias,
    'target.cluster.alias': to.alias,
    'source.cluster.bootstrap.servers': from.bootstrap,
    'target.cluster.bootstrap.servers': to.bootstrap,
    ...saslProperties(mirror, { prefix: 'source.cluster.', caFile: from.caFile }),
    ...saslProperties(mirror, { prefix: 'target.cluster.', caFile: to.caFile }),
    ...(naming === 'suffix' ? SUFFIX_POLICY : {}),
    ...connectors.all,
  }
}
