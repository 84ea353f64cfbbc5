import { applicationGrants } from './grants.ts'
import type { Ground } from './ground.ts'
import { mirrorGrants, switchbackGrants } from './logins.ts'

const BYTES = 'org.apache.kafka.connect.converters.ByteArrayConverter'
const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter'

/**
 * What the public documentation leads to. Brokers: "Broker Configs" of Kafka 4.3, nothing set. Worker: `config/connect-distributed.properties`
 * (JsonConverter, which has no default) without its `offset.flush.interval.ms`, so that Connect's own 60 s hold. Connectors: "Geo-Replication" and
 * the reference of MirrorMaker's connectors, with what they ask for (aliases, addresses, `topics`, tasks, bytes as they are) and nothing else.
 */
export const defaults: Ground = {
  name: 'defaults',
  what: 'the defaults of Kafka, Connect and MirrorMaker, prefix naming, a pattern as the selection, heartbeats, copied ACLs, two logins of ours with the ACLs they need',
  brokers: 1,
  workers: 1,
  transport: 'plaintext',
  superUsers: ['admin'],
  login: 'switchback',
  act: 'switchback-act',
  knowsLogins: false,
  grants: (scene) => [...applicationGrants(scene, 'LITERAL'), ...mirrorGrants(scene), ...switchbackGrants(scene)],
  naming: 'prefix',
  selection: 'patterns',
  broker: {},
  worker: { 'key.converter': JSON_CONVERTER, 'value.converter': JSON_CONVERTER },
  connectors: {
    all: { 'tasks.max': '4', 'key.converter': BYTES, 'value.converter': BYTES },
    source: {},
    checkpoint: {},
    heartbeat: {},
  },
}
