/** What a run says on a ticket that it opened. The worker has the words. */
export type TicketNote =
  | { kind: 'withdrawn' }
  | { kind: 'done' }
  | { kind: 'taken-over' }
  | { kind: 'reminder'; number: number; hours: number }
  | { kind: 'escalation'; hours: number }
