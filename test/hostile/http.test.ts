import { createServer, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { exchange, type Exchanged } from '../../src/adapters/http/exchange.ts'
import { requestJson } from '../../src/adapters/http/json-request.ts'
import { parsedJson } from '../../src/adapters/http/parsed-json.ts'
import { bomb, endless } from './floods.ts'
import { listening } from './listening.ts'
import { longestTurn, runs } from './runs.ts'
import { Turns } from './turns.ts'

/** What a Connect, a desk or an application that is not ours any more may answer. */

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function at(server: Server): Promise<URL> {
  const { port, close } = await listening(server)
  closers.push(close)
  return new URL(`http://127.0.0.1:${port}/`)
}

const answering = (answer: (response: ServerResponse) => void) => at(createServer((_, response) => answer(response)))
const speaking = (speak: (socket: Socket) => void) => at(createTcpServer(speak))

const most = 1024 * 1024
function ask(url: URL, timeoutMs = 20_000): Promise<Exchanged> {
  return exchange({ method: 'GET', url, headers: {}, timeoutMs, most })
}

const askJson = (url: URL, secrets: string[] = []) =>
  requestJson({ method: 'GET', url, headers: {}, timeoutMs: 20_000, signal: undefined, secrets })

const tooLarge = { outcome: 'failed', sent: true, reason: 'the answer is larger than 1 MB' }

test('an answer that never ends is given up when it is too large', async () => {
  const url = await answering(endless)
  expect(await ask(url)).toMatchObject(tooLarge)
})

test('a small answer that decompresses to a large one is given up before it is large', async () => {
  const packed = bomb()
  const url = await answering((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed))
  const before = process.memoryUsage().rss
  expect(await ask(url)).toMatchObject(tooLarge)
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
})

test('a server that compresses without being asked is understood', async () => {
  const url = await answering((response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"state":"stopped"}')),
  )
  expect(await ask(url)).toMatchObject({ outcome: 'answered', status: 200, text: '{"state":"stopped"}' })
})

test('an encoding that nobody asked for is a failure, not a riddle', async () => {
  const url = await answering((response) => response.writeHead(200, { 'content-encoding': 'x-riddle' }).end('?'))
  expect(await ask(url)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('"x-riddle"') })
})

test('an answer that comes byte by byte ends with the time given', async () => {
  const url = await answering((response) => {
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  })
  expect(await ask(url, 500)).toMatchObject({ outcome: 'failed', sent: true, reason: 'no answer within 0.5 s' })
})

describe('what is no HTTP', () => {
  test.each([
    ['nothing', (socket: Socket) => void socket.end()],
    ['a greeting of another protocol', (socket: Socket) => void socket.end('220 mail ready\r\n')],
    ['headers without end', (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(50_000)}`)],
    [
      'a length that is not kept',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}'),
    ],
    [
      'a chunk of a wrong size',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
    ],
    [
      'a length beyond all numbers',
      (socket: Socket) => void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${'9'.repeat(400)}\r\n\r\n`),
    ],
  ])('%s', async (_, speak) => {
    const url = await speaking((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => speak(socket))
    })
    expect(await ask(url)).toMatchObject({ outcome: 'failed', sent: true })
  })
})

test('a request that never left is told from one whose fate is not known', async () => {
  const url = await speaking((socket) => socket.destroy())
  expect(await ask(url)).toMatchObject({ outcome: 'failed', sent: true })
  await Promise.all(closers.splice(0).map((close) => close()))
  expect(await ask(url)).toMatchObject({ outcome: 'failed', sent: false, code: 'ECONNREFUSED' })
  expect(await exchange({ method: 'GET', url, headers: { a: 'b\r\nc' }, timeoutMs: 1_000, most })).toMatchObject({
    outcome: 'failed',
    sent: false,
  })
})

test('of a long answer the beginning is quoted, without a secret that is cut in two', async () => {
  const secret = 'correct-horse-battery-staple'
  const url = await answering((response) =>
    response.writeHead(500).end(`${' '.repeat(64 * 1024 - 10)}${secret}${'x'.repeat(100_000)}`),
  )
  const answer = await askJson(url, [secret])
  expect(answer.outcome).toBe('answered')
  expect(JSON.stringify(answer)).not.toContain('correct')
})

test('whatever bytes come back, the exchange ends by itself', async () => {
  const turns = new Turns()
  closers.push(async () => turns.stop())
  let next = Buffer.alloc(0)
  const url = await speaking((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(next))
  })
  const piece = fc.oneof(
    fc.constantFrom(
      'HTTP/1.1 ',
      '200 OK',
      '\r\n',
      '\r\n\r\n',
      'content-length: ',
      'content-encoding: gzip',
      'transfer-encoding: chunked',
      '{"a":',
      '[',
      '0\r\n\r\n',
    ),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.nat().map(String),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
      next = Buffer.from(pieces.join(''), 'latin1')
      const answer = await askJson(url)
      expect(['answered', 'unanswered']).toContain(answer.outcome)
      expect(turns.take()).toBeLessThan(longestTurn)
    }),
    runs('bytes of an HTTP answer', 150),
  )
})

test('any JSON is read as it is, whatever its texts hold; what is nested a hundred times and more is not', () => {
  const brackets = fc.string({ unit: fc.constantFrom('[', '{', ']', '}', '"', '\\', 'a'), maxLength: 300 })
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), brackets, fc.dictionary(brackets, brackets)), (value) => {
      expect(parsedJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
  expect(parsedJson('['.repeat(100) + ']'.repeat(100))).toBeInstanceOf(Array)
  expect(parsedJson('['.repeat(101) + ']'.repeat(101))).toBeUndefined()
  expect(parsedJson('{"a":'.repeat(500_000))).toBeUndefined()
  expect(parsedJson('"[[')).toBeUndefined()
  expect(parsedJson('"\\')).toBeUndefined()
})
