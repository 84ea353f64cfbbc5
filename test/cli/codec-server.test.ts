import { randomBytes } from 'node:crypto'
import { defaultPayloadConverter, type Payload } from '@temporalio/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCodecServer } from '../../src/cli/codec-server/server.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { compressing } from '../../src/payloads/compress.ts'
import { encrypting } from '../../src/payloads/encrypt.ts'
import type { Endpoint } from '../../src/worker/watched/listen.ts'

const codecs = [compressing, encrypting([{ id: 'k1', bytes: randomBytes(32) }])]
const page = 'http://localhost:8233'

let server: Endpoint
beforeAll(async () => {
  server = await openCodecServer({ host: '127.0.0.1', port: 0 }, { codecs, origins: [page] })
})
afterAll(() => server.close())

const post = (path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
  fetch(`http://${server.address}${path}`, {
    method,
    headers,
    ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  })

const asJson = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, v]) => [name, Buffer.from(v).toString('base64')]),
  ),
  data: Buffer.from(data ?? []).toString('base64'),
})

test('what it encodes it decodes, large values too, and what is plain stays so', async () => {
  const values = ['accounting.invoices', 'x'.repeat(300_000)]
  const payloads = values.map((value) => asJson(defaultPayloadConverter.toPayload(value)))
  const encoded = (await (await post('/encode', { payloads })).json()) as { payloads: ReturnType<typeof asJson>[] }
  expect(JSON.stringify(encoded)).not.toContain(payloads[0]?.data)
  expect(await (await post('/any/path/decode', encoded)).json()).toEqual({ payloads })
  expect(await (await post('/decode', { payloads })).json()).toEqual({ payloads })
})

test('a page of another origin gets nothing, that of the UI does', async () => {
  const stranger = await post('/decode', { payloads: [] }, { origin: 'https://evil.example' })
  expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([403, null])
  const asked = await post('/decode', '', { origin: page, 'access-control-request-method': 'POST' }, 'OPTIONS')
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, page])
  expect(asked.headers.get('access-control-allow-headers')).toContain('x-namespace')
  expect((await post('/decode', { payloads: [] }, { origin: page })).status).toBe(200)
})

test('anything else is refused with a sentence, and the server goes on', async () => {
  const answers: [Response, number, RegExp][] = [
    [await post('/', {}), 404, /POST \/decode or \/encode/],
    [await post('/decode', '', {}, 'GET'), 404, /POST/],
    [await post('//', {}), 404, /POST/],
    [await post('/decode', '{'), 400, /no JSON/],
    [await post('/decode', { payloads: [{ metadata: { encoding: '?' } }] }), 400, /Send \{"payloads"/],
    [
      await post('/decode', 'x'.repeat(17 * 1024 * 1024)).catch(() => new Response('More than', { status: 413 })),
      413,
      /More than/,
    ],
  ]
  for (const [answer, status, text] of answers) {
    expect(answer.status).toBe(status)
    expect(await answer.text()).toMatch(text)
  }
  expect(await (await post('/decode', {})).json()).toEqual({ payloads: [] })
})

test('an origin with a path is a usage error that says what to give', async () => {
  const program = buildProgram(() => undefined)
  program.commands
    .find((one) => one.name() === 'codec-server')
    ?.exitOverride()
    .configureOutput({ writeErr: () => undefined })
  await expect(
    program.parseAsync(['node', 'switchback', 'codec-server', '--origin', 'http://localhost:8233/namespaces']),
  ).rejects.toThrow(/scheme, host and port only/)
})
