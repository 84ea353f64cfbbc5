import { fillJsonTemplate } from '../../config/template.ts'
import type { TicketRequest } from '../../ports/tickets.ts'

/** The JSON text that opens a ticket: the desk's own form when there is one. Throws SyntaxError when that is no JSON. */
export function ticketBody(template: string | undefined, request: TicketRequest): string {
  const { token, summary, text, link, connectors, pair, workflowId, workflowUrl } = request
  if (template === undefined)
    return JSON.stringify({ token, summary, text, link, connectors, pair, workflowId, workflowUrl })
  const filled = fillJsonTemplate(template, {
    token,
    summary,
    text,
    link: `${link.from}->${link.to}`,
    from: link.from,
    to: link.to,
    connectors: connectors.join(', '),
    pair,
    workflowId,
    workflowUrl: workflowUrl ?? '',
  })
  return JSON.stringify(JSON.parse(filled))
}
