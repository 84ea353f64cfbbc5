import { configurationFault, precondition, rejected, unknownOutcome, unreachable } from '../../ports/failures.ts'
import type { Ticket, TicketDeskPort, TicketRequest } from '../../ports/tickets.ts'
import { addressText, answerText, type JsonAnswer } from '../../adapters/http/json-request.ts'
import { below, deskClient } from '../desk-client.ts'
import { readFound, readTicket, ticketForm, ticketOf } from '../ticket-answer.ts'
import type { WebhookDeskConfig } from './settings.ts'
import { ticketBody } from './ticket-body.ts'

type Answered = Extract<JsonAnswer, { outcome: 'answered' }>

/** Any desk that speaks JSON: POST opens, GET ?token= finds, GET /<id> reports the state, POST /<id>/comments comments. */
export function webhookDesk(pair: string, config: WebhookDeskConfig): TicketDeskPort {
  const url = new URL(config.url)
  const desk = `The desk ${addressText(url)}`
  const send = deskClient(pair, config)

  /** The answer to a question; a desk that cannot be asked or has a bad moment is asked again by whoever called. */
  async function look(target: URL, doing: string, signal: AbortSignal | undefined): Promise<Answered> {
    const answer = await send({ method: 'GET', url: target, signal })
    if (answer.outcome !== 'answered') throw unreachable(`${desk} cannot be asked ${doing}: ${answer.reason}.`)
    if (isPassing(answer.status)) throw unreachable(`${desk} cannot be asked ${doing}: it ${answerText(answer)}.`)
    return answer
  }

  async function find(token: string, signal: AbortSignal | undefined): Promise<Ticket | null> {
    const target = new URL(url)
    target.searchParams.set('token', token)
    const doing = `for the ticket with the token ${token}`
    const answer = await look(target, doing, signal)
    if (answer.status === 404) return null
    if (!isOk(answer.status)) throw rejected(`${desk} refused when asked ${doing}: it ${answerText(answer)}.`)
    const found = answer.status === 204 ? [] : readFound(answer.json)
    if (found === null)
      throw rejected(
        `${desk} was asked ${doing} and ${answerText(answer)}; it must be a list of ${ticketForm}, or 404.`,
      )
    // A desk that ignores the question lists everything: another episode's ticket must not be taken for this one.
    const [first, ...others] = found.filter((ticket) => ticket.token === undefined || ticket.token === token)
    if (first && others.length > 0)
      throw precondition(
        `${desk} has ${others.length + 1} tickets ${doing} (${[first, ...others]
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')}): it must be one. Close the others or make the search exact.`,
      )
    return first ? ticketOf(first) : null
  }

  async function open(request: TicketRequest, signal: AbortSignal | undefined): Promise<Ticket> {
    const body = bodyOf(pair, config, request)
    const answer = await send({ method: 'POST', url, body, headers: { 'idempotency-key': request.token }, signal })
    const next = `Search the desk for the token ${request.token} before it is opened again.`
    if (answer.outcome === 'not-sent')
      throw unreachable(`${desk} could not be reached: ${answer.reason}. No ticket was opened.`)
    if (answer.outcome === 'unanswered')
      throw unknownOutcome(`${desk} was asked to open a ticket, but the answer was lost: ${answer.reason}. ${next}`)
    if (answer.status === 429) throw unreachable(`${desk} opens no ticket now: it ${answerText(answer)}.`)
    if (answer.status >= 500)
      throw unknownOutcome(`${desk} was asked to open a ticket and ${answerText(answer)}: it may exist. ${next}`)
    if (!isOk(answer.status))
      throw rejected(
        `${desk} refused to open a ticket: it ${answerText(answer)}. Correct the desk of ${pair} in the configuration.`,
      )
    const ticket = readTicket(answer.json)
    if (ticket) return ticket
    throw unknownOutcome(`${desk} took the ticket but ${answerText(answer)}, where ${ticketForm} was expected. ${next}`)
  }

  return {
    adapter: 'webhook',
    find,
    open,
    async state(id, signal) {
      const answer = await look(below(url, id), `for the state of ticket ${id}`, signal)
      if (answer.status === 404) return { id, state: 'unknown', detail: `the desk does not know the ticket ${id}` }
      if (!isOk(answer.status))
        throw rejected(`${desk} refused to report the state of ticket ${id}: it ${answerText(answer)}.`)
      const ticket = readTicket(answer.json)
      if (ticket?.id === id) return ticket
      throw rejected(
        `${desk} was asked for ticket ${id} and ${answerText(answer)}; it must be ${ticketForm} with that id.`,
      )
    },
    async comment(id, text, signal) {
      const answer = await send({
        method: 'POST',
        url: below(url, id, 'comments'),
        body: JSON.stringify({ text }),
        signal,
      })
      const what = `${desk} was sent a comment on ticket ${id}`
      if (answer.outcome === 'not-sent') throw unreachable(`${what}, but could not be reached: ${answer.reason}.`)
      if (answer.outcome === 'unanswered') throw unknownOutcome(`${what}, but the answer was lost: ${answer.reason}.`)
      if (answer.status === 429) throw unreachable(`${what} and ${answerText(answer)}.`)
      if (answer.status >= 500) throw unknownOutcome(`${what} and ${answerText(answer)}.`)
      if (!isOk(answer.status)) throw rejected(`${what} and ${answerText(answer)}.`)
    },
  }
}

function bodyOf(pair: string, config: WebhookDeskConfig, request: TicketRequest): string {
  try {
    return ticketBody(config.body, request)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw configurationFault(
      `pairs.${pair}.desk.body is no JSON once it is filled in: ${reason}. Fix it, then decide retry.`,
    )
  }
}

function isOk(status: number): boolean {
  return status >= 200 && status < 300
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500
}
