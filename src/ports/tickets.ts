export interface TicketRequest {
  /** The episode's token for this ticket: the same token finds the same ticket. */
  token: string
  summary: string
  text: string
  link: { from: string; to: string }
  /** The connectors that make the link, in the order in which they are stopped; empty where a provider mirrors. */
  connectors: string[]
  pair: string
  workflowId: string
  /** The run in Temporal's UI, when the UI's address is configured. */
  workflowUrl?: string
}

export interface Ticket {
  id: string
  url?: string
  state: 'open' | 'processed' | 'closed' | 'unknown'
  detail?: string
  /** Others that carry the same token: opened when an answer was lost. To be closed by a person. */
  others?: string[]
}

/** A support desk. Opening has an unknown outcome when it fails: `find` by token before opening, and after a failure. */
export interface TicketDeskPort {
  /** Its name in the catalogue of desks. */
  readonly adapter: string
  find(token: string, signal?: AbortSignal): Promise<Ticket | null>
  open(request: TicketRequest, signal?: AbortSignal): Promise<Ticket>
  state(id: string, signal?: AbortSignal): Promise<Ticket>
  comment(id: string, text: string, signal?: AbortSignal): Promise<void>
}
