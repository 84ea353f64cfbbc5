import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readReceived, readSent } from './apps/records.ts'
import type { ApplicationHost } from './apps/host.ts'
import { writeConfiguration } from './configuration.ts'
import { describeLab } from './describe-lab.ts'
import type { LabDesk } from './desk/desk.ts'
import { addInstance, mirrorInCloud } from './ibm/lab-cloud.ts'
import type { StandIn } from './ibm/stand-in.ts'
import { startCluster, type LabCluster } from './kafka/cluster.ts'
import { connectorConfigs, putConnector, type LinkConnectors } from './kafka/connectors.ts'
import type { LabOptions } from './options.ts'
import type { LabApplication, LabTopic } from './apps/definitions.ts'
import type { Ground } from './grounds/ground.ts'
import { mirroringOf, mirroringsOf, type LabPair, type Mirroring } from './pairs.ts'
import type { Guard } from './process/guard.ts'
import type { ManagedProcess } from './process/managed-process.ts'
import { releasePorts } from './process/ports.ts'
import type { LabTemporal } from './temporal/dev-server.ts'
import type { Tools } from './tools.ts'
import { verdict, type OffsetRange, type TopicVerdict } from './verdict.ts'

/** What all parts of a lab share. */
export type LabParts = {
  ground: Ground
  dir: string
  guard: Guard
  tools: Tools
  ports: number[]
  topics: LabTopic[]
  applications: LabApplication[]
  /** The first one is the lab's own. */
  pairs: LabPair[]
  /** What else is to be closed: servers of this process. */
  closers: (() => Promise<void>)[]
}

/** Two mirrored clusters and everything around them, on free ports of this machine. */
export class Lab {
  /** Logs, data, sent/, received/, lab.json and switchback.yaml are below it. */
  readonly dir: string
  readonly topics: readonly LabTopic[]
  readonly applications: readonly LabApplication[]
  readonly temporal: LabTemporal
  readonly desk: LabDesk
  readonly apps: ApplicationHost
  /** The stand-in for IBM Cloud, with the backend event-streams. */
  readonly cloud: StandIn | undefined
  /** The name of the pair in switchback.yaml; of several, the first. */
  readonly pair: string
  readonly ground: Ground
  readonly #parts: LabParts
  readonly #options: LabOptions
  readonly #clusters: Map<string, LabCluster>
  #stopped: Promise<void> | undefined

  constructor(
    parts: LabParts,
    options: LabOptions,
    running: {
      clusters: Map<string, LabCluster>
      temporal: LabTemporal
      desk: LabDesk
      apps: ApplicationHost
      cloud: StandIn | undefined
    },
  ) {
    this.dir = parts.dir
    this.ground = parts.ground
    this.topics = parts.topics
    this.applications = parts.applications
    this.pair = parts.pairs[0]?.name ?? 'pair'
    this.temporal = running.temporal
    this.desk = running.desk
    this.apps = running.apps
    this.cloud = running.cloud
    this.#parts = parts
    this.#options = options
    this.#clusters = running.clusters
  }

  get a(): LabCluster {
    return this.cluster('A')
  }

  get b(): LabCluster {
    return this.cluster('B')
  }

  cluster(alias: string): LabCluster {
    const found = this.#clusters.get(alias)
    if (!found) throw new Error(`no cluster ${alias} in this lab: ${[...this.#clusters.keys()].join(', ')}`)
    return found
  }

  get clusters(): LabCluster[] {
    return [...this.#clusters.values()]
  }

  get labFile(): string {
    return join(this.dir, 'lab.json')
  }

  get configFile(): string {
    return join(this.dir, 'switchback.yaml')
  }

  /** What a worker needs in its environment to find this lab's Temporal. */
  get env(): Record<string, string> {
    return { TEMPORAL_ADDRESS: this.temporal.address, TEMPORAL_NAMESPACE: this.temporal.namespace }
  }

  /** Starts a further cluster with its Connect worker, and makes it known to the desk, lab.json and switchback.yaml. */
  async addCluster(alias: string): Promise<LabCluster> {
    if (this.#clusters.has(alias)) throw new Error(`there is a cluster ${alias} already`)
    const { ground, dir, guard, tools, ports, topics, applications, closers } = this.#parts
    const cluster = await startCluster({
      ground,
      alias,
      topics,
      applications,
      folder: dir,
      tools,
      guard,
      ports,
      closers,
    })
    this.#clusters.set(alias, cluster)
    if (this.cloud) addInstance(this.cloud, alias)
    this.publish()
    return cluster
  }

  /** Names and configuration of the connectors of a link: those that mirror the topics of a pair, of the lab's own by default. */
  connectors(from: string, to: string, pair = this.pair): LinkConnectors {
    return this.#connectorsOf(from, to, mirroringOf(this.#parts.pairs, pair))
  }

  #connectorsOf(from: string, to: string, mirroring: Mirroring): LinkConnectors {
    return connectorConfigs(this.ground, this.cluster(from), this.cluster(to), mirroring)
  }

  /** Where the desk's staff work: `/tickets`, `/tickets/:id/process`. */
  get staffUrl(): string {
    return this.cloud ? `${this.cloud.url}/staff` : this.desk.url
  }

  /** Creates (or resumes with its configuration) the connectors of a link on the target's Connect worker. */
  async enableLink(from: string, to: string): Promise<void> {
    if (this.cloud)
      return mirrorInCloud(
        this.cloud,
        from,
        to,
        this.topics.map(({ name }) => name),
        this.#options.transforms?.[`${from}->${to}`],
      )
    const { url } = this.cluster(to).connect
    const all = mirroringsOf(this.#parts.pairs).flatMap((mirroring) => {
      const { source, checkpoint, heartbeat } = this.#connectorsOf(from, to, mirroring)
      return [source, checkpoint, ...(heartbeat ? [heartbeat] : [])]
    })
    await Promise.all(all.map((connector) => putConnector(url, connector)))
  }

  /**
   * Only the heartbeats of a link, where the ground has them: MirrorMaker emits them on both clusters, whichever way records are
   * mirrored, so that there is a topic `heartbeats` on the source.
   */
  async enableHeartbeat(from: string, to: string): Promise<void> {
    const { heartbeat } = this.connectors(from, to)
    if (heartbeat && !this.cloud) await putConnector(this.cluster(to).connect.url, heartbeat)
  }

  /** What the copy of a topic from a cluster is called. */
  copyOf(alias: string, topic: string): string {
    return this.ground.naming === 'suffix' ? `${topic}.${alias}` : `${alias}.${topic}`
  }

  /** What became of the records; `consumer` is needed when there are several. */
  verdict(
    given: { consumer?: string; ledger?: readonly OffsetRange[]; declaredDuplicates?: readonly OffsetRange[] } = {},
  ): TopicVerdict[] {
    const consumers = this.applications.filter((app) => app.kind === 'consumer').map((app) => app.name)
    const consumer = given.consumer ?? consumers[0]
    if (given.consumer === undefined && consumers.length > 1) throw new Error(`whose verdict? ${consumers.join(', ')}`)
    return verdict({ ...given, sent: readSent(this.dir), received: readReceived(this.dir, consumer) })
  }

  /** The pids of everything that runs, by name. */
  pids(): Record<string, number> {
    const processes = this.#processes().map((process) => [process.spec.name, process.pid] as const)
    const apps = this.apps.all().map((app) => [`application ${app.name}`, app.pid] as const)
    const all = [...processes, ...apps, ['guard', this.#parts.guard.pid] as const]
    return Object.fromEntries(all.filter((entry): entry is [string, number] => entry[1] !== undefined))
  }

  /** Writes lab.json and switchback.yaml, and tells the desk what there is. */
  publish(): void {
    this.desk.setConnect(Object.fromEntries(this.clusters.map((cluster) => [cluster.alias, cluster.connect.url])))
    writeConfiguration({
      ground: this.ground,
      folder: this.dir,
      clusters: this.clusters,
      pairs: this.#parts.pairs,
      applications: this.applications,
      uiUrl: this.temporal.uiUrl,
      deskUrl: this.desk.url,
      appsUrl: this.apps.url,
      ...(this.#options.backend === undefined ? {} : { backend: this.#options.backend }),
      ...(this.cloud ? { cloud: this.cloud, transforms: this.#options.transforms ?? {} } : {}),
      ...(this.#options.timing ? { timing: this.#options.timing } : {}),
    })
    writeFileSync(this.labFile, `${JSON.stringify(describeLab(this), null, 2)}\n`, { mode: 0o600 })
  }

  /**
   * Ends everything. Applications say goodbye first; the rest is killed, since nobody needs its data any more. `remove`: the whole folder
   * goes, otherwise only the brokers' and Temporal's data.
   */
  stop({ remove = false }: { remove?: boolean } = {}): Promise<void> {
    this.#stopped ??= this.#end(remove)
    return this.#stopped
  }

  #processes(): ManagedProcess[] {
    const clusters = this.clusters.flatMap(({ broker, connect }) => [...broker.members, ...connect.process.members])
    return [...clusters, this.temporal.process, this.desk.process]
  }

  async #end(remove: boolean): Promise<void> {
    for (const { broker } of this.clusters) broker.resume()
    await this.apps.stopAll()
    await endAll(this.#parts)
    // Killed by the guard; each is awaited here, so that not even a zombie of it is left.
    await Promise.all(this.#processes().map((process) => process.kill()))
    rmSync(remove ? this.dir : join(this.dir, 'data'), { recursive: true, force: true })
  }
}

/** Ends every process of a lab, up or half up, and gives its ports back. */
export async function endAll({ guard, ports, closers }: LabParts): Promise<void> {
  await Promise.all(closers.map((close) => close()))
  await guard.end()
  releasePorts(ports)
}
