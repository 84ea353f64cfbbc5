import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ManagedProcess } from '../process/managed-process.ts'
import type { Ground } from '../grounds/ground.ts'
import type { Guard } from '../process/guard.ts'
import type { Tools } from '../tools.ts'
import type { Authority } from './authority.ts'
import { kafkaClient } from './client.ts'
import { javaArguments, propertiesText } from './jvm.ts'
import { formatStorage } from './storage.ts'
import { admin, type LabUser } from './users.ts'

export type BrokerSpec = {
  ground: Ground
  /** Shown in messages: "broker A". */
  name: string
  /** From 1: its own, and the controllers' of its cluster in their order. */
  node: number
  controllerPorts: readonly number[]
  port: number
  /** Of the whole cluster. */
  clusterId: string
  /** With TLS. */
  authority?: Authority | undefined
  users: readonly LabUser[]
  /** Holds server.properties and the data. */
  folder: string
  logFile: string
  tools: Tools
  guard: Guard
}

/** Milliseconds. After a kill the broker waits until its dead incarnation is fenced; with a loaded machine that adds up to 20 s. */
const START_TIMEOUT_MS = 180_000

/** What Kafka's own topics need where there is no second broker. */
const ALONE = {
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
}

/** A single-node KRaft broker with SASL and the StandardAuthorizer: not formatted and not started yet. */
export function createBroker(spec: BrokerSpec): ManagedProcess {
  const client = kafkaClient({ bootstrap: brokerAddress(spec), caFile: spec.authority?.caFile }, admin)
  return new ManagedProcess({
    name: spec.name,
    command: spec.tools.java,
    args: javaArguments(spec.tools, 'kafka.Kafka', join(spec.folder, 'server.properties')),
    logFile: spec.logFile,
    startTimeoutMs: START_TIMEOUT_MS,
    guard: spec.guard,
    ready: async () => {
      const probe = client.admin()
      try {
        await probe.connect()
        return (await probe.describeCluster()).brokers.some(({ nodeId }) => nodeId === spec.node)
      } finally {
        await probe.disconnect()
      }
    },
  })
}

/** With TLS a name: clients tell the broker which one they mean (SNI), and no address may be told that way. */
export function brokerAddress({ port, authority }: Pick<BrokerSpec, 'port' | 'authority'>): string {
  return `${authority ? 'localhost' : '127.0.0.1'}:${port}`
}

/** Writes server.properties and formats the storage, with the users' SCRAM credentials in it. */
export async function formatBroker(spec: BrokerSpec): Promise<void> {
  mkdirSync(spec.folder, { recursive: true })
  const file = join(spec.folder, 'server.properties')
  writeFileSync(file, propertiesText(brokerProperties(spec)), { mode: 0o600 })
  const { clusterId, node, users, tools } = spec
  await formatStorage({ clusterId, node, users, tools, propertiesFile: file, data: join(spec.folder, 'data') })
}

function brokerProperties(spec: BrokerSpec): Record<string, string | number> {
  const login = (users: readonly LabUser[]) =>
    `org.apache.kafka.common.security.plain.PlainLoginModule required username="${admin.username}" password="${admin.password}" ${users
      .map((user) => `user_${user.username}="${user.password}"`)
      .join(' ')};`
  const protocol = spec.authority ? 'SASL_SSL' : 'SASL_PLAINTEXT'
  const listener = `listener.name.${protocol.toLowerCase()}`
  return {
    'process.roles': 'broker,controller',
    'node.id': spec.node,
    'controller.quorum.voters': spec.controllerPorts.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(','),
    listeners: `${protocol}://127.0.0.1:${spec.port},CONTROLLER://127.0.0.1:${spec.controllerPorts[spec.node - 1]}`,
    'advertised.listeners': `${protocol}://${brokerAddress(spec)}`,
    'listener.security.protocol.map': `${protocol}:${protocol},CONTROLLER:${protocol}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': protocol,
    ...spec.authority?.broker,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    [`${listener}.plain.sasl.jaas.config`]: login(spec.users),
    [`${listener}.scram-sha-256.sasl.jaas.config`]: 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    // SASL on the controller's listener as well: without it the broker's own principal is not authorised.
    'listener.name.controller.plain.sasl.jaas.config': login([admin]),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': spec.ground.superUsers.map((user) => `User:${user}`).join(';'),
    'log.dirs': join(spec.folder, 'data'),
    ...(spec.ground.brokers === 1 ? ALONE : {}),
    // 128 MB by default: a third of the heap, and a cleaner that is given a new setting allocates it a second time.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    ...spec.ground.broker,
  }
}
