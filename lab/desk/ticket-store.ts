import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const alias = z.string().min(1)

/** What a requester sends. Unknown keys are kept out. */
export const ticketRequest = z.object({
  token: z.string().min(1),
  summary: z.string().min(1),
  text: z.string().default(''),
  link: z.object({ from: alias, to: alias }),
  connectors: z.array(z.string()).default([]),
  pair: z.string().optional(),
  workflowId: z.string().optional(),
  workflowUrl: z.string().optional(),
})
export type TicketRequest = z.infer<typeof ticketRequest>

const comment = z.object({ at: z.string(), by: z.string(), text: z.string() })

const ticket = ticketRequest.extend({
  id: z.string(),
  state: z.enum(['open', 'processed', 'closed']),
  openedAt: z.string(),
  processedAt: z.string().optional(),
  comments: z.array(comment),
})
/** Times are ISO 8601. */
export type Ticket = z.infer<typeof ticket>

const contents = z.object({ tickets: z.array(ticket), requests: z.record(z.string(), z.number()) })

/** The desk's memory: a JSON file that is replaced on every change, so that a kill between two changes loses nothing. */
export class TicketStore {
  readonly #file: string
  readonly #contents: z.infer<typeof contents>

  constructor(file: string) {
    this.#file = file
    this.#contents = existsSync(file)
      ? contents.parse(JSON.parse(readFileSync(file, 'utf8')))
      : { tickets: [], requests: {} }
  }

  /** The same token answers the same ticket. */
  open(request: TicketRequest): { ticket: Ticket; created: boolean } {
    const { tickets, requests } = this.#contents
    requests[request.token] = (requests[request.token] ?? 0) + 1
    const known = tickets.find((one) => one.token === request.token)
    const opened: Ticket = known ?? {
      ...request,
      id: `CS${String(tickets.length + 1).padStart(7, '0')}`,
      state: 'open',
      openedAt: new Date().toISOString(),
      comments: [],
    }
    if (!known) tickets.push(opened)
    this.#save()
    return { ticket: opened, created: !known }
  }

  find(token: string | null): Ticket[] {
    return this.#contents.tickets.filter((one) => token === null || one.token === token)
  }

  get(id: string): Ticket | undefined {
    return this.#contents.tickets.find((one) => one.id === id)
  }

  comment(ticket: Ticket, by: string, text: string): void {
    ticket.comments.push({ at: new Date().toISOString(), by, text })
    this.#save()
  }

  setState(ticket: Ticket, state: Ticket['state']): void {
    ticket.state = state
    if (state === 'processed') ticket.processedAt ??= new Date().toISOString()
    this.#save()
  }

  /** For tests: how many tickets there are, and how often each token was sent in to open one. */
  stats(): { tickets: number; requests: Record<string, number>; ticketsPerToken: Record<string, number> } {
    const { tickets, requests } = this.#contents
    const ticketsPerToken: Record<string, number> = {}
    for (const { token } of tickets) ticketsPerToken[token] = (ticketsPerToken[token] ?? 0) + 1
    return { tickets: tickets.length, requests, ticketsPerToken }
  }

  #save(): void {
    const draft = `${this.#file}.draft`
    writeFileSync(draft, JSON.stringify(this.#contents, null, 2))
    renameSync(draft, this.#file)
  }
}
