import { roleOf } from '../domain/plan/application-role.ts'
import type { ApplicationPort, ApplicationState, ApplicationTarget } from '../ports/applications.ts'
import { notYet, precondition, rejected, unknownOutcome } from '../ports/failures.ts'
import { tellSeen } from '../ports/seen.ts'
import type { Application } from './control.ts'
import { instructionText } from './instruction-text.ts'
import { pause } from './pause.ts'
import { stateText } from './state-answer.ts'

export type Order =
  /** `cluster`: where it runs, when the probe has told. */
  | { action: 'stop'; key: string; cluster: string | undefined }
  | { action: 'start'; key: string; target: ApplicationTarget }

export type PrepareOrder = { action: 'prepare'; key: string; target: ApplicationTarget }

export type ActOutcome =
  | { outcome: 'done' }
  /** The other side said no, or that it could not. */
  | { outcome: 'failed'; reason: string }
  /** Nothing is known: it took too long, or the connection broke. */
  | { outcome: 'unanswered'; reason: string }

/** How an application is reached. A `probe` that fails throws; `act` throws only when nothing can have happened. */
export interface ApplicationControl {
  readonly adapter: string
  /** Milliseconds an action may take to show in the state. */
  readonly timeoutMs: number
  probe(signal: AbortSignal | undefined): Promise<ApplicationState>
  act(order: Order | PrepareOrder, signal: AbortSignal | undefined): Promise<ActOutcome>
  /** It knows the act `prepare`. */
  readonly prepares: boolean
}

/** Between two probes after an action, growing: most applications stop at once, some take a minute. */
const firstPauseMs = 200
const longestPauseMs = 2_000
/** A probe that is not relied on, since a person answered for it, is not waited for longer than this. */
const answeredProbeMs = 3_000

/** Stop and start as look, act, look until it is so: done twice they change nothing, and the state decides. */
export function controlledApplication(app: Application, control: ApplicationControl): ApplicationPort {
  async function carryOut(order: Order, signal: AbortSignal | undefined): Promise<ApplicationState> {
    const before = await probeBefore(order, signal)
    if (isSo(before, order, roleOf(app))) return before
    if (order.action === 'start') mayStart(app, before, order.target)
    const known: Order = order.action === 'stop' ? { ...order, cluster: before.cluster } : order
    // As long as its owner says that it may take, nobody is asked.
    const due = Date.now() + control.timeoutMs
    tellSeen(`${order.action} of ${app.name} is ordered`, due)
    const result = await control.act(known, signal)
    const seen = await probeUntil(order, { withinMs: result.outcome === 'failed' ? 0 : control.timeoutMs, due }, signal)
    if (seen.so) return seen.state
    // Its probe cannot tell now either: what was carried out stands, and the topics show whether it writes.
    if (result.outcome === 'done' && isAnsweredFor(order) && cannotTell(seen))
      return seen.state ?? { state: 'unknown', detail: messageOf(seen.failure) }
    const doing = `${order.action} of ${app.name}`
    if (result.outcome === 'done')
      throw seen.state
        ? notYet(
            `The ${doing} was carried out, but ${control.timeoutMs / 1000} s later the probe says: ${stateText(seen.state)}.`,
          )
        : seen.failure
    const now = seen.state ? `the probe says: ${stateText(seen.state)}` : `the probe fails: ${messageOf(seen.failure)}`
    if (result.outcome === 'failed') throw rejected(`The ${doing} failed: ${result.reason}. Now ${now}.`)
    throw unknownOutcome(
      `Nothing is known about the ${doing}: ${result.reason}; ${now}. Check the application, then decide retry: it is checked again before anything is done.`,
    )
  }

  async function probeBefore(order: Order, signal: AbortSignal | undefined): Promise<ApplicationState> {
    if (!isAnsweredFor(order)) return control.probe(signal)
    const seen = await probeOnce(order, signal)
    return seen.state ?? { state: 'unknown', detail: messageOf(seen.failure) }
  }

  async function probeUntil(
    order: Order,
    { withinMs, due }: { withinMs: number; due: number },
    signal: AbortSignal | undefined,
  ): Promise<Seen> {
    const deadline = Date.now() + withinMs
    for (let wait = firstPauseMs; ; wait = Math.min(wait * 2, longestPauseMs)) {
      const seen = await probeOnce(order, signal)
      if (seen.so || Date.now() + wait > deadline) return seen
      if (isAnsweredFor(order) && cannotTell(seen)) return seen
      if (seen.state) tellSeen(`the probe of ${app.name} says: ${stateText(seen.state)}`, due)
      else tellSeen(`the probe of ${app.name} fails: ${messageOf(seen.failure)}`)
      await pause(wait, signal)
    }
  }

  async function probeOnce(order: Order, signal: AbortSignal | undefined): Promise<Seen> {
    try {
      const state = await control.probe(isAnsweredFor(order) ? within(answeredProbeMs, signal) : signal)
      return { so: isSo(state, order, roleOf(app)), state }
    } catch (failure) {
      signal?.throwIfAborted()
      return { so: false, state: null, failure }
    }
  }

  /** No probe tells what is only prepared: the answer is all there is. */
  async function only(order: Order | PrepareOrder, what: string, signal: AbortSignal | undefined): Promise<void> {
    const result = await control.act(order, signal)
    if (result.outcome !== 'done') throw rejected(`${what} failed: ${result.reason}.`)
  }

  const warm: Pick<ApplicationPort, 'prepare' | 'discard'> = {
    prepare: (target, key, signal) =>
      only({ action: 'prepare', key, target }, `Preparing ${app.name} on ${target.cluster}`, signal),
    discard: (cluster, key, signal) =>
      only({ action: 'stop', key, cluster }, `Stopping what was prepared of ${app.name} on ${cluster}`, signal),
  }

  return {
    ...(control.prepares ? warm : {}),
    name: app.name,
    adapter: control.adapter,
    state: (signal) => control.probe(signal),
    stop: (key, signal) => carryOut({ action: 'stop', key, cluster: undefined }, signal),
    start: (target, key, signal) => carryOut({ action: 'start', key, target }, signal),
    instruction: (action, target) => instructionText(app, action, target, ''),
  }
}

type Seen = { so: boolean; state: ApplicationState } | { so: false; state: null; failure: unknown }

/** What a probe does not tell is taken to fit, except a consumer's topics: between two phases they are all that changes. */
function isSo(state: ApplicationState, order: Order, kind: 'producer' | 'consumer'): boolean {
  if (order.action === 'stop') return state.state === 'stopped'
  const { cluster, topics } = order.target
  if (state.state !== 'running' || (state.cluster !== undefined && state.cluster !== cluster)) return false
  return state.topics === undefined ? kind === 'producer' : sameWords(state.topics, topics)
}

function within(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(ms)
  return signal === undefined ? limit : AbortSignal.any([signal, limit])
}

function isAnsweredFor(order: Order): boolean {
  return order.action === 'start' && order.target.answeredFor === true
}

function cannotTell({ state }: Seen): boolean {
  return state === null || state.state === 'unknown'
}

function mayStart({ name }: Application, before: ApplicationState, { cluster, answeredFor }: ApplicationTarget): void {
  if (before.state === 'unknown' && !answeredFor)
    throw notYet(
      `${name} was not started on ${cluster}: its probe cannot determine whether it runs${before.detail === undefined ? '' : ` (${before.detail})`}, and two of them would do harm. Find out, and make the probe report it.`,
    )
  if (before.state === 'running' && before.cluster !== undefined && before.cluster !== cluster)
    throw precondition(
      `${name} was not started on ${cluster}: it runs on ${before.cluster}. Stop it there first, then decide retry.`,
    )
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((word) => b.includes(word))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
