import type { ConnectorConfig, MirrorMaker2Config } from '../settings.ts'
import { eachOf } from '../../../domain/text/each-of.ts'
import { mayMirror, type Surroundings } from './foreign.ts'
import type { Connector, ConnectorStatus } from '../connect/answers.ts'
import { createConnectClient, type ConnectClient } from '../connect/client.ts'
import { ConnectTrouble } from '../connect/trouble.ts'

/** A link and the Connect cluster it lives on. */
export interface Mm2Link {
  link: MirrorMaker2Config
  /** `A->B`, to begin a sentence with. */
  label: string
  connect: ConnectClient
  /** Null: not known, so every connector that mirrors the same way counts. */
  around: Surroundings | null
}

export const roles = ['source', 'checkpoint', 'heartbeat'] as const
export type Role = (typeof roles)[number]

export const connectorClasses = {
  source: 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
  checkpoint: 'org.apache.kafka.connect.mirror.MirrorCheckpointConnector',
  heartbeat: 'org.apache.kafka.connect.mirror.MirrorHeartbeatConnector',
} as const satisfies Record<Role, string>

/** A connector as Connect has it; `status` is null when none was reported yet. */
export interface Seen {
  role: Role
  connector: Connector
  status: ConnectorStatus | null
}

export interface LinkSeen {
  source: Seen | null
  checkpoint: Seen | null
  heartbeat: Seen | null
  /** Connectors of other names that mirror topics of the pair the same way: the one probed may not be the one that works. */
  strangers: Seen[]
  /** Such connectors beyond those that are looked at. Nothing is known of them. */
  unseenStrangers: number
}

/** A Connect says how many connectors it has: those that are judged by their settings, and those whose state is asked for. */
const mostJudged = 1_000
const mostStrangers = 100
/** Requests for them at a time. */
const atOnce = 8

export function openLink(link: MirrorMaker2Config, around: Surroundings | null = null): Mm2Link {
  return { link, around, label: `${link.from}->${link.to}`, connect: createConnectClient(link) }
}

export function configured(link: MirrorMaker2Config, role: Role): ConnectorConfig | undefined {
  return link[role]
}

/** One look at all connectors of the link. Absent is only what Connect has confirmed not to have. */
export async function seeLink(mm2: Mm2Link, signal?: AbortSignal): Promise<LinkSeen> {
  const { link, connect } = mm2
  const connectors = await listConnectors(mm2, signal)
  const see = async (role: Role, connector: Connector | undefined): Promise<Seen | null> =>
    connector ? { role, connector, status: await connect.status(connector.name, signal) } : null
  const own = (role: Role) => {
    const name = configured(link, role)?.name
    return see(role, name === undefined ? undefined : connectors.get(name))
  }
  const alike = [...connectors.values()].flatMap((connector) => {
    const role = roleOfStranger(link, connector)
    return role ? [{ role, connector }] : []
  })
  const strangers = alike
    .slice(0, mostJudged)
    .filter(({ connector }) => mm2.around === null || mayMirror(connector.config, mm2.around.topics))
  const [source, checkpoint, heartbeat, others] = await Promise.all([
    own('source'),
    own('checkpoint'),
    own('heartbeat'),
    eachOf(strangers.slice(0, mostStrangers), atOnce, ({ role, connector }) => see(role, connector)),
  ])
  return {
    source,
    checkpoint,
    heartbeat,
    strangers: others.filter((seen) => seen !== null),
    unseenStrangers: Math.max(0, alike.length - mostJudged) + Math.max(0, strangers.length - mostStrangers),
  }
}

/**
 * The list comes from the memory of the worker that is asked, which may lag behind (it starts, it is not the leader). A
 * connector missing there is asked for by name, and the list read again, before it counts as absent.
 */
async function listConnectors({ link, connect }: Mm2Link, signal?: AbortSignal): Promise<Map<string, Connector>> {
  const listed = await connect.connectors(signal)
  const missing = roles.flatMap((role) => configured(link, role)?.name ?? []).filter((name) => !listed.has(name))
  if (missing.length === 0) return listed
  const found = await Promise.all(missing.map((name) => connect.exists(name, signal)))
  const again = await connect.connectors(signal)
  if (missing.some((name, index) => found[index] && !again.has(name)))
    throw new ConnectTrouble('busy', `${connect.where} does not list ${missing.join(', ')} yet`)
  return again
}

function roleOfStranger(link: MirrorMaker2Config, { name, config }: Connector): 'source' | 'checkpoint' | null {
  if (roles.some((role) => configured(link, role)?.name === name)) return null
  if (config['source.cluster.alias'] !== link.from) return null
  // MirrorMaker's own default for a target without an alias is `target`.
  if (![undefined, 'target', link.to].includes(config['target.cluster.alias'])) return null
  const className = config['connector.class'] ?? ''
  // Connect accepts the class name without its package as well.
  if (/(^|\.)MirrorSource(Connector)?$/.test(className)) return 'source'
  if (/(^|\.)MirrorCheckpoint(Connector)?$/.test(className)) return 'checkpoint'
  return null
}

/** Stopped, and neither Connect's configuration nor the status names a task. A task may still be ending: see the barrier. */
export function isStopped({ connector, status }: Seen): boolean {
  return status?.connector.state === 'STOPPED' && status.tasks.length === 0 && connector.taskIds.length === 0
}

/** RUNNING with each of its tasks RUNNING. Says nothing about the source cluster: it may be gone all the same. */
export function isRunning({ connector, status }: Seen): boolean {
  if (status?.connector.state !== 'RUNNING') return false
  const states = new Map(status.tasks.map(({ id, state }) => [id, state]))
  return connector.taskIds.every((id) => states.get(id) === 'RUNNING') && states.size === connector.taskIds.length
}

/** `mirror-a-b: RUNNING, task 0 RUNNING` for a person. */
export function stateText({ connector, status }: Seen): string {
  if (!status) return `${connector.name}: no status yet`
  const tasks = status.tasks.map(({ id, state }) => `task ${id} ${state}`)
  return `${connector.name}: ${[status.connector.state, ...(tasks.length === 0 ? ['no tasks'] : tasks)].join(', ')}`
}
