import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Received {
  method: string
  path: string
  headers: IncomingHttpHeaders
  text: string
}

export type Reply = { status?: number; body?: unknown; headers?: Record<string, string> } | 'hang' | 'break'

/** A real HTTP server for one test. `reply` decides; 'break' cuts the connection after the request was read. */
export async function httpServer(
  reply: (request: Received, all: Received[]) => Reply,
): Promise<{ url: string; received: Received[]; close: () => Promise<void> }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, text }
      received.push(seen)
      const answer = reply(seen, received)
      if (answer === 'hang') return
      if (answer === 'break') {
        request.socket.destroy()
        return
      }
      const body =
        answer.body === undefined || typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      response.writeHead(answer.status ?? 200, answer.headers).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(() => (server.listening ? close() : undefined))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received, close }
}
