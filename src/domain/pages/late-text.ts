import type { UnderWay } from '../../contract/activities.ts'

/** `pair`: nothing else can be done without it, so nothing interrupts it. */
export type CallKind = 'reads' | 'writes' | 'pair'

export interface LateCall {
  kind: CallKind
  activity: string
  /** ms since 1970. */
  since: number
  /** What it had counted at the last check. */
  done?: number
}

const goesOn = 'The run keeps trying, and this question closes by itself when it succeeds.'

/**
 * Why somebody is asked about a call that has not ended; undefined: it is only slow. A look that has not failed yet is slow; so is a
 * write within the time that was declared for it, and one that counts what it does. `seen` null: Temporal did not tell.
 */
export function lateText(call: LateCall, seen: readonly UnderWay[] | null, now: number): string | undefined {
  const seconds = Math.round((now - call.since) / 1000)
  if (seen === null)
    return call.kind === 'reads'
      ? undefined
      : `${call.activity} has not ended after ${seconds} s, and Temporal did not answer why. ${goesOn}`
  const texts = seen
    .filter(({ activity }) => activity === call.activity)
    .flatMap((one) => textOf(call, one, seconds, now) ?? [])
  return texts.length === 0 ? undefined : [...new Set(texts)].join('\n')
}

function textOf(call: LateCall, one: UnderWay, seconds: number, now: number): string | undefined {
  const what = one.doing ?? one.activity
  const waits = one.seen === undefined ? '' : ` Seen last: ${sentence(one.seen)}`
  if (one.failed !== undefined)
    return `${what} has not succeeded for ${seconds} s (attempt ${one.attempt}). The last failure: ${sentence(one.failed)}${waits} ${goesOn}`
  if (call.kind !== 'writes' || withinItsTime(call, one, now)) return undefined
  return `${what} has not ended after ${seconds} s.${waits === '' ? ' It gives no reason.' : waits} ${goesOn}`
}

function withinItsTime({ done }: LateCall, one: UnderWay, now: number): boolean {
  return (one.due !== undefined && now < one.due) || (one.done !== undefined && one.done !== done)
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
