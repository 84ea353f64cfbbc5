import type { AppState } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import type { PlannedApplication } from '../../contract/plan.ts'
import type { StepId } from '../../contract/steps.ts'
import { ActivityFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow'
import { failureText, failureType, isLeaseLost } from '../runbook/failure-text.ts'
import { RetryRequested, SkipRequested, StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'

export function applicationsOf(run: Run, kind: PlannedApplication['kind']): PlannedApplication[] {
  return run.plan.applications.filter((application) => application.kind === kind)
}

/**
 * States by the probes. In a forced run each is asked once, within `timing.forcedTry`: one that does not answer may be lost with
 * its hosts, is `unknown`, and keeps no other back.
 */
export async function observeApplications(run: Run, kind: PlannedApplication['kind']): Promise<AppState[]> {
  const names = applicationsOf(run, kind).map(({ name }) => name)
  if (run.forced) return Promise.all(names.map((name) => observeOnce(run, name)))
  return run.activities.reads.observeApplications({ pair: run.plan.pair, names })
}

async function observeOnce(run: Run, name: string): Promise<AppState> {
  const look = async (): Promise<AppState> => {
    const { reads } = run.once(run.plan.timing.forcedTry)
    const [state] = await reads.observeApplications({ pair: run.plan.pair, names: [name] })
    return state ?? unknownState(name, 'its state was not reported')
  }
  try {
    return await look().catch((error: unknown) => {
      // A probe that hangs is ended by its worker: the time-out of Temporal's own is of a worker that was lost meanwhile.
      if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) return look()
      throw error
    })
  } catch (error) {
    if (isLeaseLost(error) || isCancellation(error)) throw error
    return unknownState(name, failureText(error))
  }
}

function unknownState(name: string, detail: string): AppState {
  return { name, adapter: 'command', state: 'unknown', detail }
}

/**
 * The same key for every repetition of one act, so that the other side can tell a repetition from a new order. The epoch is in
 * it: what is begun again after an abort, or taken over while it was undone, is a new order.
 */
export function actKey(run: Run, step: StepId, name: string, phase = ''): string {
  const { plan, episode, lease } = run
  return [plan.pair, episode, plan.operation, lease.epoch, step, name, phase].filter((part) => part !== '').join('/')
}

/**
 * An order that was carried out and is not in effect any more (somebody stopped what we had started, a late order met it) is given
 * again as a new one: whoever remembers keys would do nothing for the old one, however often a person asks for it.
 */
async function ordered<T>(run: Run, act: string, give: (key: string) => Promise<T>): Promise<T> {
  const before = run.carriedOut.get(act) ?? 0
  const carriedOut = (): void => void run.carriedOut.set(act, before + 1)
  try {
    const answer = await give(before === 0 ? act : `${act}/again-${before}`)
    carriedOut()
    return answer
  } catch (error) {
    if (failureType(error) === errorTypes.notYet) carriedOut()
    throw error
  }
}

/** What applications said when they had been stopped: the probe that ends each act, of this moment. */
export interface Stopped {
  states: AppState[]
  /** From the first act to the end of the last, ms. */
  tookMs: number
}

/** Stops applications, each once; a manual one is asked for and confirmed by a person. */
export async function stopAll(run: Run, step: StepId, states: AppState[]): Promise<Stopped> {
  const began = Date.now()
  const told = await Promise.allSettled(states.map((state) => stopOne(run, step, state)))
  // Each to its end: an order to stop that is still on its way must not meet an order to start.
  const seen = told.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
  return { states: seen, tookMs: Date.now() - began }
}

/** What a person can do before stopping a producer: the same as `prepare` of other controls. */
function inAdvance(run: Run, step: StepId): string {
  if (step !== 'stop-producers' || run.forced) return ''
  return `If it can be prepared (brought up on ${run.plan.target}, connected, writing nothing until its start is asked for), do that first. `
}

async function stopOne(run: Run, step: StepId, state: AppState): Promise<AppState> {
  if (state.state === 'stopped') return state
  if (state.adapter === 'manual') {
    await run.confirmed(step, `${inAdvance(run, step)}${state.instruction ?? `Stop ${state.name}, then confirm.`}`)
    return state
  }
  // In a forced run what the look before took is taken off.
  const { writes } = run.singleTry ? run.once(run.tryLeft) : run.activities
  return ordered(run, actKey(run, step, state.name), (key) =>
    writes.stopApplication({ lease: run.lease, name: state.name, key }),
  )
}

/** Of a forced run: stops each in one try. What could not be stopped is asked for its state again. */
export async function tryToStop(run: Run, step: StepId, states: AppState[]): Promise<AppState[]> {
  run.singleTry = true
  const stops = states.map(async (state) => {
    try {
      return await stopOne(run, step, state)
    } catch (error) {
      if (isLeaseLost(error) || isCancellation(error) || run.interrupted) throw error
      run.record.note(`${state.name} could not be stopped: ${failureText(error)}`)
      return state.state === 'unknown' ? state : observeOnce(run, state.name)
    }
  })
  run.singleTry = false
  const told = await Promise.allSettled(stops)
  return told.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/** Starts one application on a cluster. */
export async function startOne(
  run: Run,
  step: StepId,
  state: AppState,
  target: { cluster: string; topics: string[]; phase: 'remote-first' | 'all'; answeredFor?: true },
): Promise<void> {
  if (state.adapter === 'manual') {
    await run.confirmed(
      step,
      `Start ${state.name} on ${target.cluster}${asGroup(run, state.name, target.cluster)}, reading or writing ${target.topics.join(', ')}, then confirm. ${state.how ?? ''}`,
    )
    return
  }
  await ordered(run, actKey(run, step, state.name, target.phase), (key) =>
    run.activities.writes.startApplication({ lease: run.lease, name: state.name, key, ...target }),
  )
}

/** Applications of unknown state, and who answers for it that they do not run on the source. */
export interface AnsweredFor {
  by: string
  names: string[]
}

/**
 * Of a forced run: applications whose state nobody can tell, since their hosts may be lost with the source. They hold nothing back:
 * a person is asked at once, and answers for it that they do not run there. Null: there are none, or the run is planned.
 */
export async function answeredFor(
  run: Run,
  step: StepId,
  states: AppState[],
  words?: { proceed: (names: string) => string; skip?: false },
): Promise<AnsweredFor | null> {
  const unknown = states.filter(({ state, adapter }) => state === 'unknown' && adapter !== 'manual')
  if (!run.forced || unknown.length === 0) return null
  const { source, target } = run.plan
  const names = unknown.map(({ name }) => name)
  const answer = await run.decide(
    step,
    `It is unknown whether ${unknown.map(({ name, detail }) => `${name} still runs${detail === undefined ? '' : ` (${detail})`}`).join('; ')}. ` +
      (words?.proceed(names.join(', ')) ??
        `"proceed" starts ${names.join(', ')} on ${target}: you answer for it that nothing of it writes to ${source} any more. "skip" leaves the start to you.`),
    run.choices(words?.skip === false ? ['proceed', 'retry'] : ['proceed', 'retry', 'skip']),
  )
  if (answer.action === 'retry') throw new RetryRequested(answer.note ?? 'retry')
  if (answer.action === 'skip') throw new SkipRequested(`skipped by ${answer.by}: ${answer.note ?? ''}`)
  run.record.note(`${answer.by} answers for it that ${names.join(', ')} does not run on ${source}`)
  return { by: answer.by, names }
}

/** What a person has to be told of a group that is called otherwise there. */
function asGroup(run: Run, name: string, cluster: string): string {
  const group = run.plan.applications.find((application) => application.name === name)?.group
  const id = group === undefined ? undefined : run.plan.groupIds?.[cluster]?.[group]
  return id === undefined ? '' : ` as group ${id}`
}

/** Fails when an application that can be asked is not in the state wanted. */
export async function proveApplications(
  run: Run,
  kind: PlannedApplication['kind'],
  wanted: { state: 'running' | 'stopped'; cluster?: string },
): Promise<AppState[]> {
  const states = await observeApplications(run, kind)
  refuseWrong(states, wanted)
  return states
}

/** So long the answer of an act stands for a probe of its own, ms. */
const freshMs = 2_000

/** All are stopped: by the acts' own probes where these were a moment ago, else by new ones. */
export async function proveStopped(
  run: Run,
  kind: PlannedApplication['kind'],
  stopped: Stopped | undefined,
): Promise<AppState[]> {
  if (stopped === undefined || (stopped.tookMs > freshMs && !run.singleTry))
    return proveApplications(run, kind, { state: 'stopped' })
  refuseWrong(stopped.states, { state: 'stopped' })
  return stopped.states
}

export function refuseWrong(states: AppState[], wanted: { state: 'running' | 'stopped'; cluster?: string }): void {
  const wrong = states.filter(
    (state) =>
      state.adapter !== 'manual' &&
      (state.state !== wanted.state ||
        (wanted.cluster !== undefined && state.cluster !== undefined && state.cluster !== wanted.cluster)),
  )
  if (wrong.length > 0) {
    throw new StepProblem(
      `Not ${wanted.state}${wanted.cluster ? ` on ${wanted.cluster}` : ''}: ` +
        wrong
          .map(
            (s) => `${s.name} is ${s.state}${s.cluster ? ` on ${s.cluster}` : ''}${s.detail ? ` (${s.detail})` : ''}`,
          )
          .join(', '),
      { mayPassByItself: true },
    )
  }
}
