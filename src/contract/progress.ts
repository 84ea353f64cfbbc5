import type { Finding } from './evidence.ts'
import type { OperationName } from './names.ts'
import type { StepId, StepProgress } from './steps.ts'

export type RunState =
  'running' | 'waiting' | 'paused' | 'succeeded' | 'aborted' | 'handed-over' | 'refused' | 'failed' | 'dry-run'

export type QuestionKind = 'approval' | 'ticket' | 'confirmation' | 'decision'

export interface Question {
  id: string
  step: StepId
  kind: QuestionKind
  text: string
  /** Actions a `decide` may name here; empty for the other kinds. */
  choices: string[]
  /** The message that answers it, ready to paste. */
  send: { update: string; payload: Record<string, unknown> }
  askedAt: string
}

export interface TicketProgress {
  id: string
  url?: string
  desk: string
  openedAt: string
  completedAt?: string
  completedBy?: string
  reminders: number
  escalated: boolean
}

export interface RefusedMessage {
  at: string
  message: string
  error: string
}

/** What the query `progress` answers, on a run that is open or closed. Version 1. */
export interface Progress {
  version: 1
  /** Of the worker that answers. Absent: 0.1.0, or the progress in a result. */
  release?: string
  operation: OperationName
  pair: string
  workflowId: string
  state: RunState
  mode: 'planned' | 'forced'
  dryRun: boolean
  source: string
  target: string
  episode: number
  planHash: string | null
  startedAt: string
  updatedAt: string
  finishedAt: string | null
  /** When stepping back became unsafe, if it did. */
  pointOfNoReturnAt: string | null
  steps: StepProgress[]
  currentStep: StepId | null
  waitingFor: Question[]
  /** Nothing new is started until somebody resumes. Absent: it is not paused. */
  paused?: { by: string; at: string; reason?: string }
  tickets: TicketProgress[]
  findings: Finding[]
  obligations: string[]
  notes: string[]
  abortRequested: boolean
  refusedMessages: { count: number; last: RefusedMessage[] }
  unknownMessages: { count: number; last: string[] }
}

/** What a finished run returns. */
export interface RunResult {
  state: RunState
  operation: OperationName
  pair: string
  episode: number
  summary: string
  progress: Progress
}
