import { join } from 'node:path'
import type { Ground } from '../grounds/ground.ts'
import type { LabApplication, LabTopic } from '../options.ts'
import type { Guard } from '../process/guard.ts'
import type { ManagedProcess } from '../process/managed-process.ts'
import { reservePort } from '../process/ports.ts'
import type { Tools } from '../tools.ts'
import { createBroker, formatBroker } from './broker.ts'
import { createConnectWorker } from './connect-worker.ts'
import { provision } from './provision.ts'
import { admin, labUsers, type LabUser } from './users.ts'

/** A Connect worker with its REST address. */
export type LabConnect = { readonly url: string; readonly process: ManagedProcess }

export type ClusterSpec = {
  ground: Ground
  alias: string
  topics: readonly LabTopic[]
  applications: readonly LabApplication[]
  folder: string
  tools: Tools
  guard: Guard
  ports: number[]
}

/** One broker and the Connect worker attached to it. The controls are the broker's; those of Connect are `connect.process`. */
export class LabCluster {
  readonly alias: string
  readonly bootstrap: string
  readonly users: readonly LabUser[]
  /** The broker's own user, for whoever looks from outside. */
  readonly admin: LabUser = admin
  /** Switchback's. */
  readonly login: LabUser
  readonly broker: ManagedProcess
  readonly connect: LabConnect

  constructor(
    alias: string,
    bootstrap: string,
    users: readonly LabUser[],
    login: LabUser,
    broker: ManagedProcess,
    connect: LabConnect,
  ) {
    this.alias = alias
    this.bootstrap = bootstrap
    this.users = users
    this.login = login
    this.broker = broker
    this.connect = connect
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

/** Formats, starts and provisions a cluster; its Connect worker starts beside it and waits for the broker by itself. */
export async function startCluster(spec: ClusterSpec): Promise<LabCluster> {
  const [port, controllerPort, connectPort] = await Promise.all([reservePort(), reservePort(), reservePort()])
  spec.ports.push(port, controllerPort, connectPort)
  const { ground, alias, tools, guard } = spec
  const users = labUsers(spec.applications.map((app) => app.principal))
  const bootstrap = `127.0.0.1:${port}`
  const logFile = (name: string) => join(spec.folder, 'logs', `${name}-${alias}.log`)

  const brokerSpec = {
    ground,
    alias,
    port,
    controllerPort,
    users,
    tools,
    guard,
    folder: join(spec.folder, 'data', `broker-${alias}`),
    logFile: logFile('broker'),
  }
  const broker = createBroker(brokerSpec)
  const worker = createConnectWorker({
    ground,
    alias,
    bootstrap,
    port: connectPort,
    tools,
    guard,
    folder: join(spec.folder, 'data', `connect-${alias}`),
    logFile: logFile('connect'),
  })
  await formatBroker(brokerSpec)
  broker.launch()
  worker.launch()
  await broker.waitUntilReady()
  const grants = ground.grants({ ...spec, naming: ground.naming, others: ALIASES.filter((other) => other !== alias) })
  await Promise.all([provision(bootstrap, spec.topics, { grants, replicas: ground.brokers }), worker.waitUntilReady()])
  return new LabCluster(alias, bootstrap, users, login(users, ground.login), broker, {
    url: `http://127.0.0.1:${connectPort}`,
    process: worker,
  })
}
