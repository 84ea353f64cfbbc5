import { messageOf } from '../message-of.ts'
import { failed, type CheckLine } from './line.ts'

/** A look at one connection. A slow one is given up after this: the adapters' own limits are shorter as a rule. */
const probeLimitMs = 45_000

/** Runs one look; what it throws becomes a failed line. The adapters' texts say what to do. */
export async function probe(what: string, look: (signal: AbortSignal) => Promise<CheckLine[]>): Promise<CheckLine[]> {
  const limit = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${probeLimitMs / 1000} s: check the address and the network in between`)
      limit.abort(error)
      reject(error)
    }, probeLimitMs)
  })
  try {
    return await Promise.race([look(limit.signal), timeout])
  } catch (error) {
    return [failed(what, `${messageOf(error)}.`)]
  } finally {
    clearTimeout(timer)
  }
}
