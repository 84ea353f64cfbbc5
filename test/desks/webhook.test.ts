import { afterEach, expect, test, vi } from 'vitest'
import { createDesk } from '../../src/desks/create-desk.ts'
import { configSchema } from '../../src/config/schema.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { smallest } from '../config/support.ts'
import { httpServer, type Received, type Reply } from './http-support.ts'

const request = {
  token: 'accounting/3/disable A->B',
  summary: 'Disable "A->B"',
  text: 'Please disable it.\nThank you.',
  link: { from: 'A', to: 'B' },
  connectors: ['A-B-checkpoint', 'A-B-source'],
  pair: 'accounting',
  workflowId: 'reset/accounting/1',
  workflowUrl: 'http://localhost:8233/x',
}

afterEach(() => {
  vi.unstubAllEnvs()
})

async function desk(reply: (request: Received) => Reply, body?: string) {
  vi.stubEnv('DESK_TOKEN', 'Bearer secret')
  const server = await httpServer(reply)
  const config = {
    adapter: 'webhook' as const,
    url: `${server.url}/api/tickets?queue=kafka`,
    headers: { authorization: { env: 'DESK_TOKEN' }, 'x-team': 'kafka' },
    timeoutMs: 1_000,
  }
  return {
    ...server,
    port: createDesk('accounting', body === undefined ? config : { ...config, body }, configSchema.parse(smallest())),
  }
}

test('a ticket is opened with everything the desk needs', async () => {
  const { port, received } = await desk(() => ({
    status: 201,
    body: { id: 17, url: 'https://desk.example.org/17', state: 'New', internal: 'x' },
  }))
  expect(await port.open(request)).toEqual({ id: '17', url: 'https://desk.example.org/17', state: 'open' })
  expect(received).toHaveLength(1)
  expect(received[0]).toMatchObject({ method: 'POST', path: '/api/tickets?queue=kafka' })
  expect(received[0]?.headers).toMatchObject({
    authorization: 'Bearer secret',
    'x-team': 'kafka',
    'idempotency-key': request.token,
    'content-type': 'application/json',
  })
  expect(JSON.parse(received[0]?.text ?? '')).toEqual(request)
})

test("a desk's own form is filled in, with quotes and line breaks kept inside their strings", async () => {
  const { port, received } = await desk(
    () => ({ body: { id: 'T-1' } }),
    '{"title": "{summary}", "body": "{text} ({link}, {connectors}, {workflowUrl})", "ref": "{token}", "braces": "{other}"}',
  )
  expect(await port.open(request)).toEqual({ id: 'T-1', state: 'unknown' })
  expect(JSON.parse(received[0]?.text ?? '')).toEqual({
    title: request.summary,
    body: `${request.text} (A->B, A-B-checkpoint, A-B-source, http://localhost:8233/x)`,
    ref: request.token,
    braces: '{other}',
  })
})

test('a ticket is found by its token: alone, in a list, or not at all', async () => {
  const ticket = { id: 'T-1', state: 'processed' }
  for (const [reply, found] of [
    [{ body: ticket }, ticket],
    [{ body: [ticket] }, ticket],
    [{ body: [] }, null],
    [{ status: 204 }, null],
    [{ status: 404, body: 'none' }, null],
  ] as const) {
    const { port, received } = await desk(() => reply)
    expect(await port.find(request.token)).toEqual(found)
    const url = new URL(received[0]?.path ?? '', 'http://desk')
    expect(url.searchParams.get('token')).toBe(request.token)
    expect(url.searchParams.get('queue')).toBe('kafka')
  }
})

test("a desk that lists everything does not pass another episode's ticket off as this one", async () => {
  const others = await desk(() => ({
    body: [
      { id: 1, token: 'other' },
      { id: 2, token: request.token },
    ],
  }))
  expect(await others.port.find(request.token)).toMatchObject({ id: '2' })
  const untold = await desk(() => ({ body: [{ id: 1 }, { id: 2 }] }))
  await expect(untold.port.find(request.token)).rejects.toMatchObject({
    type: errorTypes.precondition,
    message: expect.stringContaining(
      'has 2 tickets for the ticket with the token accounting/3/disable A->B (1, 2): it must be one',
    ),
  })
})

test('state and comments have addresses below the ticket', async () => {
  const { port, received } = await desk(({ method }) =>
    method === 'POST' ? { status: 201 } : { body: { id: 'T/1', state: 'Waiting for vendor' } },
  )
  expect(await port.state('T/1')).toEqual({ id: 'T/1', state: 'unknown', detail: 'the desk says "Waiting for vendor"' })
  await port.comment('T/1', 'still waiting')
  expect(received.map(({ method, path, text }) => ({ method, path, text }))).toEqual([
    { method: 'GET', path: '/api/tickets/T%2F1?queue=kafka', text: '' },
    { method: 'POST', path: '/api/tickets/T%2F1/comments?queue=kafka', text: '{"text":"still waiting"}' },
  ])
})

test('a ticket the desk has forgotten is unknown; an answer about another one is refused', async () => {
  const forgotten = await desk(() => ({ status: 404 }))
  expect(await forgotten.port.state('7')).toEqual({
    id: '7',
    state: 'unknown',
    detail: 'the desk does not know the ticket 7',
  })
  const other = await desk(() => ({ body: { id: 8, state: 'closed' } }))
  await expect(other.port.state('7')).rejects.toMatchObject({ type: errorTypes.rejected })
})

test.each([
  ['the connection breaks', 'break' as const, 'the answer was lost'],
  ['no answer comes', 'hang' as const, 'the answer was lost: no answer within 1 s'],
  ['the desk stumbles', { status: 502, body: 'bad gateway' }, 'answered 502: "bad gateway": it may exist'],
  ['the answer is no ticket', { status: 201, body: { ok: true } }, 'took the ticket but answered 201'],
])('opening has an unknown outcome when %s, and it is tried once', async (_, reply, text) => {
  const { port, received } = await desk(() => reply)
  await expect(port.open(request)).rejects.toMatchObject({
    type: errorTypes.unknownOutcome,
    nonRetryable: true,
    message: expect.stringContaining(text),
  })
  expect(received).toHaveLength(1)
})

test('a desk that is not there has opened nothing; one that refuses is told with its words', async () => {
  const gone = await desk(() => ({}))
  await gone.close()
  await expect(gone.port.open(request)).rejects.toMatchObject({
    type: errorTypes.unreachable,
    message: expect.stringMatching(/could not be reached: .*ECONNREFUSED.*\. No ticket was opened\.$/),
  })
  const refusing = await desk(() => ({ status: 401, body: 'who is "Bearer secret"?' }))
  const failure = await refusing.port.open(request).catch((error: unknown) => error)
  expect(failure).toMatchObject({
    type: errorTypes.rejected,
    message: expect.stringContaining('answered 401: "who is \\"***\\"?"'),
  })
})

test('a header secret that cannot be sent was not sent, and is not told', async () => {
  const { port, received } = await desk(() => ({ body: { id: 1 } }))
  vi.stubEnv('DESK_TOKEN', 'bro\nken')
  const failure = await port.open(request).catch((error: unknown) => error)
  expect(failure).toMatchObject({ type: errorTypes.unreachable })
  expect(String(failure)).not.toContain('ken"')
  expect(received).toHaveLength(0)
})

test('a link that a browser would run is left out', async () => {
  const { port } = await desk(() => ({ body: { id: 1, url: 'javascript:alert(1)', state: 'closed' } }))
  expect(await port.state('1')).toEqual({ id: '1', state: 'closed' })
})
