import { createHmac } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { createApplication } from '../../src/controls/application.ts'
import type { ApplicationConfig, ClusterConfig } from '../../src/config/schema.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { ApplicationTarget } from '../../src/ports/applications.ts'
import { httpServer, type Reply } from '../desks/http-support.ts'

const clusters = { B: { bootstrap: ['b-0:9092'] } } as unknown as Record<string, ClusterConfig>
const onB: ApplicationTarget = { cluster: 'B', topics: ['invoices'], phase: 'all' }

afterEach(() => {
  vi.unstubAllEnvs()
})

interface Body {
  action: 'stop' | 'start' | 'state'
  key?: string
}

/** An application behind HTTP that works as asked, unless `act` or `state` answers something else. */
async function application(
  options: {
    act?: (time: number) => Reply | null
    state?: (time: number) => Reply | null
    acts?: boolean
    prepare?: boolean
  } = {},
) {
  const world = { state: 'running', cluster: 'A' as string | undefined }
  let asked = 0
  let acted = 0
  const server = await httpServer(({ text }) => {
    const body: Body & { cluster?: string } = JSON.parse(text)
    if (body.action === 'state') return options.state?.(++asked) ?? { body: world }
    if (options.acts ?? true)
      Object.assign(
        world,
        body.action === 'stop' ? { state: 'stopped', cluster: undefined } : { state: 'running', cluster: body.cluster },
      )
    return options.act?.(++acted) ?? { status: 202 }
  })
  const config: ApplicationConfig = {
    name: 'ledger',
    kind: 'producer',
    topics: ['invoices'],
    control: {
      adapter: 'webhook',
      url: `${server.url}/apps?token=in-the-query`,
      ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
      secret: { env: 'LEDGER_SECRET' },
      timeoutMs: 1_500,
    },
  }
  vi.stubEnv('LEDGER_SECRET', 'very secret')
  const bodies = () => server.received.map(({ text }): Body => JSON.parse(text))
  return {
    ...server,
    world,
    port: createApplication('accounting', config, clusters),
    bodies,
    actions: () => bodies().map(({ action }) => action),
  }
}

test('stop and start look, act and look again', async () => {
  const { port, bodies, actions } = await application()
  expect(await port.stop('key-1')).toEqual({ state: 'stopped' })
  expect(bodies()[1]).toEqual({ action: 'stop', name: 'ledger', pair: 'accounting', key: 'key-1', cluster: 'A' })
  expect(await port.start(onB, 'key-2')).toEqual({ state: 'running', cluster: 'B' })
  expect(bodies()[4]).toEqual({
    action: 'start',
    name: 'ledger',
    pair: 'accounting',
    key: 'key-2',
    cluster: 'B',
    bootstrap: ['b-0:9092'],
    topics: ['invoices'],
    phase: 'all',
  })
  expect(actions()).toEqual(['state', 'stop', 'state', 'state', 'start', 'state'])
})

test('each request is signed over its time, method, path and body, and an action carries its key', async () => {
  const { port, received } = await application()
  await port.stop('key-1')
  for (const { headers, text } of received) {
    const [, time = '', v1, v2] =
      /^t=(\d+),v1=([0-9a-f]{64}),v2=([0-9a-f]{64})$/.exec(String(headers['x-switchback-signature'])) ?? []
    const code = (signed: string) => createHmac('sha256', 'very secret').update(signed).digest('hex')
    expect(v1).toBe(code(`${time}.${text}`))
    expect(v2).toBe(code(`${time}\nPOST\n/apps?token=in-the-query\n${text}`))
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(10)
  }
  expect(received.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, 'key-1', undefined])
})

test('a question is asked again, an action that may have arrived is not', async () => {
  const { port, actions } = await application({ state: (time) => (time === 1 ? 'break' : null), act: () => 'break' })
  expect(await port.stop('k')).toEqual({ state: 'stopped' })
  expect(actions()).toEqual(['state', 'state', 'stop', 'state'])
})

test('an action whose answer is lost and whose effect does not show has an unknown outcome', async () => {
  const { port, actions } = await application({ act: () => 'hang', acts: false })
  await expect(port.stop('k')).rejects.toMatchObject({
    type: errorTypes.unknownOutcome,
    message: expect.stringContaining(
      'Nothing is known about the stop of ledger: no answer within 1.5 s; the probe says: running on A',
    ),
  })
  expect(actions().filter((action) => action === 'stop')).toHaveLength(1)
})

test('a refusal is told with status and text, but never with a secret', async () => {
  const { port } = await application({
    act: () => ({ status: 403, body: 'not\nallowed for very secret' }),
    acts: false,
  })
  await expect(port.stop('k')).rejects.toMatchObject({
    type: errorTypes.rejected,
    message: expect.stringMatching(
      /^The stop of ledger failed: http:\/\/127\.0\.0\.1:\d+\/apps answered 403: "not allowed for \*\*\*"\. Now the probe says: running on A\.$/,
    ),
  })
})

test('an endpoint that is not there, one that moved, and one that talks nonsense are told apart', async () => {
  const gone = await application()
  await gone.close()
  await expect(gone.port.state()).rejects.toMatchObject({
    type: errorTypes.unreachable,
    message: expect.stringMatching(/^The endpoint of ledger, http:.*\/apps, did not report its state: .*ECONNREFUSED/),
  })
  const moved = await application({ state: () => ({ status: 307, headers: { location: 'https://new.example.org/' } }) })
  await expect(moved.port.state()).rejects.toMatchObject({
    type: errorTypes.rejected,
    message: expect.stringContaining('answered 307: "moved to https://new.example.org/: configure that address"'),
  })
  const nonsense = await application({ state: () => ({ body: { status: 'up' } }) })
  await expect(nonsense.port.state()).rejects.toMatchObject({
    type: errorTypes.rejected,
    message: expect.stringContaining('that is no state: it must be {"state":'),
  })
})

test('a secret that is gone is a fault of the configuration', async () => {
  const { port } = await application()
  vi.stubEnv('LEDGER_SECRET', undefined)
  await expect(port.state()).rejects.toMatchObject({
    type: errorTypes.configuration,
    message: expect.stringContaining('the environment variable LEDGER_SECRET is not set'),
  })
})

test('cancelling gives the reason of the signal', async () => {
  const { port } = await application({ state: () => 'hang' })
  await expect(port.state(AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled')
})

test('an endpoint is asked to prepare only where it is said to know it, with all that a start is told', async () => {
  expect('prepare' in (await application()).port).toBe(false)
  const { port, bodies } = await application({ prepare: true, acts: false })
  await port.prepare?.(onB, 'key-1')
  await port.discard?.('B', 'key-2')
  expect(bodies()).toEqual([
    {
      action: 'prepare',
      name: 'ledger',
      pair: 'accounting',
      key: 'key-1',
      cluster: 'B',
      bootstrap: ['b-0:9092'],
      topics: ['invoices'],
      phase: 'all',
    },
    { action: 'stop', name: 'ledger', pair: 'accounting', key: 'key-2', cluster: 'B' },
  ])
})

test('an endpoint that cannot prepare says why', async () => {
  const { port } = await application({ prepare: true, act: () => ({ status: 409, body: { error: 'no room' } }) })
  await expect(port.prepare?.(onB, 'key-1')).rejects.toThrow(/Preparing ledger on B failed: .*409/)
})
