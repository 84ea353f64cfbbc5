import { httpJson, HttpError } from '../process/http-json.ts'
import { until } from '../process/wait.ts'
import { mirror, saslProperties } from './users.ts'

/** One side of a link. */
export type LinkEnd = { alias: string; bootstrap: string }
export type Connector = { name: string; config: Record<string, string> }
/** The two connectors of a link; both run on the Connect cluster attached to the link's target. */
export type LinkConnectors = { source: Connector; checkpoint: Connector }

const BYTES = 'org.apache.kafka.connect.converters.ByteArrayConverter'

/** Milliseconds a Connect worker may answer "rebalancing" before a connector can be created. */
const CREATE_TIMEOUT_MS = 60_000

/** Names and configuration of the connectors that mirror exactly `topics` from one cluster to another. */
export function connectorConfigs(from: LinkEnd, to: LinkEnd, topics: readonly string[]): LinkConnectors {
  const selection = topics.map(escapePattern).join(',')
  const both = common(from, to)
  return {
    source: { name: `${from.alias}-${to.alias}-source`, config: { ...both, ...sourceSettings, topics: selection } },
    checkpoint: {
      name: `${from.alias}-${to.alias}-checkpoint`,
      config: { ...both, ...checkpointSettings, topics: selection },
    },
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

/** MirrorMaker reads `topics` as regular expressions, comma-separated: a name stands for itself only when escaped. */
function escapePattern(topic: string): string {
  return topic.replaceAll(/[\\.+*?^$()[\]{}|]/g, '\\$&')
}

function common(from: LinkEnd, to: LinkEnd): Record<string, string> {
  return {
    'source.cluster.alias': from.alias,
    'target.cluster.alias': to.alias,
    'source.cluster.bootstrap.servers': from.bootstrap,
    'target.cluster.bootstrap.servers': to.bootstrap,
    ...saslProperties(mirror, 'source.cluster.'),
    ...saslProperties(mirror, 'target.cluster.'),
    'replication.policy.class': 'switchback.lab.SuffixReplicationPolicy',
    'offset-syncs.topic.location': 'target',
    'key.converter': BYTES,
    'value.converter': BYTES,
    'header.converter': BYTES,
    'errors.tolerance': 'none',
    'tasks.max': '1',
    // With these a link whose source is dark stops within 7 s instead of 57 s.
    'admin.default.api.timeout.ms': '5000',
    'admin.request.timeout.ms': '4000',
    'admin.timeout.ms': '5000',
    'source.cluster.reconnect.backoff.ms': '200',
    'source.cluster.reconnect.backoff.max.ms': '2000',
  }
}

const sourceSettings = {
  'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
  'replication.factor': '1',
  'offset-syncs.topic.replication.factor': '1',
  'refresh.topics.interval.seconds': '1',
  'sync.topic.configs.enabled': 'true',
  'sync.topic.configs.interval.seconds': '1',
  'sync.topic.acls.enabled': 'false',
  'consumer.poll.timeout.ms': '200',
  'exactly.once.support': 'required',
  'source.consumer.isolation.level': 'read_committed',
  'source.consumer.auto.offset.reset': 'earliest',
  // A transaction for all that came in 0.4 s, instead of one for each of the producers' small batches.
  'source.consumer.fetch.min.bytes': '1048576',
  'source.consumer.fetch.max.wait.ms': '400',
  'offset.lag.max': '0',
  'heartbeats.replication.enabled': 'false',
}

const checkpointSettings = {
  'connector.class': 'org.apache.kafka.connect.mirror.MirrorCheckpointConnector',
  groups: '.*',
  'checkpoints.topic.replication.factor': '1',
  'offset-syncs.topic.replication.factor': '1',
  'refresh.groups.interval.seconds': '1',
  'emit.checkpoints.enabled': 'true',
  'emit.checkpoints.interval.seconds': '1',
  'sync.group.offsets.enabled': 'true',
  'sync.group.offsets.interval.seconds': '1',
}
