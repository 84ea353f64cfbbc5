/**
 * The support desk: an HTTP service of its own, as a provider has one. Argument: its configuration file.
 *
 * POST /tickets · GET /tickets[?token=] · GET /tickets/:id · POST /tickets/:id/comments · POST /tickets/:id/close · GET /stats
 * POST /tickets/:id/process[?lie=1][&signal=0][&twice=1]: as the button on the ticket's page does, or with a fault
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { readDeskConfiguration } from './configuration.ts'
import { errorPage, listPage, ticketPage } from './pages.ts'
import { processTicket } from './process-ticket.ts'
import { ticketRequest, TicketStore, type Ticket } from './ticket-store.ts'

const [configurationFile] = process.argv.slice(2)
if (configurationFile === undefined) throw new Error('usage: main.ts <configuration file>')
const { port, stateFile } = readDeskConfiguration(configurationFile)
const store = new TicketStore(stateFile)
const origin = `http://127.0.0.1:${port}`
const inWork = new Set<string>()

class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Answer = { status: number; json: unknown; html?: string; seeOther?: string }

const shown = (ticket: Ticket) => ({ ...ticket, url: `${origin}/tickets/${ticket.id}` })
const showTicket = (ticket: Ticket, status: number = 200): Answer => ({
  status,
  json: shown(ticket),
  html: ticketPage(ticket),
})
const afterAction = (ticket: Ticket): Answer => ({ ...showTicket(ticket), seeOther: `/tickets/${ticket.id}` })

async function route(request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', origin)
  const [collection, id, action] = url.pathname.split('/').filter(Boolean)
  if (request.method === 'GET' && collection === 'stats') return { status: 200, json: store.stats() }
  if (collection !== undefined && collection !== 'tickets') throw new Refusal(404, `there is no ${url.pathname}`)
  if (id === undefined) {
    if (request.method === 'POST') {
      const { ticket, created } = store.open(ticketRequest.parse(await body(request)))
      return showTicket(ticket, created ? 201 : 200)
    }
    const tickets = store.find(url.searchParams.get('token'))
    return { status: 200, json: tickets.map(shown), html: listPage(tickets) }
  }
  const ticket = store.get(id)
  if (!ticket) throw new Refusal(404, `there is no ticket ${id}`)
  if (request.method === 'GET' && action === undefined) return showTicket(ticket)
  if (request.method === 'POST') return act(ticket, action, await body(request), url.searchParams)
  throw new Refusal(405, `${request.method} ${url.pathname} is nothing this desk does`)
}

const actionBody = z.object({ text: z.string().optional(), by: z.string().optional() })

async function act(
  ticket: Ticket,
  action: string | undefined,
  given: unknown,
  query: URLSearchParams,
): Promise<Answer> {
  const { text: comment, by } = actionBody.parse(given ?? {})
  if (action === 'comments') {
    if (!comment) throw new Refusal(400, 'a comment needs a text')
    store.comment(ticket, by ?? 'requester', comment)
  } else if (action === 'close') store.setState(ticket, 'closed')
  else if (action === 'process') await workOn(ticket, by ?? 'support desk', query)
  else throw new Refusal(404, `a ticket cannot be asked to "${action}"`)
  return afterAction(ticket)
}

async function workOn(ticket: Ticket, completedBy: string, query: URLSearchParams): Promise<void> {
  const twice = query.get('twice') === '1'
  if (ticket.state !== 'open' && !twice) return
  if (inWork.has(ticket.id)) throw new Refusal(409, `${ticket.id} is being processed`)
  inWork.add(ticket.id)
  try {
    await processTicket(store, readDeskConfiguration(configurationFile ?? ''), ticket, {
      completedBy,
      lie: query.get('lie') === '1',
      signals: query.get('signal') === '0' ? 0 : twice ? 2 : 1,
    })
  } finally {
    inWork.delete(ticket.id)
  }
}

async function body(request: IncomingMessage): Promise<unknown> {
  const raw = await text(request)
  if (raw === '') return undefined
  // `curl -d` calls everything a form.
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  if (isForm && !raw.startsWith('{')) return Object.fromEntries(new URLSearchParams(raw))
  try {
    return JSON.parse(raw)
  } catch {
    throw new Refusal(400, 'the body is no JSON')
  }
}

function failure(error: unknown): Answer {
  const message =
    error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)
  const status = error instanceof Refusal ? error.status : error instanceof z.ZodError ? 400 : 502
  return { status, json: { error: message }, html: errorPage(message) }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const browser = request.headers.accept?.includes('text/html') ?? false
  if (browser && answer.seeOther !== undefined) response.writeHead(303, { location: answer.seeOther }).end()
  else if (browser && answer.html !== undefined)
    response.writeHead(answer.status, { 'content-type': 'text/html; charset=utf-8' }).end(answer.html)
  else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.json))
}

const server = createServer((request, response) => {
  void route(request)
    .catch(failure)
    .then((answer) => send(request, response, answer))
})
server.listen(port, '127.0.0.1')
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0))
