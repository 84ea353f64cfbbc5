import { applicationGrants } from './grants.ts'
import type { Ground } from './ground.ts'

const BYTES = 'org.apache.kafka.connect.converters.ByteArrayConverter'

/** Fast and small, so that tests wait for nothing: exactly-once, every interval at a second, ACLs that are not copied. */
export const lab: Ground = {
  name: 'lab',
  what: 'fast intervals, exactly-once, suffix naming, names as the selection, our login a super user',
  brokers: 1,
  workers: 1,
  transport: 'plaintext',
  superUsers: ['admin', 'mirror'],
  login: 'admin',
  knowsLogins: true,
  grants: (scene) => applicationGrants(scene, 'PREFIXED'),
  naming: 'suffix',
  selection: 'names',
  broker: {
    'allow.everyone.if.no.acl.found': 'false',
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    // Made for one small broker: idle threads and controllers wake up several times a second.
    'num.network.threads': '2',
    'num.io.threads': '3',
    'group.coordinator.threads': '1',
    'metadata.max.idle.interval.ms': '5000',
  },
  worker: {
    'key.converter': BYTES,
    'value.converter': BYTES,
    'header.converter': BYTES,
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',
    'offset.flush.interval.ms': '1000',
    'exactly.once.source.support': 'enabled',
    'scheduled.rebalance.max.delay.ms': '0',
    'task.shutdown.graceful.timeout.ms': '10000',
  },
  connectors: {
    all: {
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
    },
    source: {
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
    },
    checkpoint: {
      groups: '.*',
      'refresh.groups.interval.seconds': '1',
      'emit.checkpoints.enabled': 'true',
      'emit.checkpoints.interval.seconds': '1',
      'sync.group.offsets.enabled': 'true',
      'sync.group.offsets.interval.seconds': '1',
    },
  },
}
