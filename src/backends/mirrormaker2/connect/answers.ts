import { z } from 'zod'

/**
 * What is taken from Connect's answers. Everything else is dropped while reading: its answers hold passwords in
 * connector and task settings. `config` is kept for one purpose, to be sent back with another `topics`.
 */

/** Settings of one connector; the largest that are known have two hundred. */
const mostSettings = 2_000

/**
 * Every connector with its settings, from `GET /connectors?expand=info`; null: it is no such answer. By hand, as the positions
 * are: a library that looks at each value takes five times as long, and the worker does nothing else meanwhile.
 */
export function readConnectors(answer: unknown): Connector[] | null {
  if (!isObject(answer)) return null
  const connectors: Connector[] = []
  for (const [name, entry] of Object.entries(answer)) {
    if (!isObject(entry)) return null
    const { info } = entry
    // A connector that was deleted while Connect listed it.
    if (info === undefined || info === null) continue
    const connector = isObject(info) ? connectorOf(name, info) : null
    if (connector === null) return null
    connectors.push(connector)
  }
  return connectors
}

function connectorOf(name: string, { config, tasks = [] }: Record<string, unknown>): Connector | null {
  if (!isObject(config) || !Array.isArray(tasks)) return null
  const settings = Object.entries(config)
  if (settings.length > mostSettings || !settings.every(([, value]) => value === null || typeof value === 'string'))
    return null
  const taskIds = tasks.map((one: unknown) => (isObject(one) ? one['task'] : undefined))
  if (!taskIds.every((id): id is number => typeof id === 'number')) return null
  const known = settings.filter((entry): entry is [string, string] => entry[1] !== null)
  return { name, config: Object.fromEntries(known), taskIds }
}

/**
 * Stored positions of any connector, from `GET /connectors/{name}/offsets`, as `[partition, offset]`; null: it is no such answer.
 * What MirrorMaker keeps is picked by whoever reads them.
 */
export function readOffsets(answer: unknown): [Record<string, unknown>, Record<string, unknown> | null][] | null {
  if (!isObject(answer) || !Array.isArray(answer['offsets'])) return null
  const found: [Record<string, unknown>, Record<string, unknown> | null][] = []
  for (const entry of answer['offsets'] as unknown[]) {
    if (!isObject(entry)) return null
    const { partition, offset } = entry
    if (!isObject(partition) || (offset !== null && !isObject(offset))) return null
    found.push([partition, offset])
  }
  return found
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const state = { state: z.string(), trace: z.string().optional() }
const connectorStatus = z.object({
  connector: z.object(state),
  tasks: z.array(z.object({ id: z.number(), ...state })),
})
export type ConnectorStatus = z.infer<typeof connectorStatus>

/** Tasks of one connector. */
const mostTasks = 10_000

/** From `GET /connectors/{name}/status`; null: it is no such answer. */
export function readStatus(answer: unknown): ConnectorStatus | null {
  const tasks = isObject(answer) ? answer['tasks'] : undefined
  return isLong(tasks) ? null : (connectorStatus.safeParse(answer).data ?? null)
}

const taskList = z.array(
  z.object({
    id: z.object({ task: z.number() }),
    config: z.object({ 'task.assigned.partitions': z.string().optional() }),
  }),
)

/** What the tasks of `GET /connectors/{name}/tasks` are assigned; null: it is no such answer. */
export function readAssignments(answer: unknown): Assignment[] | null {
  const tasks = isLong(answer) ? undefined : taskList.safeParse(answer).data
  return tasks?.flatMap(({ config }) => parseAssignment(config['task.assigned.partitions'] ?? '')) ?? null
}

function isLong(tasks: unknown): boolean {
  return Array.isArray(tasks) && tasks.length > mostTasks
}

export const problem = z.object({ error_code: z.number(), message: z.string() })

export interface Connector {
  name: string
  config: Record<string, string>
  /** Tasks that Connect's own configuration names, whatever their status says. */
  taskIds: number[]
}

/** [topic, partition] pairs a task works on. */
export type Assignment = [topic: string, partition: number]

/** One stored position of MirrorMaker: the last offset acknowledged. */
export interface StoredOffset {
  cluster: string
  topic: string
  partition: number
  offset: number
}

/** Null: the position is deleted. */
export interface OffsetChange extends Omit<StoredOffset, 'offset'> {
  offset: number | null
}

/** `accounting.invoices-0,accounting.orders-2`: topics may hold `-`, so only the last one separates. */
export function parseAssignment(text: string): Assignment[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const at = entry.lastIndexOf('-')
      return [entry.slice(0, at), Number(entry.slice(at + 1))]
    })
}
