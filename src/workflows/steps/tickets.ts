import type { TicketNote } from '../../contract/ticket-note.ts'
import { disableToken, noteWords } from '../../domain/pages/ticket-words.ts'
import type { Run } from '../runbook/run.ts'

/**
 * One ticket an operation and episode: the same token finds the same ticket, whoever asks. The desk was asked not to act on that of
 * a run that stepped back: whoever begins again after it asks with a ticket of its own.
 */
export function ticketToken(run: Run): string {
  const { pair, operation, link } = run.plan
  const withdrawn = run.dossier.episode?.facts.find(
    (fact) => fact.operation === operation && fact.step === 'open-ticket' && fact.state === 'undone',
  )
  const token = disableToken({ pair, episode: run.episode, operation, ...link })
  return withdrawn === undefined ? token : `${token}/after-${Date.parse(withdrawn.at)}`
}

/** Only on the ticket of this run, and only what is one of its notes: the worker writes the words, after a look at the desk. */
export function commentTicket(run: Run, id: string, note: TicketNote): Promise<void> {
  const { pair, operation, link } = run.plan
  const text = noteWords(note, { pair, operation, ...link, workflowId: run.record.workflowId })
  return run.activities.writes.commentTicket({ lease: run.lease, id, token: ticketToken(run), link, note, text })
}

export interface TicketFact {
  /** `kept`: nobody disables the link, since topics that the run does not move rely on it. */
  door: 'ticket' | 'self-service' | 'kept'
  id?: string
  url?: string
  desk?: string
  openedAt: string
}

/** Registers the ticket with the run; a completion that came before its id was known counts now. */
export function registerTicket(run: Run, fact: TicketFact): void {
  if (fact.id === undefined || run.record.tickets.some(({ id }) => id === fact.id)) return
  const early = run.record.earlyCompletions.get(fact.id)
  run.record.tickets.push({
    id: fact.id,
    ...(fact.url === undefined ? {} : { url: fact.url }),
    desk: fact.desk ?? 'desk',
    openedAt: fact.openedAt,
    reminders: 0,
    escalated: false,
    ...(early ? { completedAt: early.at, completedBy: early.by } : {}),
  })
  run.publish()
}

/** Where an answer was lost and a search came too early there are two tickets for the same: only a person can close one. */
export function noteOthers(run: Run, own: string, found: { id: string; others?: string[] } | null): void {
  const others = [found?.id ?? own, ...(found?.others ?? [])].filter((id) => id !== own)
  if (others.length > 0) run.record.note(`ticket ${own} is not the only one for the same: close ${others.join(', ')}`)
}
