import { connect } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenAddress } from '../../src/worker/watched/address.ts'
import { openEndpoint } from '../../src/worker/watched/endpoint.ts'
import type { Endpoint } from '../../src/worker/watched/listen.ts'
import { longestTurn, runs } from './runs.ts'
import { Turns } from './turns.ts'

/** Whatever a scanner sends to the worker's page: an exception in a listener would end the worker, and this test. */

let endpoint: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint(listenAddress('0'), {
    health: async () => ({
      version: '0.0.1',
      ok: true,
      workers: { runs: 'RUNNING', waits: 'RUNNING' },
      temporal: 'reachable',
    }),
    metrics: { contentType: 'text/plain', text: async () => 'up 1\n' },
  })
})
afterAll(() => endpoint.close())

/** The status line of the answer; '' when there is none. */
function send(bytes: string): Promise<string> {
  const [host, port] = endpoint.address.split(':')
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(Number(port), host, () => socket.end(Buffer.from(bytes, 'latin1')))
    socket.setEncoding('latin1').on('data', (text: string) => (said += text))
    socket.on('error', () => {})
    socket.on('close', () => resolve(said.split('\r\n', 1)[0] ?? ''))
  })
}

const get = (target: string) => send(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)

test.each([
  '//',
  '/',
  '*',
  'http://[',
  'http://worker/healthz',
  '/healthz/',
  '//healthz',
  '/__proto__',
  '/constructor',
  `/${'x'.repeat(8_000)}`,
])('GET %s is answered 404', async (target) => {
  expect(await get(target)).toBe('HTTP/1.1 404 Not Found')
})

test('a query is allowed, and other methods are not', async () => {
  expect(await get('/healthz?x=//')).toBe('HTTP/1.1 200 OK')
  expect(await send('POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\ncontent-length: 0\r\n\r\n')).toBe(
    'HTTP/1.1 404 Not Found',
  )
})

test('after any request the page answers', async () => {
  const turns = new Turns()
  const piece = fc.oneof(
    fc.constantFrom(
      'GET ',
      'POST ',
      'CONNECT ',
      'PRI * HTTP/2.0',
      '/',
      '//',
      '/healthz',
      ' HTTP/1.1',
      ' HTTP/9.9',
      '\r\n',
      '\r\n\r\n',
      'Host: x\r\n',
      'Upgrade: h2c\r\n',
      'Expect: 100-continue\r\n',
      'content-length: -1\r\n',
      '\0',
    ),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
      await send(`${pieces.join('')}\r\n\r\n`)
      expect(await get('/healthz')).toBe('HTTP/1.1 200 OK')
      expect(turns.take()).toBeLessThan(longestTurn)
    }),
    runs('requests to the page', 150),
  )
  turns.stop()
})
