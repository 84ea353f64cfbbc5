import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import kafkajs from 'kafkajs'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { createServedTopics } from '../../lab/kafka/create-topics.ts'
import { mirror } from '../../lab/kafka/users.ts'
import type { LabCluster } from '../../lab/kafka/cluster.ts'
import type { Lab } from '../../lab/lab.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { MirrorMaker2Config } from '../../src/backends/mirrormaker2/settings.ts'
import { createMirrorMaker2 } from '../../src/backends/mirrormaker2/mirror-maker2.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import { PATIENCE_MS } from '../patience.ts'

/** A link as the lab's switchback.yaml has it. */
export function linkOf(lab: Lab, from: string, to: string): MirrorMaker2Config {
  const link = loadConfig(lab.configFile).pairs[lab.pair]?.links.find((one) => one.from === from && one.to === to)
  if (link?.backend !== 'mirrormaker2') throw new Error(`no link ${from}->${to} in ${lab.configFile}`)
  return link
}

/** Everything the adapter under test has answered or thrown, to look for secrets in. */
export const heard: string[] = []

/** The secret that every connector of the lab carries inline. */
export const plantedSecret = mirror.password

/** The adapter, overheard. */
export function mirrorMaker2(link: MirrorMaker2Config): MirroringPort {
  const port = createMirrorMaker2(link)
  const listen =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        const answer = await call(...args)
        heard.push(JSON.stringify(answer) ?? '')
        return answer
      } catch (error) {
        heard.push(...textsOf(error))
        throw error
      }
    }
  return {
    from: port.from,
    to: port.to,
    describe: listen((signal) => port.describe(signal)),
    mirroredTo: listen((topics, signal) => port.mirroredTo(topics, signal)),
    setSelection: listen((text, expected, signal) => port.setSelection(text, expected, signal)),
    enable: listen((signal) => port.enable(signal)),
    disable: listen((signal) => port.disable(signal)),
    probeDisabled: listen((signal) => port.probeDisabled(signal)),
    setPosition: listen((positions, signal) => port.setPosition(positions, signal)),
  }
}

function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  return [error.message, error.stack ?? '', JSON.stringify(error), ...(error.cause ? textsOf(error.cause) : [])]
}

/** Connect's REST API without the adapter: what another person could do. Fails on anything but a success. */
export async function connect(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said = await answer.text()
    if (answer.ok) return said === '' ? null : JSON.parse(said)
    if (answer.status !== 409 || attempt > 20) throw new Error(`${method} ${path}: ${answer.status} ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

export async function connectorConfig(url: string, name: string): Promise<Record<string, string>> {
  return (await connect(url, 'GET', `/connectors/${name}/config`)) as Record<string, string>
}

/** Changes settings of a connector behind the adapter's back; null takes one out. */
export async function changeConfig(url: string, name: string, change: Record<string, string | null>): Promise<void> {
  const settings = Object.entries({ ...(await connectorConfig(url, name)), ...change })
  await connect(url, 'PUT', `/connectors/${name}/config`, Object.fromEntries(settings.filter(([, v]) => v !== null)))
}

/** Waits until the connector has this state, and `tasks` of them when given. */
export async function untilState(url: string, name: string, state: string, tasks?: number): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const answer = await fetch(`${url}/connectors/${name}/status`)
    const seen = (await answer.json()) as { connector?: { state: string }; tasks?: { state: string }[] }
    const followed = seen.tasks?.length === tasks && seen.tasks?.every((task) => task.state === state)
    if (seen.connector?.state === state && (tasks === undefined || followed)) return
    if (Date.now() > end)
      throw new Error(
        `${name} is not ${state} with ${tasks ?? 'any number of'} tasks after ${PATIENCE_MS} ms: ${JSON.stringify(seen)}`,
      )
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export async function createTopics(cluster: LabCluster, topics: Record<string, number>): Promise<void> {
  const admin = kafkaClient(cluster.bootstrap, cluster.admin).admin()
  await admin.connect()
  try {
    await createServedTopics(
      admin,
      Object.entries(topics).map(([topic, numPartitions]) => ({ topic, numPartitions, replicationFactor: 1 })),
    )
  } finally {
    await admin.disconnect()
  }
}

export async function listTopics(cluster: LabCluster): Promise<string[]> {
  const admin = kafkaClient(cluster.bootstrap, cluster.admin).admin()
  await admin.connect()
  const topics = await admin.listTopics()
  await admin.disconnect()
  return topics
}

/** `count` records in each of the partitions. */
export async function produce(cluster: LabCluster, topic: string, partitions: number, count: number): Promise<void> {
  const producer = kafkaClient(cluster.bootstrap, cluster.admin).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  for (let partition = 0; partition < partitions; partition++)
    await producer.send({
      topic,
      messages: Array.from({ length: count }, (_, n) => ({ value: `record ${n}`, partition })),
    })
  await producer.disconnect()
}

export interface Passing {
  method: string
  path: string
  authorization: string | undefined
  /** Lets the request reach Connect and answers what it answered. */
  pass: () => Promise<{ status: number; text: string }>
}

/** What the proxy does instead of passing: an answer, `lost` (the connection breaks), or undefined (pass as it is). */
export type Meddling = (request: Passing) => Promise<Meddled> | Meddled
type Meddled = { status: number; text: string } | 'lost' | undefined

export interface Proxy {
  url: string
  /** Requests seen, as `PUT /connectors/x/config`. */
  seen: string[]
  meddle: Meddling
  close(): Promise<void>
}

/** A proxy in front of the real Connect that can be made to fail as a real one does on bad days. */
export async function startProxy(target: string, tls?: ServerOptions): Promise<Proxy> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? ''
    const path = request.url ?? ''
    proxy.seen.push(`${method} ${path}`)
    const body = await text(request)
    const pass = async () => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(target + path, { method, headers, ...(body === '' ? {} : { body }) })
      return { status: answer.status, text: await answer.text() }
    }
    const answer =
      (await proxy.meddle({ method, path, authorization: request.headers.authorization, pass })) ?? (await pass())
    if (answer === 'lost') request.socket.destroy()
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text)
  }
  const listener: RequestListener = (request, response) =>
    void handle(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)))
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: Proxy = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    meddle: () => undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return proxy
}

/** What Connect says while it rebalances, and when a request took too long. */
export const rebalancing = {
  status: 409,
  text: JSON.stringify({ error_code: 409, message: 'Cannot complete request momentarily due to stale configuration' }),
}
export const timedOut = { status: 500, text: JSON.stringify({ error_code: 500, message: 'Request timed out' }) }
