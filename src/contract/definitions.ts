import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common'
import type { z } from 'zod'
import type { CompareAnswer, CompareInput } from './compare.ts'
import type { Dossier } from './dossier.ts'
import type { PackedSample } from './evidence.ts'
import type { Lease } from './lease.ts'
import type { Recall } from './memory.ts'
import type { Answer, messageSchemas } from './messages.ts'
import type { failbackInput, failoverInput, resetInput } from './start-input.ts'
import type {
  AcquireAnswer,
  PairLedger,
  PairMemoryAnswer,
  PairStatus,
  pairRequestSchemas,
  Readiness,
  RecordAnswer,
} from './pair-messages.ts'
import type { PlanAnswer } from './plan.ts'
import type { Progress, Question, RunResult } from './progress.ts'
import type { LagAnswer, WatchState } from './watch.ts'

/**
 * Every message that crosses a process, by name and with its types: what workflows handle is what clients send. They are made here
 * and not by the SDK's `define…`, which belongs to workflow code, so that a client needs no more of the SDK than its types.
 */
function query<Ret>(): <Name extends string>(name: Name) => QueryDefinition<Ret, [], Name> {
  return (name) => ({ type: 'query', name }) as QueryDefinition<Ret, [], typeof name>
}

function update<Payload, Ret>(): <Name extends string>(name: Name) => UpdateDefinition<Ret, [Payload], Name> {
  return (name) => ({ type: 'update', name }) as UpdateDefinition<Ret, [Payload], typeof name>
}

function signal<Payload>(): <Name extends string>(name: Name) => SignalDefinition<[Payload], Name> {
  return (name) => ({ type: 'signal', name }) as SignalDefinition<[Payload], typeof name>
}

type ToRun<Name extends keyof typeof messageSchemas> = z.input<(typeof messageSchemas)[Name]>
type ToPair<Name extends keyof typeof pairRequestSchemas> = z.input<(typeof pairRequestSchemas)[Name]>

/** Of a run: a failover, a reset or a failback. */
export const runQueries = {
  progress: query<Progress>()('progress'),
  plan: query<PlanAnswer | NoPlan>()('plan'),
  report: query<string>()('report'),
}

/** Before the plan is drawn up. */
export interface NoPlan {
  note: string
}

/** The plan, or an error where there is none yet. */
export function planIn(answer: PlanAnswer | NoPlan): PlanAnswer {
  if ('plan' in answer) return answer
  throw new Error(answer.note)
}

export const runUpdates = {
  approve: update<ToRun<'approve'>, Answer>()('approve'),
  completeTicket: update<ToRun<'completeTicket'>, Answer>()('completeTicket'),
  confirm: update<ToRun<'confirm'>, Answer>()('confirm'),
  decide: update<ToRun<'decide'>, Answer>()('decide'),
  pause: update<ToRun<'pause'>, Answer>()('pause'),
  resume: update<ToRun<'resume'>, Answer>()('resume'),
  force: update<ToRun<'force'>, Answer>()('force'),
} satisfies Record<keyof typeof messageSchemas, unknown>

export const runSignals = {
  ticketCompleted: signal<ToRun<'completeTicket'>>()('ticketCompleted'),
}

/** Of a pair. */
export const pairQueries = {
  status: query<PairStatus>()('status'),
  history: query<PairEvent[]>()('history'),
  readiness: query<Readiness>()('readiness'),
  lag: query<LagAnswer>()('lag'),
  ledger: query<PairLedger>()('ledger'),
  dossier: query<Dossier>()('dossier'),
}

/** What runs and activities ask a pair beside those. */
export const innerPairQueries = {
  lease: query<Lease | null>()('lease'),
  lastSample: query<PackedSample | null>()('lastSample'),
  watched: query<WatchState | null>()('watched'),
  memory: query<PairMemoryAnswer>()('memory'),
}

export interface PairEvent {
  at: string
  text: string
}

export const pairUpdates = {
  handOver: update<ToPair<'handOver'>, Answer>()('handOver'),
  dischargeObligation: update<ToPair<'dischargeObligation'>, Answer>()('dischargeObligation'),
  recall: update<ToPair<'recall'>, Recall>()('recall'),
  adopt: update<ToPair<'adopt'>, Answer>()('adopt'),
}

/** What runs send to a pair: the lease, and what is recorded under it. */
export const innerPairUpdates = {
  acquire: update<ToPair<'acquire'>, AcquireAnswer>()('acquire'),
  record: update<ToPair<'record'>, RecordAnswer>()('record'),
  release: update<ToPair<'release'>, null>()('release'),
}

/** What Temporal can start, by name, for `client.workflow.start<Workflows['failover']>('failover', …)`. */
export interface Workflows {
  failover: (input: z.input<typeof failoverInput>) => Promise<RunResult>
  reset: (input: z.input<typeof resetInput>) => Promise<RunResult>
  failback: (input: z.input<typeof failbackInput>) => Promise<RunResult>
  compare: (input: CompareInput) => Promise<CompareAnswer>
}

type Payload = Record<string, unknown>

/**
 * The message that answers a question, as the question has it, with what is `said` beside or instead:
 * `handle.executeUpdate(...asAsked(question, { by: 'kim' }))`.
 */
export function asAsked(
  { send }: Pick<Question, 'send'>,
  said: Payload = {},
): [UpdateDefinition<Answer, [Payload]>, { args: [Payload] }] {
  const definition = Object.values(runUpdates).find(({ name }) => name === send.update)
  if (definition === undefined)
    throw new Error(
      `the question is answered by the update ${JSON.stringify(send.update)}, which this release does not know; known are ${Object.keys(runUpdates).join(', ')}: use the client of the worker's release`,
    )
  return [
    definition as UpdateDefinition<unknown, unknown[]> as UpdateDefinition<Answer, [Payload]>,
    { args: [{ ...send.payload, ...said }] },
  ]
}

const names = <Of extends object>(definitions: Of) => Object.keys(definitions) as (keyof Of)[]

export const runMessages = {
  queries: names(runQueries),
  updates: names(runUpdates),
  signals: names(runSignals),
}

export const pairMessages = {
  queries: names(pairQueries),
  updates: [...names(innerPairUpdates), ...names(pairUpdates)],
}
