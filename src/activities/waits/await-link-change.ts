import type { LinkChange, WaitActivities } from '../../contract/activities.ts'
import { linkName } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { lookUntil } from './look-until.ts'

type Input = Parameters<WaitActivities['awaitLinkChange']>[0]

/** Looks until the link is what was ordered, or until it cannot become so any more without another order. */
export async function awaitLinkChange(deps: ActivityDeps, input: Input): Promise<LinkChange> {
  const port = deps.ports.mirroring(input.pair, input.from, input.to)
  let idleSince: number | undefined
  const look = async (signal: AbortSignal): Promise<LinkChange> => {
    const { state, detail } = await port.describe(signal)
    const off = input.wanted === 'disabled' ? await port.probeDisabled(signal) : null
    const reached = off === null ? state === 'running' : off.disabled
    const now = deps.clock.now().getTime()
    // `starting` is an operation under way; anything else stays as it is until somebody orders a change.
    idleSince = reached || state === 'starting' ? undefined : (idleSince ?? now)
    const idle = idleSince !== undefined && now - idleSince >= input.idleMs
    const over = reached ? null : state === 'failed' ? 'failed' : idle ? 'idle' : null
    return { reached, over, detail: off?.detail ?? `${linkName(input)} is ${state}: ${detail}` }
  }
  const { verdict, problem } = await lookUntil<LinkChange>(input, async (signal) => {
    const found = await look(signal)
    return {
      verdict: found,
      done: found.reached || found.over !== null,
      live: { ...found },
      outstanding: new Map([[linkName(input), found.detail]]),
    }
  })
  if (verdict !== undefined && problem === null) return verdict
  return { reached: false, over: null, detail: problem ?? `${linkName(input)} was not checked` }
}
