/** Names that cross a process. They are a contract: UI, CLI, scripts, tests and golden histories use them. */

export const operations = ['failover', 'reset', 'failback'] as const
export type OperationName = (typeof operations)[number]

export const taskQueues = { runs: 'switchback' } as const

/** Long waits have a queue of their own beside the runs' queue, so that they never starve actions. */
export function waitsQueueOf(runsQueue: string): string {
  return `${runsQueue}-waits`
}

export const searchAttributes = {
  pair: 'SwitchbackPair',
  operation: 'SwitchbackOperation',
  state: 'SwitchbackState',
  ticket: 'SwitchbackTicket',
} as const

/** The pair's long-lived workflow: its front page in the UI and its only memory. */
export function pairWorkflowId(pair: string): string {
  return `pair/${pair}`
}

/** A comparison of a pair's copies with their source: one at a time. */
export function compareWorkflowId(pair: string): string {
  return `compare/${pair}`
}
