import { unknownOutcome, unreachable } from '../../../src/ports/failures.ts'
import type { Ticket, TicketDeskPort, TicketRequest } from '../../../src/ports/tickets.ts'

export interface DeskTicket {
  id: string
  request: TicketRequest
  state: Ticket['state']
  detail?: string
  comments: string[]
}

/** A support desk with its tickets. */
export class MemoryDesk implements TicketDeskPort {
  readonly adapter = 'webhook'
  dark = false
  /** The next ticket is opened, and nobody is told. */
  losesAnswer = false
  readonly tickets: DeskTicket[] = []
  /** How often it was asked for a ticket's state. */
  looks = 0
  readonly #calls: string[]
  readonly #changed: (call: string) => void

  constructor({ calls = [], changed = () => undefined }: { calls?: string[]; changed?: (call: string) => void } = {}) {
    this.#calls = calls
    this.#changed = changed
  }

  #called(call: string, signal?: AbortSignal): void {
    signal?.throwIfAborted()
    this.#calls.push(`desk.${call}`)
    if (this.dark) throw unreachable('The desk does not answer.')
  }

  #told({ id, state, detail }: DeskTicket): Ticket {
    return { id, state, ...(detail === undefined ? {} : { detail }) }
  }

  async find(token: string, signal?: AbortSignal): Promise<Ticket | null> {
    this.#called('find', signal)
    const [first, ...others] = this.tickets.filter(({ request }) => request.token === token)
    if (first === undefined) return null
    return { ...this.#told(first), ...(others.length === 0 ? {} : { others: others.map(({ id }) => id) }) }
  }

  async open(request: TicketRequest, signal?: AbortSignal): Promise<Ticket> {
    this.#called('open', signal)
    const ticket: DeskTicket = { id: `T-${this.tickets.length + 1}`, request, state: 'open', comments: [] }
    this.tickets.push(ticket)
    this.#changed('open ticket')
    if (this.losesAnswer) {
      this.losesAnswer = false
      throw unknownOutcome(`The ticket ${request.token} may or may not have been opened: no answer came.`)
    }
    return this.#told(ticket)
  }

  async state(id: string, signal?: AbortSignal): Promise<Ticket> {
    this.#called('state', signal)
    this.looks += 1
    const ticket = this.tickets.find((one) => one.id === id)
    return ticket ? this.#told(ticket) : { id, state: 'unknown' }
  }

  async comment(id: string, text: string, signal?: AbortSignal) {
    this.#called('comment', signal)
    this.tickets.find((one) => one.id === id)?.comments.push(text)
  }
}
