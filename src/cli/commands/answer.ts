import { runUpdates } from '../../contract/definitions.ts'
import { messageSchemas, type Decision } from '../../contract/messages.ts'
import type { Progress, Question } from '../../contract/progress.ts'
import { exitCodes, refusal, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { say } from '../output.ts'
import { openQuestion, queryProgress, update } from '../temporal/run-queries.ts'
import { checkShape } from '../shape.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'

export interface AnswerOptions extends GlobalOptions {
  by: string
  question?: string
  note?: string
  reason?: string
}
export interface DecideOptions extends AnswerOptions {
  reason: string
}
export interface TicketOptions extends GlobalOptions {
  by: string
  note?: string
}

/** `switchback confirm`: a manual action was done. */
export async function confirm(
  workflowId: string,
  { by, note, question, ...options }: AnswerOptions,
): Promise<ExitCode> {
  return withTemporal(options, async (temporal) => {
    const id = await questionId(
      temporal,
      workflowId,
      question,
      ({ kind }) => kind === 'confirmation',
      () => 'a confirmation',
    )
    return send(temporal, workflowId, 'confirm', { question: id, run: workflowId, by, note })
  })
}

/** `switchback decide`: chooses among what the open question allows. */
export async function decide(
  workflowId: string,
  action: Decision,
  { by, reason, question, ...options }: DecideOptions,
): Promise<ExitCode> {
  return withTemporal(options, async (temporal) => {
    const id = await questionId(
      temporal,
      workflowId,
      question,
      ({ choices }) => choices.includes(action),
      ({ waitingFor }) => {
        const open = waitingFor.filter(({ choices }) => choices.length > 0)
        const choices = open.map((each) => `${each.id} takes ${each.choices.join(', ')}`).join('; ')
        return `the decision ${action}${choices === '' ? '' : ` (${choices})`}`
      },
    )
    return send(temporal, workflowId, 'decide', { question: id, run: workflowId, action, by, reason })
  })
}

/** `switchback pause` and `resume`. */
export async function steer(
  name: 'pause' | 'resume',
  workflowId: string,
  { by, reason, ...options }: AnswerOptions,
): Promise<ExitCode> {
  return withTemporal(options, (temporal) => send(temporal, workflowId, name, { by, reason }))
}

/** `switchback ticket complete`. */
export async function completeTicket(
  workflowId: string,
  ticketId: string,
  { by, note, ...options }: TicketOptions,
): Promise<ExitCode> {
  return withTemporal(options, (temporal) =>
    send(temporal, workflowId, 'completeTicket', { ticketId, completedBy: by, note }),
  )
}

/** The question named, or the only open one that fits; the run itself judges a named one. */
async function questionId(
  temporal: Temporal,
  workflowId: string,
  named: string | undefined,
  fits: (question: Question) => boolean,
  wanted: (progress: Progress) => string,
): Promise<string> {
  if (named !== undefined) return named
  const progress = await queryProgress(temporal, workflowId)
  const found = openQuestion(progress, fits, undefined)
  if (found !== undefined) return found.id
  throw refusal(
    `${workflowId} does not wait for ${wanted(progress)}: it is ${progress.state}${progress.currentStep === null ? '' : ` at ${progress.currentStep}`}. Nothing was sent.`,
  )
}

async function send(
  temporal: Temporal,
  workflowId: string,
  name: 'confirm' | 'decide' | 'pause' | 'resume' | 'completeTicket',
  fields: Record<string, unknown>,
): Promise<ExitCode> {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const payload = checkShape(messageSchemas[name], given, `send ${name} to ${workflowId}`)
  const { message } = await update(temporal, workflowId, runUpdates[name], payload)
  say(`✔ ${message}`)
  return exitCodes.success
}
