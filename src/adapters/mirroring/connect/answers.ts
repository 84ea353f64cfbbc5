import { z } from 'zod'

/**
 * What is taken from Connect's answers. Everything else is dropped while reading: its answers hold passwords in
 * connector and task settings. `config` is kept for one purpose, to be sent back with another `topics`.
 */

export const connectorList = z.record(
  z.string(),
  z.object({
    info: z
      .object({
        config: z.record(z.string(), z.string().nullable()),
        tasks: z.array(z.object({ task: z.number() })).default([]),
      })
      // A connector that was deleted while Connect listed it.
      .nullish(),
  }),
)

const state = { state: z.string(), trace: z.string().optional() }
export const connectorStatus = z.object({
  connector: z.object(state),
  tasks: z.array(z.object({ id: z.number(), ...state })),
})
export type ConnectorStatus = z.infer<typeof connectorStatus>

export const taskList = z.array(
  z.object({
    id: z.object({ task: z.number() }),
    config: z.object({ 'task.assigned.partitions': z.string().optional() }),
  }),
)

const anything = z.unknown().optional()
/** Of any connector: what MirrorMaker keeps is picked, and thousands of rows are read for each look at the lag. */
export const offsetList = z.object({
  offsets: z.array(
    z.object({
      partition: z.object({ cluster: anything, topic: anything, partition: anything }),
      offset: z.object({ offset: anything }).nullable(),
    }),
  ),
})

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
