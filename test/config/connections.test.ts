import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { connectionAdvice, troubleOf } from '../../src/adapters/kafka/connection-advice.ts'
import { failureOf } from '../../src/adapters/kafka/failures.ts'
import { type ClusterConfig, configSchema } from '../../src/config/schema.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { smallest } from './support.ts'

/** A worker that cannot connect is told what to check, by what the network said. Real sockets. */

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listener(treat: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    treat(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A port that was free a moment ago. */
async function nobody(): Promise<string> {
  const address = await listener(() => undefined)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  return address
}

async function told(bootstrap: string[], more: object = {}): Promise<{ message: string; type: string }> {
  const parsed = configSchema.parse({
    ...smallest(),
    clusters: { A: { bootstrap, timeoutMs: 1_500, ...more } },
    pairs: {},
  })
  const config = parsed.clusters['A'] as ClusterConfig
  const connections = new BrokerConnections('A', config, undefined)
  try {
    await connections.reachable()
  } catch (error) {
    return failureOf({ alias: 'A', config, user: undefined, what: 'read the metadata' }, error) as never
  } finally {
    await connections.close()
  }
  throw new Error('it was reached')
}

test('refused: nothing listens there, or the port is wrong; not a word about TLS', async () => {
  const { message, type } = await told([await nobody()])
  expect(type).toBe(errorTypes.unreachable)
  expect(message).toContain('Nothing listens on an address that refuses')
  expect(message).toContain('clusters.A.bootstrap')
  expect(message).not.toMatch(/TLS|SASL|firewall/)
})

test('closed right after connecting: another TLS or SASL is wanted', async () => {
  const closing = await listener((socket) => void socket.once('data', () => socket.destroy()))
  const { message } = await told([closing], { tls: {} })
  expect(message).toContain('wants another TLS or SASL than this worker comes with (with TLS, without a login)')
  expect(message).not.toMatch(/firewall|refuses/)
})

test('a listener that takes the connection and says nothing: a time-out, the network or a broker that hangs', async () => {
  const { message } = await told([await listener(() => undefined)], { tls: {} })
  expect(message).toContain('behind a firewall or a missing route, or its broker hangs')
  expect(message).not.toMatch(/TLS or SASL|refuses/)
})

test('TLS to a listener that does not speak it is said as that, and is not retried', async () => {
  const plain = await listener(
    (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  )
  const { message, type } = await told([plain], { tls: {} })
  expect(type).toBe(errorTypes.rejected)
  expect(message).toContain('does not speak TLS')
})

test('each address has its own trouble, and each is said once', async () => {
  const { message } = await told([await nobody(), await nobody(), await listener(() => undefined)], { tls: {} })
  expect(message.match(/Nothing listens/g)).toHaveLength(1)
  expect(message).toContain('firewall')
})

test.each([
  ['connect ECONNREFUSED 10.0.0.1:9092', 'refused'],
  ['getaddrinfo ENOTFOUND kafka.example', 'unknown-name'],
  ['connect EHOSTUNREACH 10.0.0.1:9092', 'no-route'],
  ['connect ETIMEDOUT 10.0.0.1:9092', 'timeout'],
  ['Request timed out', 'timeout'],
  ['Connection timeout', 'timeout'],
  ['read ECONNRESET', 'closed'],
  ['Connection closed while waiting for ready.', 'closed'],
  ['something else', undefined],
])('%s', (message, trouble) => {
  expect(troubleOf({ message })).toBe(trouble)
})

test('what this side comes with is said', () => {
  expect(connectionAdvice('B', ['closed', 'closed'], { tls: false, login: true })).toContain(
    '(without TLS, with a login)',
  )
})
