import type { MirrorMaker2Config } from '../settings.ts'
import { configurationFault, rejected } from '../../../ports/failures.ts'
import {
  problem,
  readAssignments,
  readConnectors,
  readOffsets,
  readStatus,
  type Assignment,
  type Connector,
  type ConnectorStatus,
  type OffsetChange,
  type StoredOffset,
} from './answers.ts'
import { parsedInTurns, parsedJson } from '../../../adapters/http/parsed-json.ts'
import { httpRequest, type HttpRequest } from './http-request.ts'
import { scrubbed } from './scrub.ts'
import { ConnectTrouble } from './trouble.ts'

/**
 * Reading positions queues behind a task that does not end (10 s and more), and is the proof that it has ended. It is
 * given at least so long, in ms, whatever the configuration says.
 */
const OFFSETS_TIMEOUT_MS = 30_000

/** Connect's REST API, as far as a link needs it. Absent connectors are `null`; everything else that is not a success throws. */
export interface ConnectClient {
  /** Alias pair and address, to begin a sentence with: `A->B: Kafka Connect at localhost:8083`. */
  readonly where: string
  /** `Kafka Connect at localhost:8083`. */
  readonly address: string
  /** Every connector. Answered from the worker's memory: also while it is busy with a connector that does not stop. */
  connectors(signal?: AbortSignal): Promise<Map<string, Connector>>
  /** Answered by the herder once it has read all settings and joined its group, so that "no" can be believed. */
  exists(name: string, signal?: AbortSignal): Promise<boolean>
  /** From the status topic: may be stale. `null`: nothing was reported yet. */
  status(name: string, signal?: AbortSignal): Promise<ConnectorStatus | null>
  assignments(name: string, signal?: AbortSignal): Promise<Assignment[] | null>
  offsets(name: string, signal?: AbortSignal): Promise<StoredOffset[] | null>
  create(name: string, config: Record<string, string>, signal?: AbortSignal): Promise<void>
  putConfig(name: string, config: Record<string, string>, signal?: AbortSignal): Promise<void>
  patchOffsets(name: string, offsets: OffsetChange[], signal?: AbortSignal): Promise<void>
  /** `false`: there is no such connector. */
  stop(name: string, signal?: AbortSignal): Promise<boolean>
  resume(name: string, signal?: AbortSignal): Promise<void>
  restartFailed(name: string, signal?: AbortSignal): Promise<void>
  restartTask(name: string, task: number, signal?: AbortSignal): Promise<void>
}

export function createConnectClient(link: MirrorMaker2Config): ConnectClient {
  const { host, username, password } = new URL(link.connect.url)
  const address = `Kafka Connect at ${host}`
  const where = `${link.from}->${link.to}: ${address}`
  if (username || password)
    throw configurationFault(`${where}: connect.url holds a user name; put it into connect.basicAuth`)
  const connector = (name: string) => `/connectors/${encodeURIComponent(name)}`

  /** The body of a success; `null` when this connector is absent. */
  async function call(
    request: Omit<HttpRequest, 'timeoutMs'> & { timeoutMs?: number; about?: string; config?: Record<string, string> },
  ): Promise<{ text: string } | null> {
    request.signal?.throwIfAborted()
    const { about, config = {}, ...rest } = request
    const answer = await httpRequest(link, where, { timeoutMs: link.connect.timeoutMs, ...rest })
    if (answer.status >= 200 && answer.status < 300) return { text: answer.text }
    const message = problemMessage(answer.text)
    const what = `${where} answered ${answer.status} to ${request.method} ${request.path}`
    // Only Connect's own words about this connector mean absent: a wrong address answers 404 as well.
    if (answer.status === 404 && about !== undefined && message?.includes(about)) return null
    if (answer.status === 401 || answer.status === 403)
      throw rejected(
        `${what}: it does not accept us. Check connect.basicAuth and connect.tls of this link in switchback.yaml`,
      )
    // A worker answers 404 to everything, with a page of HTML, for some 2 s while it starts.
    if (answer.status === 404)
      throw new ConnectTrouble('no-answer', `${what}: it is just starting, or this is not Connect's REST API`)
    const said = message === undefined ? '' : `: ${saidAbout(message, config)}`
    if (answer.status === 409 && message?.includes('already exists'))
      throw new ConnectTrouble('unsettled', `${what}${said}`)
    if (answer.status === 409 || answer.status === 503) throw new ConnectTrouble('busy', `${what}${said}`)
    if (answer.status >= 500) throw new ConnectTrouble('unsettled', `${what}${said}`)
    throw rejected(`${what}${said}`)
  }

  /** `pick`: what is taken from the answer; null when it is none of Connect's. */
  async function read<T>(
    pick: (answer: unknown) => T | null,
    path: string,
    about: string | undefined,
    signal: AbortSignal | undefined,
    timeoutMs: number = link.connect.timeoutMs,
  ): Promise<T | null> {
    const answer = await call({ method: 'GET', path, signal, timeoutMs, ...(about === undefined ? {} : { about }) })
    if (answer === null) return null
    const picked = pick(await parsedInTurns(answer.text))
    // The reasons would quote the answer, and with it passwords.
    if (picked === null) throw rejected(`${where}: the answer to GET ${path} is not one of Connect. Check connect.url`)
    return picked
  }

  return {
    where,
    address,
    async connectors(signal) {
      // Not with expand=status: Connect leaves out a connector whose status was not reported yet.
      const list = (await read(readConnectors, '/connectors?expand=info', undefined, signal)) ?? []
      return new Map(list.map((one) => [one.name, one]))
    },
    async exists(name, signal) {
      return (await call({ method: 'GET', path: `${connector(name)}/config`, about: name, signal })) !== null
    },
    status: (name, signal) => read(readStatus, `${connector(name)}/status`, name, signal),
    assignments: (name, signal) => read(readAssignments, `${connector(name)}/tasks`, name, signal),
    async offsets(name, signal) {
      const timeoutMs = Math.max(link.connect.timeoutMs, OFFSETS_TIMEOUT_MS)
      const list = await read(readOffsets, `${connector(name)}/offsets`, name, signal, timeoutMs)
      return list && list.flatMap(([partition, offset]) => storedOffset(where, name, partition, offset))
    },
    async create(name, config, signal) {
      await call({ method: 'POST', path: '/connectors', body: { name, config }, config, signal })
    },
    async putConfig(name, config, signal) {
      await call({ method: 'PUT', path: `${connector(name)}/config`, body: config, config, signal })
    },
    async patchOffsets(name, offsets, signal) {
      const body = {
        offsets: offsets.map(({ cluster, topic, partition, offset }) => ({
          partition: { cluster, topic, partition },
          offset: offset === null ? null : { offset },
        })),
      }
      await call({
        method: 'PATCH',
        path: `${connector(name)}/offsets`,
        body,
        signal,
        timeoutMs: Math.max(link.connect.timeoutMs, OFFSETS_TIMEOUT_MS),
      })
    },
    async stop(name, signal) {
      return (await call({ method: 'PUT', path: `${connector(name)}/stop`, about: name, signal })) !== null
    },
    async resume(name, signal) {
      await call({ method: 'PUT', path: `${connector(name)}/resume`, signal })
    },
    async restartFailed(name, signal) {
      await call({ method: 'POST', path: `${connector(name)}/restart?includeTasks=true&onlyFailed=true`, signal })
    },
    async restartTask(name, task, signal) {
      await call({ method: 'POST', path: `${connector(name)}/tasks/${task}/restart`, signal })
    },
  }
}

/** Characters. Connect's own words about a problem are a few lines. */
const longestProblem = 64 * 1024

function problemMessage(text: string): string | undefined {
  return text.length > longestProblem ? undefined : problem.safeParse(parsedJson(text)).data?.message
}

/** A refused configuration is answered with its values: only the names of its settings are passed on. */
function saidAbout(message: string, config: Record<string, string>): string {
  if (Object.keys(config).length === 0) return scrubbed(message, {})
  const named = [...new Set(message.match(/[\w-]+(?:\.[\w-]+)+|\b(?:topics|groups|name)\b/g))].filter(
    (word) => word in config,
  )
  return `the configuration is not accepted${named.length === 0 ? '' : `; settings named: ${named.join(', ')}`}`
}

function storedOffset(
  where: string,
  name: string,
  partition: Record<string, unknown>,
  offset: Record<string, unknown> | null,
): StoredOffset[] {
  const { cluster, topic, partition: number } = partition
  const value = offset?.['offset']
  if (typeof cluster !== 'string' || typeof topic !== 'string' || typeof number !== 'number') return []
  if (typeof value !== 'number') return []
  if (!Number.isSafeInteger(value))
    throw rejected(
      `${where}: connector ${name} names offset ${value} for ${topic}-${number}, beyond 2^53: it cannot be read exactly`,
    )
  return [{ cluster, topic, partition: number, offset: value }]
}
