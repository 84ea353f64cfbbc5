/**
 * `switchback/client`: what a client of another team needs to start runs, ask them and answer them. See docs/client.md.
 */
export {
  asAsked,
  pairQueries,
  pairUpdates,
  runQueries,
  runSignals,
  runUpdates,
  type NoPlan,
  type PairEvent,
  type Workflows,
} from './contract/definitions.ts'
export {
  compareWorkflowId,
  operations,
  pairWorkflowId,
  searchAttributes,
  taskQueues,
  type OperationName,
} from './contract/names.ts'
export {
  messageSchemas,
  type Answer,
  type Approve,
  type CompleteTicket,
  type Confirm,
  type Decide,
  type Force,
  type Pause,
} from './contract/messages.ts'
export { startInputs } from './contract/start-input.ts'
export type { CompareAnswer } from './contract/compare.ts'
export type { Dossier } from './contract/dossier.ts'
export type { Recall } from './contract/memory.ts'
export type { PairLedger, PairStatus, Readiness } from './contract/pair-messages.ts'
export type { PlanAnswer } from './contract/plan.ts'
export type { Progress, Question, RunResult } from './contract/progress.ts'
export type { LagAnswer } from './contract/watch.ts'
export { openDataConverter } from './payloads/data-converter.ts'
