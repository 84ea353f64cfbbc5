import { join } from 'node:path'
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
  readonly admin: LabUser = admin
  readonly broker: ManagedProcess
  readonly connect: LabConnect

  constructor(
    alias: string,
    bootstrap: string,
    users: readonly LabUser[],
    broker: ManagedProcess,
    connect: LabConnect,
  ) {
    this.alias = alias
    this.bootstrap = bootstrap
    this.users = users
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
    const found = this.users.find((user) => user.username === username)
    if (!found)
      throw new Error(`no user ${username} in this lab: ${this.users.map((user) => user.username).join(', ')}`)
    return found
  }
}

/** Formats, starts and provisions a cluster; its Connect worker starts beside it and waits for the broker by itself. */
export async function startCluster(spec: ClusterSpec): Promise<LabCluster> {
  const [port, controllerPort, connectPort] = await Promise.all([reservePort(), reservePort(), reservePort()])
  spec.ports.push(port, controllerPort, connectPort)
  const { alias, tools, guard } = spec
  const users = labUsers(spec.applications.map((app) => app.principal))
  const bootstrap = `127.0.0.1:${port}`
  const logFile = (name: string) => join(spec.folder, 'logs', `${name}-${alias}.log`)

  const brokerSpec = {
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
  await Promise.all([provision(bootstrap, spec.topics, spec.applications), worker.waitUntilReady()])
  return new LabCluster(alias, bootstrap, users, broker, { url: `http://127.0.0.1:${connectPort}`, process: worker })
}
