import { AsyncLocalStorage } from 'node:async_hooks'

/** What an act that waits sees at the moment. */
export interface SeenNow {
  /** A sentence's part for a person: `source connector RUNNING, task 0 RUNNING`. */
  seen: string
  /** ms since 1970: until then what is waited for is within its declared time. Absent: it is not declared. */
  due?: number
}

const listening = new AsyncLocalStorage<(now: SeenNow) => void>()

/** Carries `act` out; whatever waits inside it tells `listener` what it sees. */
export function listeningTo<T>(listener: (now: SeenNow) => void, act: () => Promise<T>): Promise<T> {
  return listening.run(listener, act)
}

/**
 * Called by an adapter at each check of a wait, so that a person who is asked about it is told what it waits for. Without a
 * listener it does nothing.
 */
export function tellSeen(seen: string, due?: number): void {
  listening.getStore()?.({ seen, ...(due === undefined ? {} : { due }) })
}
