import { condition, defineSignal, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow'
import { ActivityFailure, ApplicationFailure } from '@temporalio/common'

/** An activity of the product, as a stranger schedules it. */
export interface Act {
  name: string
  input: object
  queue: string
}

export type Outcome = { name: string; done: unknown } | { name: string; type: string; message: string }

export const play = defineUpdate<Outcome[], [Act[]]>('play')
export const leave = defineSignal('leave')

/** A workflow of whoever may write in the namespace: it has the product's own workers carry out what it is sent, one after the other. */
export async function intruder(): Promise<void> {
  let over = false
  setHandler(play, async (acts) => {
    const outcomes: Outcome[] = []
    for (const act of acts) outcomes.push(await outcomeOf(act))
    return outcomes
  })
  setHandler(leave, () => {
    over = true
  })
  await condition(() => over)
}

async function outcomeOf({ name, input, queue }: Act): Promise<Outcome> {
  const activities = proxyActivities<Record<string, (input: object) => Promise<unknown>>>({
    taskQueue: queue,
    startToCloseTimeout: '60 seconds',
    retry: { maximumAttempts: 1 },
  })
  try {
    return { name, done: await activities[name]?.(input) }
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : error
    const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : String(cause?.constructor.name)
    return { name, type, message: cause instanceof Error ? cause.message : String(cause) }
  }
}
