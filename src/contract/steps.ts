import type { OperationName } from './names.ts'

/** Ids of the steps. A contract: the UI, `progress`, reports, the dossier and tests use them. */
export const stepIds = [
  'guard-returning',
  'assess',
  'approve',
  'create-topics',
  'stop-producers',
  'fence-source',
  'confirm-mirrored',
  'disable-topics',
  'open-target',
  'hand-over-producers',
  'mark-cut',
  'start-producers',
  'drain-consumers',
  'stop-consumers',
  'place-groups',
  'hand-over-consumers',
  'start-consumers',
  'open-ticket',
  'settle-stranded',
  'await-ticket',
  'confirm-disabled',
  'enable-reverse',
  'enable-original',
  'select-topics',
  'verify-remote',
  'verify',
] as const
export type StepId = (typeof stepIds)[number]

/** May a step be left out: never, by `force` when the source is dark, or by an operator's decision. */
export type SkipRule = 'never' | 'force' | 'operator'

export interface PlannedStep {
  id: StepId
  revision: number
}

export type StepState = 'pending' | 'running' | 'waiting' | 'done' | 'skipped' | 'failed' | 'undone'

export interface StepProgress {
  id: StepId
  title: string
  state: StepState
  /** ISO 8601, UTC. */
  startedAt?: string
  endedAt?: string
  seconds?: number
  /** One line for a person: what was found or done. */
  detail?: string
  /** Why it was skipped or failed. */
  reason?: string
  attempts: number
}

export interface OperationOutline {
  name: OperationName
  steps: PlannedStep[]
}
