import type { WorkflowHandle } from '@temporalio/client'
import type { OperationName } from '../../../src/contract/names.ts'
import type { Question, TicketProgress } from '../../../src/contract/progress.ts'
import type { FailoverInput, ResetInput } from '../../../src/contract/start-input.ts'

/** What an operation is started with, before defaults are filled in. */
export type Input = Partial<FailoverInput & ResetInput> & { pair: string; reason: string; requestedBy: string }

/** Who does what the runbook leaves to people: the demo itself, or somebody in front of the screen. */
export interface Person {
  /** Milliseconds an operation may take; null: as long as the person likes. */
  readonly patienceMs: number | null
  /** Starts an operation, and answers with its run. */
  begin(operation: OperationName, input: Input): Promise<WorkflowHandle>
  /** Called once for each question; returns when it is answered, or at once when somebody else will. */
  answer(question: Question, handle: WorkflowHandle): Promise<void>
  /** Called once for each ticket that is open at the desk. */
  workOn(ticket: TicketProgress): Promise<void>
}
