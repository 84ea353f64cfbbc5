import type { Ticket } from './ticket-store.ts'

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
  table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #d8dee6 }
  pre { white-space: pre-wrap; background: #f4f6f9; padding: 1rem; border-radius: 6px }
  button { font: inherit; padding: .4rem 1rem; border: 0; border-radius: 6px; background: #1f5fbf; color: #fff; cursor: pointer }
  textarea { font: inherit; width: 100%; box-sizing: border-box } .state { font-weight: 600 } .open { color: #a15c00 } .processed { color: #1a7f37 }`

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style></head><body>${body}</body></html>`
}

const state = (ticket: Ticket) => `<span class="state ${ticket.state}">${ticket.state}</span>`
const link = (ticket: Ticket) => `${escapeHtml(ticket.link.from)} → ${escapeHtml(ticket.link.to)}`

/** All tickets, the newest first. */
export function listPage(tickets: readonly Ticket[]): string {
  const rows = tickets
    .toReversed()
    .map(
      (ticket) =>
        `<tr><td><a href="/tickets/${ticket.id}">${ticket.id}</a></td><td>${escapeHtml(ticket.summary)}</td><td>${link(ticket)}</td><td>${state(ticket)}</td></tr>`,
    )
    .join('')
  const table = `<table><tr><th>Ticket</th><th>Summary</th><th>Link</th><th>State</th></tr>${rows}</table>`
  return page('Support desk', `<h1>Support desk</h1>${rows === '' ? '<p>No tickets.</p>' : table}`)
}

/** One ticket with its comments; an open one can be processed here. */
export function ticketPage(ticket: Ticket): string {
  const comments = ticket.comments
    .map(({ at, by, text }) => `<li><b>${escapeHtml(by)}</b> ${escapeHtml(at)}<pre>${escapeHtml(text)}</pre></li>`)
    .join('')
  const action =
    ticket.state === 'open'
      ? `<form method="post" action="/tickets/${ticket.id}/process"><button type="submit">Process</button> disables mirroring ${link(ticket)} and tells who asked</form>`
      : ''
  const workflow =
    ticket.workflowUrl !== undefined && /^https?:\/\//.test(ticket.workflowUrl)
      ? `<a href="${escapeHtml(ticket.workflowUrl)}">${escapeHtml(ticket.workflowId ?? 'workflow')}</a>`
      : escapeHtml(ticket.workflowId ?? '-')
  return page(
    `${ticket.id} ${ticket.summary}`,
    `<p><a href="/">All tickets</a></p><h1>${ticket.id}: ${escapeHtml(ticket.summary)}</h1>
<p>${state(ticket)} · link ${link(ticket)} · opened ${escapeHtml(ticket.openedAt)} · for ${workflow}</p>
<pre>${escapeHtml(ticket.text)}</pre>${action}
<h2>Comments</h2><ul>${comments}</ul>
<form method="post" action="/tickets/${ticket.id}/comments"><textarea name="text" rows="3" required></textarea><button type="submit">Comment</button></form>`,
  )
}

/** Something did not work. */
export function errorPage(message: string): string {
  return page(
    'Support desk',
    `<p><a href="/">All tickets</a></p><h1>That did not work</h1><pre>${escapeHtml(message)}</pre>`,
  )
}
