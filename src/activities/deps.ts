import { setMaxListeners } from 'node:events'
import { cancellationSignal } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import type { Config } from '../config/schema.ts'
import type { LookingPorts } from '../ports/looks.ts'

export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** What every activity factory is given. `config` is asked anew for each call, so that a corrected file counts in mid-run. */
export interface ActivityDeps {
  /** Only to look: what writes is `permitted`. */
  ports: LookingPorts
  config: () => Config
  client: Client
  clock: Clock
}

export function timestamp(deps: ActivityDeps): string {
  return deps.clock.now().toISOString()
}

/** The signal of the activity that is running: passed to every outside call, so that a cancelled activity leaves no I/O behind. */
export function activitySignal(): AbortSignal {
  return unlimited(cancellationSignal())
}

/** Dozens of requests at the same time listen to one signal: that is no leak to warn of. */
export function unlimited(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}
