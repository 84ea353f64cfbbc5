import { createServer } from 'node:net'
import { apiVersionsV3 } from '@platformatic/kafka'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { mostAnswered } from '../../src/adapters/kafka/net/guarded-socket.ts'
import { listening } from './listening.ts'
import { runs } from './runs.ts'

/** What a broker that is not ours any more may send: an exception in a listener would end the worker, and this test. */

/** What is sent instead of an answer, by the correlation id of the question. */
let answer: (id: number) => Buffer = () => Buffer.alloc(0)
const server = createServer((socket) => {
  socket.on('data', (question: Buffer) => {
    if (question.length >= 12) socket.end(answer(question.readInt32BE(8)))
  })
})
let bootstrap: string
let close: () => Promise<void>

beforeAll(async () => {
  const open = await listening(server)
  bootstrap = `127.0.0.1:${open.port}`
  close = open.close
})
afterAll(() => close())

async function asked(): Promise<string> {
  const config = { bootstrap: [bootstrap], principals: {}, timeoutMs: 2_000 }
  const connections = new BrokerConnections('A', config, undefined)
  try {
    await connections.call(null, apiVersionsV3.api, ['switchback', '1'])
    return 'answered'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await connections.close()
  }
}

const ints = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) bytes.writeInt32BE(value, at * 4)
  return bytes
}

test.each([
  ['shorter than its head', () => Buffer.concat([ints(2), Buffer.alloc(2)])],
  ['of no length', () => ints(0, 0, 0)],
  ['of a negative length', () => ints(-4, 1)],
  ['longer than there is memory', (id: number) => ints(0x7fffffff, id)],
  ['one byte longer than is read', (id: number) => ints(mostAnswered + 1, id)],
  ['to another question', (id: number) => ints(8, id + 7, 0)],
  ['that counts more than it holds', (id: number) => Buffer.concat([ints(12, id), Buffer.alloc(8, 0x7f)])],
  ['that ends in its head', (id: number) => ints(12, id).subarray(0, 6)],
  ['of another protocol', () => Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
])('an answer %s fails alone', async (_, sent) => {
  answer = sent
  expect(await asked()).not.toBe('answered')
})

test('whatever bytes come back, the question ends by itself', async () => {
  const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat({ max: 255 }))
  const body = fc.array(byte, { maxLength: 40 })
  const head = fc.oneof(fc.constant('kept'), fc.integer({ min: -8, max: 60 }))
  await fc.assert(
    fc.asyncProperty(head, body, fc.boolean(), async (length, bytes, ours) => {
      answer = (id) =>
        Buffer.concat([ints(length === 'kept' ? bytes.length + 4 : length, ours ? id : id + 1), Buffer.from(bytes)])
      expect(await asked()).toEqual(expect.any(String))
    }),
    runs('answers of a broker', 100),
  )
})
