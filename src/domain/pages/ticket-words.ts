import { type OperationName, operations } from '../../contract/names.ts'
import type { TicketNote } from '../../contract/ticket-note.ts'

interface Disable {
  pair: string
  from: string
  to: string
}

/** What a desk knows the request by: one for each operation of an episode and link. */
export function disableToken(x: Disable & { episode: number; operation: OperationName }): string {
  return `switchback/${x.pair}/${x.episode}/${x.operation}/disable/${x.from}->${x.to}`
}

/** What a desk is asked to do. */
export function ticketWords(x: Disable & { operation: OperationName; workflowId: string }): {
  summary: string
  text: string
} {
  const { pair, from, to, operation, workflowId } = x
  return {
    summary: `Disable Kafka mirroring ${from} -> ${to} (${pair})`,
    text:
      `Please disable the mirroring from cluster ${from} to cluster ${to} of ${pair}. ` +
      `It is needed by the ${operation} that runs as workflow ${workflowId}, which checks by itself that the link is ` +
      `off. When done, send it the signal ticketCompleted and {"ticketId": "<this ticket>", "completedBy": "<you>"}.`,
  }
}

/** The operation that has this link disabled, by the token of its ticket; null: it is none of a run of this pair. */
function operationOf(token: string, disable: Disable): OperationName | null {
  // One that follows a ticket that was withdrawn says behind what it comes.
  const asked = token.replace(/\/after-\d{1,16}$/, '')
  const episode = Number(asked.split('/')[2])
  if (!Number.isSafeInteger(episode)) return null
  return operations.find((one) => asked === disableToken({ ...disable, episode, operation: one })) ?? null
}

/** The same by the token; null: it is none of a run of this pair that has this link disabled. */
export function disableTicketWords(
  token: string,
  { workflowId, ...disable }: Disable & { workflowId: string },
): ReturnType<typeof ticketWords> | null {
  const operation = operationOf(token, disable)
  return operation === null ? null : ticketWords({ ...disable, operation, workflowId })
}

/** A ticket that was open for longer than ten years was not. */
const mostHours = 100_000
const mostReminders = 10_000

export function noteWords(note: TicketNote, x: Disable & { operation: OperationName; workflowId: string }): string {
  const { pair, from, to, operation, workflowId } = x
  if (note.kind === 'withdrawn')
    return `The ${operation} was aborted: please do NOT disable the mirroring from ${from} to ${to}.`
  if (note.kind === 'done')
    return `Done: ${workflowId} has checked, and the mirroring ${from} -> ${to} is disabled. Nothing else is needed; this case can be closed.`
  if (note.kind === 'taken-over')
    return `The ${operation} runs as workflow ${workflowId} now. When done, send that one, not the workflow that opened this ticket, the signal ticketCompleted and {"ticketId": "<this ticket>", "completedBy": "<you>"}.`
  const open = `this ticket has been open for ${note.hours} h.`
  return note.kind === 'escalation' ? `ESCALATION: ${pair} is unprotected; ${open}` : `Reminder ${note.number}: ${open}`
}

/** The words of a note on the ticket with that token; null: the token is none of a run of this pair, or the note is none of these. */
export function ticketNoteWords(
  token: string,
  note: TicketNote,
  { workflowId, ...disable }: Disable & { workflowId: string },
): string | null {
  const operation = operationOf(token, disable)
  return operation === null || !isNote(note) ? null : noteWords(note, { ...disable, operation, workflowId })
}

/** It comes from Temporal: what it is said to be is looked at. */
function isNote(note: TicketNote): boolean {
  const within = (value: unknown, most: number) => typeof value === 'number' && value >= 0 && value <= most
  switch (note.kind) {
    case 'withdrawn':
    case 'done':
    case 'taken-over':
      return true
    case 'reminder':
      return Number.isInteger(note.number) && within(note.number, mostReminders) && within(note.hours, mostHours)
    case 'escalation':
      return within(note.hours, mostHours)
    default:
      return false
  }
}
