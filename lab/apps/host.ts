import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { z } from 'zod'
import type { LabApplication } from './definitions.ts'
import type { Guard } from '../process/guard.ts'
import { reservePort } from '../process/ports.ts'
import type { ApplicationSpec } from './application-spec.ts'
import { Application, type ApplicationView } from './application.ts'

/** What the host must know of a cluster. */
export type HostCluster = {
  bootstrap: string
  caFile: string | undefined
  user(username: string): { username: string; password: string }
}

export type HostSpec = {
  applications: readonly LabApplication[]
  /** By alias; undefined for a cluster the lab does not have. */
  cluster(alias: string): HostCluster | undefined
  recordsPerSecond: number
  keys: number
  folder: string
  guard: Guard
  ports: number[]
}

const stopRequest = z.object({ cluster: z.string().optional() })

const startRequest = z.object({
  cluster: z.string(),
  topics: z.array(z.string().min(1)).optional(),
  group: z.string().optional(),
})

/** What Switchback sends to an application's webhook; the rest of it does not matter here. */
const order = z.discriminatedUnion('action', [
  z.object({ action: z.literal('state'), name: z.string() }),
  z.object({ action: z.literal('stop'), name: z.string(), cluster: z.string().optional() }),
  startRequest.extend({ action: z.literal('start'), name: z.string() }),
  startRequest.extend({ action: z.literal('prepare'), name: z.string() }),
])

/**
 * Runs the sample applications, as a platform would, and offers it over HTTP:
 * POST /apps/:name/start {cluster, topics?, group?} · POST /apps/:name/prepare {cluster, topics?} · POST /apps/:name/stop {cluster?} · POST /apps/:name/kill · GET /apps/:name · GET /apps
 * POST /webhook {action, name, cluster?, topics?, group?}: as Switchback's webhook adapter asks
 */
export class ApplicationHost {
  readonly url: string
  readonly #spec: HostSpec
  readonly #applications: Map<string, Application>
  readonly #broken = new Set<string>()
  readonly #deaf = new Set<string>()

  constructor(url: string, spec: HostSpec) {
    this.url = url
    this.#spec = spec
    this.#applications = new Map(
      spec.applications.map((app) => [app.name, new Application(app, spec.folder, spec.guard)]),
    )
  }

  /** Starts it on a cluster with these topics and as this group (default: its own). Running like this already: nothing happens. */
  async start(
    name: string,
    target: { cluster: string; topics?: string[] | undefined; group?: string | undefined },
  ): Promise<ApplicationView> {
    const application = this.#find(name)
    if (this.#broken.has(name)) throw new Error(`${name} is broken: it cannot be started`)
    return application.start(this.#specOf(name, target))
  }

  /** Brings it up there, connected and writing nothing until it is started there. */
  async prepare(name: string, target: { cluster: string; topics?: string[] | undefined }): Promise<ApplicationView> {
    const application = this.#find(name)
    if (this.#broken.has(name)) throw new Error(`${name} is broken: it cannot be prepared`)
    return application.prepare(this.#specOf(name, target))
  }

  #specOf(
    name: string,
    target: { cluster: string; topics?: string[] | undefined; group?: string | undefined },
  ): ApplicationSpec {
    const definition = this.#spec.applications.find((app) => app.name === name)
    const cluster = this.#spec.cluster(target.cluster)
    if (!definition || !cluster) throw new Error(`there is no cluster ${target.cluster}`)
    const { kind, principal } = definition
    const group = target.group ?? definition.group
    return {
      name,
      kind,
      cluster: target.cluster,
      bootstrap: cluster.bootstrap,
      ...(cluster.caFile === undefined ? {} : { caFile: cluster.caFile }),
      user: cluster.user(principal),
      topics: target.topics?.length ? target.topics : definition.topics,
      ...(group === undefined ? {} : { group }),
      recordsPerSecond: this.#spec.recordsPerSecond,
      keys: this.#spec.keys,
      folder: this.#spec.folder,
    }
  }

  /** A clean stop: last batch, commit, goodbye. `cluster`: what is prepared on another one stays. */
  stop(name: string, cluster?: string): Promise<ApplicationView> {
    return this.#find(name).stop(cluster)
  }

  /** A crash. */
  kill(name: string): Promise<ApplicationView> {
    return this.#find(name).kill()
  }

  /** It cannot be started any more, until it is mended; what runs goes on. */
  break(name: string): void {
    this.#broken.add(this.#find(name).view.name)
  }

  mend(name: string): void {
    this.#broken.delete(name)
    this.#deaf.delete(name)
  }

  /** Orders to stop it fail from now on, as when whoever runs it is lost: it goes on until somebody stops it directly. */
  deafen(name: string): void {
    this.#deaf.add(this.#find(name).view.name)
  }

  /** As whoever runs the applications is asked, by webhook or by command. */
  ordered(name: string, cluster?: string): Promise<ApplicationView> {
    if (this.#deaf.has(name)) throw new Error(`${name} cannot be stopped: nobody who runs it answers`)
    return this.stop(name, cluster)
  }

  state(name: string): ApplicationView {
    return this.#find(name).view
  }

  all(): ApplicationView[] {
    return [...this.#applications.values()].map((application) => application.view)
  }

  async startAll(cluster: string): Promise<void> {
    await Promise.all(this.#spec.applications.map((app) => this.start(app.name, { cluster })))
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#applications.values()].map((application) => application.stop()))
  }

  #find(name: string): Application {
    const found = this.#applications.get(name)
    if (!found) throw new Error(`there is no application ${name}, only ${[...this.#applications.keys()].join(', ')}`)
    return found
  }
}

/** Opens the host; `close` ends its HTTP side only, not the applications. */
export async function startApplicationHost(
  spec: HostSpec,
): Promise<{ host: ApplicationHost; close: () => Promise<void> }> {
  for (const folder of ['sent', 'received', 'logs']) mkdirSync(join(spec.folder, folder), { recursive: true })
  const port = await reservePort()
  spec.ports.push(port)
  const host = new ApplicationHost(`http://127.0.0.1:${port}`, spec)
  const server = createServer((request, response) => {
    void answer(host, request)
      .then((body) => ({ status: 200, body }))
      .catch((error: unknown) => ({
        status: 400,
        body: { error: error instanceof Error ? error.message : String(error) },
      }))
      .then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      )
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { host, close }
}

async function answer(host: ApplicationHost, request: IncomingMessage): Promise<unknown> {
  const [collection, name, action] = new URL(request.url ?? '/', host.url).pathname.split('/').filter(Boolean)
  if (collection === 'webhook') return carryOut(host, order.parse(await json(request)))
  if (collection !== 'apps') throw new Error('there is only /apps')
  if (name === undefined) return host.all()
  if (request.method === 'GET') return host.state(name)
  if (action === 'start') return host.start(name, startRequest.parse(await json(request)))
  if (action === 'prepare') return host.prepare(name, startRequest.parse(await json(request)))
  if (action === 'stop') return host.ordered(name, stopRequest.parse(await bodyOf(request)).cluster)
  if (action === 'kill') return host.kill(name)
  throw new Error(`${request.method} ${request.url} is nothing this host does`)
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const sent = await text(request)
  return sent === '' ? {} : JSON.parse(sent)
}

function carryOut(host: ApplicationHost, given: z.infer<typeof order>): ApplicationView | Promise<ApplicationView> {
  if (given.action === 'state') return host.state(given.name)
  if (given.action === 'stop') return host.ordered(given.name, given.cluster)
  return given.action === 'prepare' ? host.prepare(given.name, given) : host.start(given.name, given)
}
