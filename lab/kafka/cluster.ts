import { join } from 'node:path'
import type { Ground } from '../grounds/ground.ts'
import type { LabApplication, LabTopic } from '../apps/definitions.ts'
import type { Guard } from '../process/guard.ts'
import { ProcessGroup } from '../process/process-group.ts'
import { reservePort } from '../process/ports.ts'
import type { Tools } from '../tools.ts'
import { createAuthority } from './authority.ts'
import { startBalancer } from './balancer.ts'
import { brokerAddress, createBroker, formatBroker, type BrokerSpec } from './broker.ts'
import { createConnectWorker } from './connect-worker.ts'
import { provision } from './provision.ts'
import { newId } from './storage.ts'
import { admin, labUsers, mirror, type LabUser } from './users.ts'

/** The Connect workers of a cluster, and the address at which whichever of them serves is reached. */
export type LabConnect = { readonly url: string; readonly process: ProcessGroup }

export type ClusterSpec = {
  ground: Ground
  alias: string
  topics: readonly LabTopic[]
  applications: readonly LabApplication[]
  folder: string
  tools: Tools
  guard: Guard
  ports: number[]
  /** What is to be closed when the lab ends. */
  closers: (() => Promise<void>)[]
}

/** The brokers and the Connect workers attached to them. The controls are those of all brokers; those of Connect are `connect.process`. */
export class LabCluster {
  readonly alias: string
  /** Addresses of all brokers, separated by commas. */
  readonly bootstrap: string
  /** With TLS: the authority of its certificates, PEM. */
  readonly caFile: string | undefined
  readonly users: readonly LabUser[]
  /** The broker's own user, for whoever looks from outside. */
  readonly admin: LabUser = admin
  /** Switchback's. */
  readonly login: LabUser
  /** Its second one, for writes, where the ground has it. */
  readonly act: LabUser | undefined
  readonly broker: ProcessGroup
  readonly connect: LabConnect

  constructor(
    parts: Pick<LabCluster, 'alias' | 'bootstrap' | 'caFile' | 'users' | 'login' | 'act' | 'broker' | 'connect'>,
  ) {
    this.alias = parts.alias
    this.bootstrap = parts.bootstrap
    this.caFile = parts.caFile
    this.users = parts.users
    this.login = parts.login
    this.act = parts.act
    this.broker = parts.broker
    this.connect = parts.connect
  }

  /** The broker's pid; undefined while it is down. */
  get pid(): number | undefined {
    return this.broker.pid
  }

  /** Starts the broker and waits until it serves. After a kill that takes about 11 s: its dead incarnation is fenced first. */
  start(): Promise<void> {
    return this.broker.start()
  }

  /** A clean stop, about 4 s. */
  stop(): Promise<void> {
    return this.broker.stop()
  }

  /** SIGKILL: the disaster. */
  kill(): Promise<void> {
    return this.broker.kill()
  }

  /** SIGSTOP: connections stay open and nobody answers. */
  pause(): void {
    this.broker.pause()
  }

  resume(): void {
    this.broker.resume()
  }

  user(username: string): LabUser {
    return login(this.users, username)
  }
}

function login(users: readonly LabUser[], username: string): LabUser {
  const found = users.find((user) => user.username === username)
  if (!found) throw new Error(`no user ${username} in this lab: ${users.map((user) => user.username).join(', ')}`)
  return found
}

/** Of a lab's clusters: two, and the one that takes the place of A. */
const ALIASES = ['A', 'B', 'C']

/** Formats, starts and provisions a cluster; its Connect workers start beside it and wait for the brokers by themselves. */
export async function startCluster(spec: ClusterSpec): Promise<LabCluster> {
  const { ground, alias, folder, tools } = spec
  const users = labUsers(spec.applications.map((app) => app.principal))
  const authority =
    ground.transport === 'ssl' ? await createAuthority(tools.java, join(folder, 'data', `tls-${alias}`)) : undefined
  const brokers = await brokerSpecs(spec, users, authority)
  const bootstrap = brokers.map(brokerAddress).join(',')
  const caFile = authority?.caFile
  const broker = new ProcessGroup(brokers.map(createBroker))
  const connect = await connectOf(spec, { bootstrap, caFile })
  await Promise.all(brokers.map(formatBroker))
  const grants = ground.grants({ ...spec, naming: ground.naming, others: ALIASES.filter((other) => other !== alias) })
  // A worker that needs ACLs ends where it finds none; any other starts beside the brokers and waits for them.
  const needsGrants = grants.some(({ user }) => user === mirror.username)
  broker.launch()
  if (!needsGrants) connect.process.launch()
  await broker.waitUntilReady()
  await provision({ bootstrap, caFile }, spec.topics, { grants, replicas: ground.brokers })
  await connect.process.start()
  const act = ground.act === undefined ? undefined : login(users, ground.act)
  return new LabCluster({ alias, bootstrap, caFile, users, login: login(users, ground.login), act, broker, connect })
}

/** "A" where there is one, "A1", "A2" and so on where there are several. */
function namesOf(alias: string, count: number): string[] {
  return count === 1 ? [alias] : Array.from({ length: count }, (_, index) => `${alias}${index + 1}`)
}

async function reserved(count: number, ports: number[]): Promise<number[]> {
  const found = await Promise.all(Array.from({ length: count }, () => reservePort()))
  ports.push(...found)
  return found
}

async function brokerSpecs(
  { ground, alias, folder, tools, guard, ports }: ClusterSpec,
  users: readonly LabUser[],
  authority: BrokerSpec['authority'],
): Promise<BrokerSpec[]> {
  const [own, controllerPorts] = [await reserved(ground.brokers, ports), await reserved(ground.brokers, ports)]
  const clusterId = newId()
  return namesOf(alias, ground.brokers).map((name, index) => ({
    ground,
    name: `broker ${name}`,
    node: index + 1,
    controllerPorts,
    port: own[index] ?? 0,
    clusterId,
    authority,
    users,
    tools,
    guard,
    folder: join(folder, 'data', `broker-${name}`),
    logFile: join(folder, 'logs', `broker-${name}.log`),
  }))
}

async function connectOf(
  { ground, alias, folder, tools, guard, ports, closers }: ClusterSpec,
  at: { bootstrap: string; caFile: string | undefined },
): Promise<LabConnect> {
  const own = await reserved(ground.workers, ports)
  const workers = namesOf(alias, ground.workers).map((name, index) =>
    createConnectWorker({
      ground,
      alias,
      name: `Connect on ${name}`,
      ...at,
      port: own[index] ?? 0,
      tools,
      guard,
      folder: join(folder, 'data', `connect-${name}`),
      logFile: join(folder, 'logs', `connect-${name}.log`),
    }),
  )
  const process = new ProcessGroup(workers)
  const [only] = own
  if (own.length === 1) return { url: `http://127.0.0.1:${only}`, process }
  const balancer = await startBalancer(own, ports)
  closers.push(balancer.close)
  return { url: `http://127.0.0.1:${balancer.port}`, process }
}
