import { createServer, type ServerResponse } from 'node:http'
import { sentence } from '../../activities/faults.ts'
import type { ListenAddress } from './address.ts'
import type { Health } from './health.ts'
import { type Endpoint, listen } from './listen.ts'

export interface Shown {
  health: () => Promise<Health>
  metrics: { contentType: string; text: () => Promise<string> }
}

/** Nobody who asks for a page needs longer, ms. */
const limits = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 }
const mostConnections = 100

/** Answers `GET /healthz` (200 or 503, JSON) and `GET /metrics`. Fails with a sentence when it cannot listen there. */
export async function openEndpoint(where: ListenAddress, { health, metrics }: Shown): Promise<Endpoint> {
  const pages: Record<string, (response: ServerResponse) => Promise<void>> = {
    '/healthz': async (response) => {
      const found = await health()
      send(response, found.ok ? 200 : 503, 'application/json', `${JSON.stringify(found)}\n`)
    },
    '/metrics': async (response) => send(response, 200, metrics.contentType, await metrics.text()),
  }
  // What a stranger sends is not parsed: anything but the names of the pages is answered 404. An error here would end the worker.
  const server = createServer(limits, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    const page = request.method === 'GET' && Object.hasOwn(pages, path) ? pages[path] : undefined
    if (!page) return send(response, 404, 'text/plain', 'GET /healthz or /metrics\n')
    page(response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else send(response, 500, 'text/plain', `${sentence(error)}\n`)
    })
  })
  server.maxConnections = mostConnections
  return listen(server, where, (at, why) => `The worker cannot listen on ${at} for --http (${sentence(why)}).`)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}
