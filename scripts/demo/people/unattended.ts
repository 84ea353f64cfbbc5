import { setTimeout as sleep } from 'node:timers/promises'
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client'
import { httpJson } from '../../../lab/process/http-json.ts'
import { asAsked } from '../../../src/contract/definitions.ts'
import { taskQueues, type OperationName } from '../../../src/contract/names.ts'
import type { Question, TicketProgress } from '../../../src/contract/progress.ts'
import type { Narrator } from '../narrator.ts'
import type { Stage } from '../stage.ts'
import type { Input, Person } from './person.ts'

/** Milliseconds an operation may take before the demo gives it up: each takes well under a minute. */
const PATIENCE_MS = 240_000
/** Milliseconds until staff look at a new ticket, so that the wait for it is seen. */
const DESK_LATENCY_MS = 1_000
/** Milliseconds the desk may take to stop a link whose source is dark. */
const DESK_TIMEOUT_MS = 150_000

/** Owner, operator and the desk's staff in one, through the doors that they have. */
export class Unattended implements Person {
  readonly patienceMs = PATIENCE_MS
  readonly #stage: Stage
  readonly #narrator: Narrator

  constructor(stage: Stage, narrator: Narrator) {
    this.#stage = stage
    this.#narrator = narrator
  }

  begin(operation: OperationName, input: Input): Promise<WorkflowHandle> {
    return this.#stage.client.workflow.start(operation, {
      args: [input],
      taskQueue: taskQueues.runs,
      workflowId: `${operation}/${input.pair}/demo`,
      staticSummary: `${operation} of ${input.pair}: ${input.reason}`,
    })
  }

  async answer(question: Question, handle: WorkflowHandle): Promise<void> {
    if (question.kind === 'approval')
      return this.#send(handle, 'approve', { ...question.send.payload, by: 'instance owner' })
    if (question.kind === 'confirmation' && question.step === 'settle-stranded')
      return this.#send(handle, 'confirm', { question: question.id, by: 'instance owner' })
    if (question.step === 'settle-stranded') {
      const { stranded } = this.#stage.options
      const payload = {
        question: question.id,
        action: stranded,
        by: 'instance owner',
        reason: `--stranded ${stranded}`,
      }
      return this.#send(handle, 'decide', payload)
    }
    // Where access is managed by IAM, nothing refuses a producer: stopped, with ends that stand still, is the fence.
    if (question.step === 'fence-source' && question.choices.includes('proceed')) {
      const payload = {
        question: question.id,
        action: 'proceed',
        by: 'instance owner',
        reason: 'every producer is stopped',
      }
      return this.#send(handle, 'decide', payload)
    }
    // A ticket is completed at the desk. Anything else is not part of the story: it may still come about by itself.
    if (question.kind !== 'ticket')
      this.#narrator.say('    the demo has no answer to this; it waits for the run to get on')
  }

  async workOn(ticket: TicketProgress): Promise<void> {
    const url = `${this.#stage.lab.staffUrl}/tickets/${encodeURIComponent(ticket.id)}/process`
    await sleep(DESK_LATENCY_MS)
    this.#narrator.say(`    desk: staff process ${ticket.id}`)
    await httpJson('POST', url, { by: 'support desk' }, DESK_TIMEOUT_MS)
  }

  async #send(
    handle: WorkflowHandle,
    update: 'approve' | 'confirm' | 'decide',
    payload: Record<string, unknown>,
  ): Promise<void> {
    try {
      const { message } = await handle.executeUpdate(...asAsked({ send: { update, payload } }))
      this.#narrator.say(`    answered: ${update} ${JSON.stringify(payload)} → ${message}`)
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error
      throw new Error(`${update} ${JSON.stringify(payload)} was refused: ${error.cause?.message ?? error.message}`, {
        cause: error,
      })
    }
  }
}
