import type { Expectations, Plan } from '../../contract/plan.ts'
import type { Finding } from '../../contract/evidence.ts'
import type { ForeseenOffsets } from '../../contract/offset-plan.ts'
import type { OperationName } from '../../contract/names.ts'
import type { Progress, RefusedMessage, RunState, TicketProgress } from '../../contract/progress.ts'
import type { StepId, StepProgress, StepState } from '../../contract/steps.ts'
import { Questions } from './questions.ts'

/** Refused and unknown messages are counted without bound and kept up to this many. */
const keptMessages = 20
/** Longest text of a stranger's message that is kept, in characters. */
const keptText = 300

/** Everything a run knows about itself, as plain state: tested without a server. */
export class RunRecord {
  readonly operation: OperationName
  readonly workflowId: string
  readonly questions = new Questions()
  readonly startedAt: string
  state: RunState = 'running'
  pair = ''
  dryRun = false
  episode = 0
  plan: Plan | null = null
  planHash: string | null = null
  expectations: Expectations | null = null
  /** Where the groups would continue, as it looked at the assessment. */
  offsets: ForeseenOffsets | null = null
  findings: Finding[] = []
  steps: StepProgress[] = []
  currentStep: StepId | null = null
  tickets: TicketProgress[] = []
  obligations: string[] = []
  notes: string[] = []
  updatedAt: string
  finishedAt: string | null = null
  pointOfNoReturnAt: string | null = null
  pausedBy: string | null = null
  paused: Progress['paused']
  abort: { by: string; at: string; reason: string } | null = null
  forceRequest: { by: string; reason: string; at: string } | null = null
  handOver: { by: string; reason: string; at: string } | null = null
  /** Completions of tickets that this run had not yet learned the id of. */
  readonly earlyCompletions = new Map<string, { by: string; note?: string; at: string }>()
  #refused = { count: 0, last: [] as RefusedMessage[] }
  #unknown = { count: 0, last: [] as string[] }

  constructor(operation: OperationName, workflowId: string, at: string) {
    this.operation = operation
    this.workflowId = workflowId
    this.startedAt = at
    this.updatedAt = at
  }

  layOut(steps: { id: StepId; title: string }[]): void {
    this.steps = steps.map(({ id, title }) => ({ id, title, state: 'pending', attempts: 0 }))
  }

  step(id: StepId): StepProgress {
    const step = this.steps.find((candidate) => candidate.id === id)
    if (!step) throw new Error(`the plan has no step ${id}`)
    return step
  }

  enter(id: StepId, state: StepState, at: string, text?: { detail?: string; reason?: string }): void {
    const step = this.step(id)
    step.state = state
    this.updatedAt = at
    if (state === 'running' && step.startedAt === undefined) step.startedAt = at
    if (text?.detail !== undefined) step.detail = text.detail
    if (text?.reason !== undefined) step.reason = text.reason
    if (state === 'done' || state === 'skipped' || state === 'undone') {
      step.endedAt = at
      if (step.startedAt !== undefined) step.seconds = (Date.parse(at) - Date.parse(step.startedAt)) / 1000
    }
  }

  refuse(message: string, error: string, at: string): void {
    this.#refused.count += 1
    this.#refused.last.push({ at, message: message.slice(0, keptText), error: error.slice(0, keptText) })
    if (this.#refused.last.length > keptMessages) this.#refused.last.shift()
  }

  unknown(name: string): void {
    this.#unknown.count += 1
    this.#unknown.last.push(name.slice(0, keptText))
    if (this.#unknown.last.length > keptMessages) this.#unknown.last.shift()
  }

  note(text: string): void {
    this.notes.push(text)
    if (this.notes.length > 50) this.notes.shift()
  }

  /** State shown: a run that waits for a person says so, whatever it does besides. */
  get shownState(): RunState {
    if (this.state !== 'running') return this.state
    if (this.pausedBy !== null) return 'paused'
    return this.questions.open.length > 0 ? 'waiting' : 'running'
  }

  progress(): Progress {
    return {
      version: 1,
      operation: this.operation,
      pair: this.pair,
      workflowId: this.workflowId,
      state: this.shownState,
      mode: this.plan?.mode ?? 'planned',
      dryRun: this.dryRun,
      source: this.plan?.source ?? '',
      target: this.plan?.target ?? '',
      episode: this.episode,
      planHash: this.planHash,
      startedAt: this.startedAt,
      updatedAt: this.updatedAt,
      finishedAt: this.finishedAt,
      pointOfNoReturnAt: this.pointOfNoReturnAt,
      steps: this.steps,
      currentStep: this.currentStep,
      waitingFor: this.questions.open,
      ...(this.paused && this.finishedAt === null ? { paused: this.paused } : {}),
      tickets: this.tickets,
      findings: this.findings,
      obligations: this.obligations,
      notes: this.notes,
      abortRequested: this.abort !== null,
      refusedMessages: { count: this.#refused.count, last: this.#refused.last },
      unknownMessages: { count: this.#unknown.count, last: this.#unknown.last },
    }
  }
}
