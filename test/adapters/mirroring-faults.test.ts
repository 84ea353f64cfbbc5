import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { mirror } from '../../lab/kafka/users.ts'
import type { MirrorMaker2Config } from '../../src/backends/mirrormaker2/settings.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import {
  changeConfig,
  connectorConfig,
  heard,
  linkOf,
  mirrorMaker2,
  plantedSecret,
  rebalancing,
  startProxy,
  timedOut,
  type Passing,
  type Proxy,
} from './mirroring-support.ts'

const both = 'accounting\\.invoices,accounting\\.orders'
const one = 'accounting\\.orders'

const lab = useLab({
  topics: [
    { name: 'accounting.invoices', partitions: 3 },
    { name: 'accounting.orders', partitions: 2 },
  ],
})

let direct: string
let proxy: Proxy
let link: MirrorMaker2Config
let port: MirroringPort

beforeAll(async () => {
  direct = lab().b.connect.url
  const given = linkOf(lab(), 'A', 'B')
  proxy = await startProxy(direct)
  link = { ...given, connect: { url: proxy.url, timeoutMs: 20_000 } }
  port = mirrorMaker2(link)
})

afterAll(async () => {
  await proxy.close()
  expect(heard.filter((said) => said.includes(plantedSecret))).toEqual([])
})

beforeEach(async () => {
  await port.enable()
  const { selection } = await port.describe()
  if (selection !== both) await port.setSelection(both, selection)
  proxy.seen.length = 0
})

afterEach(() => {
  proxy.meddle = () => undefined
})

/** Puts a word of the connector's task 0 where Connect keeps them. */
async function sayOfTask(connector: string, status: Record<string, unknown>): Promise<void> {
  const { bootstrap } = lab().b
  const producer = kafkaClient(bootstrap, mirror).producer()
  await producer.connect()
  try {
    const record = { key: `status-task-${connector}-0`, value: JSON.stringify(status) }
    await producer.send({ topic: 'connect-status', messages: [record] })
  } finally {
    await producer.disconnect()
  }
}

const putSource = 'PUT /connectors/A-B-source/config'
const putsSeen = () => proxy.seen.filter((request) => request === putSource).length
const isPut = ({ method, path }: Passing) => `${method} ${path}` === putSource

describe('while Connect rebalances', () => {
  test('a storm of 409 is waited out', async () => {
    let left = 4
    proxy.meddle = (request) => (isPut(request) && left-- > 0 ? rebalancing : undefined)
    await port.setSelection(one, both)
    expect(putsSeen()).toBe(5)
    expect((await port.describe()).selection).toBe(one)
  })

  test('every look is repeated as well', async () => {
    let left = 0
    proxy.meddle = () => (left-- > 0 ? rebalancing : undefined)
    for (const look of [
      () => port.describe(),
      () => port.probeDisabled(),
      () => port.mirroredTo(['accounting.orders']),
    ]) {
      left = 3
      expect(await look()).toBeTruthy()
      expect(left).toBeLessThan(0)
    }
  })

  test('an abort ends the retries', async () => {
    proxy.meddle = () => rebalancing
    const control = new AbortController()
    setTimeout(() => control.abort(new Error('enough')), 1_000)
    await expect(port.describe(control.signal)).rejects.toThrow('enough')
  })
})

describe('when the outcome of a write is unknown', () => {
  test('a selection that was written before Connect timed out is not written again', async () => {
    let left = 1
    proxy.meddle = async (request) => {
      if (!isPut(request) || left-- <= 0) return undefined
      await request.pass()
      return timedOut
    }
    await port.setSelection(one, both)
    expect(putsSeen()).toBe(1)
    expect((await port.describe()).selection).toBe(one)
  })

  test('a selection that was not written is written again', async () => {
    let left = 2
    proxy.meddle = (request) => (isPut(request) && left-- > 0 ? timedOut : undefined)
    await port.setSelection(one, both)
    expect(putsSeen()).toBe(3)
  })

  test('a selection that somebody else changed meanwhile is left alone', async () => {
    const theirs = 'accounting\\.invoices'
    let left = 1
    proxy.meddle = async (request) => {
      if (!isPut(request) || left-- <= 0) return undefined
      await changeConfig(direct, 'A-B-source', { topics: theirs })
      return timedOut
    }
    await expect(port.setSelection(one, both)).rejects.toThrow(`found "${theirs}"`)
    expect(putsSeen()).toBe(1)
    expect((await connectorConfig(direct, 'A-B-source'))['topics']).toBe(theirs)
  })

  test('a connection lost after the write counts as unknown, too', async () => {
    let left = 1
    proxy.meddle = async (request) => {
      if (!isPut(request) || left-- <= 0) return undefined
      await request.pass()
      return 'lost'
    }
    await port.setSelection(one, both)
    expect(putsSeen()).toBe(1)
  })

  test('a connector whose creation was not answered is found, not created twice', async () => {
    await port.disable()
    for (const name of ['A-B-source', 'A-B-checkpoint'])
      expect((await fetch(`${direct}/connectors/${name}`, { method: 'DELETE' })).status).toBe(204)
    let left = 1
    proxy.meddle = async ({ method, path, pass }) => {
      if (`${method} ${path}` !== 'POST /connectors' || left-- <= 0) return undefined
      await pass()
      return 'lost'
    }
    await port.enable()
    expect(proxy.seen.filter((request) => request === 'POST /connectors')).toHaveLength(2)
    expect(await port.describe()).toMatchObject({ state: 'running', selection: '^$' })
  })
})

describe('when the status does not tell the truth', () => {
  test('STOPPED while a task still runs: disabled only when the positions are answered, however long that takes', async () => {
    let heldMs = 0
    proxy.meddle = async ({ path, pass }) => {
      if (!path.endsWith('/offsets') || heldMs > 0) return undefined
      // What Connect does while a task ignores its stop until the graceful timeout.
      heldMs = 16_000
      await new Promise((resolve) => setTimeout(resolve, heldMs))
      return pass()
    }
    const start = Date.now()
    await port.disable()
    expect(heldMs).toBe(16_000)
    expect(Date.now() - start).toBeGreaterThan(16_000)
  })

  test('a last word that is lost while the link is being disabled: the connector is stopped once more', async () => {
    let told = false
    proxy.meddle = async ({ path, pass }) => {
      if (!path.endsWith('/offsets') || told) return undefined
      told = true
      await sayOfTask('A-B-source', { state: 'RUNNING', trace: null, worker_id: 'gone:8083', generation: 1 })
      return pass()
    }
    await port.disable()
    expect(proxy.seen.filter((request) => request === 'PUT /connectors/A-B-source/stop')).toHaveLength(2)
    expect(await port.probeDisabled()).toMatchObject({ disabled: true })
  })

  test('a task whose last word was lost: said with what to do, and disabling once more makes Connect forget it', async () => {
    await port.disable()
    await sayOfTask('A-B-checkpoint', { state: 'RUNNING', trace: null, worker_id: 'gone:8083', generation: 1 })
    await vi.waitFor(
      async () => {
        const { disabled, detail } = await port.probeDisabled()
        expect({ disabled, detail }).toMatchObject({ disabled: false })
        expect(detail).toMatch(/A-B-checkpoint: STOPPED, task 0 RUNNING \(.*stop the connector once more/)
      },
      { timeout: PATIENCE_MS, interval: 200 },
    )
    await port.disable()
    expect(await port.probeDisabled()).toMatchObject({ disabled: true })
  })

  test('a connector that has reported nothing yet is starting, neither absent nor disabled', async () => {
    proxy.meddle = ({ path }) =>
      path.endsWith('/status')
        ? {
            status: 404,
            text: JSON.stringify({ error_code: 404, message: `No status found for connector ${path.split('/')[2]}` }),
          }
        : undefined
    expect(await port.describe()).toMatchObject({ state: 'starting' })
    expect(await port.probeDisabled()).toMatchObject({ disabled: false })
  })

  test('RUNNING with the old tasks is not the new selection', async () => {
    const until = Date.now() + 5_000
    proxy.meddle = async ({ path, pass }) => {
      if (!path.endsWith('/tasks') || Date.now() > until) return undefined
      const answer = await pass()
      const [task] = JSON.parse(answer.text) as { config: Record<string, string> }[]
      if (task)
        task.config['task.assigned.partitions'] = 'accounting.invoices-0,accounting.orders-0,accounting.orders-1'
      return { status: 200, text: JSON.stringify(task ? [task] : []) }
    }
    await port.setSelection(one, both)
    expect(Date.now()).toBeGreaterThan(until)
    expect((await port.describe()).assigned.map(({ topic }) => topic)).toEqual(['accounting.orders'])
  })

  test('a status that names another task than the configuration is an obstacle', async () => {
    proxy.meddle = async ({ path, pass }) => {
      if (!path.endsWith('A-B-source/status')) return undefined
      const { text } = await pass()
      return { status: 200, text: text.replace('"id":0', '"id":7') }
    }
    expect((await port.describe()).obstacles.join()).toMatch(/status is stale/)
  })
})

describe('when Connect refuses', () => {
  test('401: rejected, with what to check', async () => {
    proxy.meddle = () => ({ status: 401, text: 'User cannot access the resource.' })
    const failure = port.describe()
    await expect(failure).rejects.toMatchObject({ type: errorTypes.rejected, nonRetryable: true })
    await expect(failure).rejects.toThrow(/A->B.*401.*connect\.basicAuth/)
  })

  test('an address that is not Connect is no absent link', async () => {
    for (const text of ['<html>not found</html>', '{"error_code":404,"message":"HTTP 404 Not Found"}']) {
      proxy.meddle = () => ({ status: 404, text })
      const failure = port.probeDisabled()
      await expect(failure).rejects.toThrow(/not Connect's REST API.*Check.*connect\.url/)
      await expect(failure).rejects.toMatchObject({ type: errorTypes.unreachable })
    }
    proxy.meddle = () => ({ status: 200, text: '<html>welcome</html>' })
    await expect(port.probeDisabled()).rejects.toMatchObject({ type: errorTypes.rejected })
  })

  test('settings that are not accepted are named without their values', async () => {
    const config = { ...link.source.config, 'tasks.max': 'many', 'consumer.poll.timeout.ms': plantedSecret }
    const bad = mirrorMaker2({ ...link, source: { name: 'A-B-other', config }, checkpoint: { name: 'A-B-source' } })
    const failure = bad.enable()
    await expect(failure).rejects.toMatchObject({ type: errorTypes.rejected })
    await expect(failure).rejects.toThrow(/not accepted; settings named: .*tasks\.max/)
  })

  test('an offset beyond 2^53 is refused rather than rounded', async () => {
    proxy.meddle = ({ path }) => {
      const partition = { cluster: 'A', topic: 'accounting.orders', partition: 0 }
      if (!path.endsWith('/offsets')) return undefined
      return { status: 200, text: JSON.stringify({ offsets: [{ partition, offset: { offset: 2 ** 53 } }] }) }
    }
    await expect(port.mirroredTo(['accounting.orders'])).rejects.toThrow(/beyond 2\^53/)
  })
})

describe('through TLS', () => {
  let folder: string
  let secure: Proxy
  const file = (name: string) => join(folder, name)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'switchback-connect-tls-'))
    for (const name of ['server', 'client'])
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'].concat(
          ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:connect.test'],
          ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)],
        ),
        { stdio: 'ignore' },
      )
    secure = await startProxy(direct, {
      key: readFileSync(file('server.key')),
      cert: readFileSync(file('server.pem')),
      ca: readFileSync(file('client.pem')),
      requestCert: true,
      rejectUnauthorized: true,
    })
    writeFileSync(file('password'), 'rest-secret\n')
  })

  afterAll(async () => {
    await secure.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const through = (connect: Partial<MirrorMaker2Config['connect']>) =>
    mirrorMaker2({ ...link, connect: { url: secure.url, timeoutMs: 30_000, ...connect } })
  const files = () => ({ caFile: file('server.pem'), certFile: file('client.pem'), keyFile: file('client.key') })

  test('with authority, client certificate and password it works', async () => {
    const basicAuth = { username: 'switchback', password: { file: file('password') } }
    const expected = `Basic ${Buffer.from('switchback:rest-secret').toString('base64')}`
    secure.meddle = ({ authorization }) => (authorization === expected ? undefined : { status: 401, text: 'no' })
    expect(await through({ tls: { ...files(), rejectUnauthorized: true }, basicAuth }).describe()).toMatchObject({
      state: 'running',
    })
    await expect(through({ tls: { ...files(), rejectUnauthorized: true } }).describe()).rejects.toThrow(/401/)
    secure.meddle = () => undefined
    const named = { ...files(), rejectUnauthorized: true, serverName: 'connect.test' }
    expect(await through({ tls: named }).describe()).toMatchObject({ state: 'running' })
  })

  test('an unknown authority is a fault of the configuration, and says which', async () => {
    const { caFile: _, ...without } = files()
    const failure = through({ tls: { ...without, rejectUnauthorized: true } }).describe()
    await expect(failure).rejects.toMatchObject({ type: errorTypes.configuration })
    await expect(failure).rejects.toThrow(/A->B.*TLS.*connect\.tls/)
  })

  test('a certificate file that is not there is named', async () => {
    const tls = { ...files(), keyFile: file('nowhere.key'), rejectUnauthorized: true }
    await expect(through({ tls }).describe()).rejects.toThrow(
      /connect\.tls\.keyFile: the file .*nowhere\.key cannot be read/,
    )
  })

  test('a password that cannot be read is named by its reference', async () => {
    const basicAuth = { username: 'switchback', password: { env: 'NOT_SET_ANYWHERE' } }
    await expect(through({ tls: { ...files(), rejectUnauthorized: true }, basicAuth }).describe()).rejects.toThrow(
      /connect\.basicAuth\.password: the environment variable NOT_SET_ANYWHERE is not set/,
    )
  })
})

test('a list that lags behind does not make a running link absent', async () => {
  let left = 2
  proxy.meddle = ({ path }) => (path.includes('expand=info') && left-- > 0 ? { status: 200, text: '{}' } : undefined)
  expect(await port.probeDisabled()).toMatchObject({ disabled: false })
})

test('a worker that dies and comes back: a wait in progress goes on, and the link is never taken for absent', async () => {
  const worker = lab().b.connect.process
  const close = mirrorMaker2({ ...link, connect: { url: direct, timeoutMs: 30_000 } })
  const waiting = port.setSelection(one, both)
  waiting.catch(() => 'reported below')
  // The selection is written; its tasks are not there yet.
  await expect.poll(async () => (await connectorConfig(direct, 'A-B-source'))['topics'], { interval: 20 }).toBe(one)
  await worker.kill()
  await expect(close.describe()).rejects.toMatchObject({ type: errorTypes.unreachable })
  worker.launch()
  const answers = new Set<string>()
  const end = Date.now() + PATIENCE_MS
  while (!answers.has('on') && Date.now() < end)
    answers.add(
      await close.probeDisabled().then(
        ({ disabled, detail }) => (disabled ? detail : 'on'),
        (error: { type: string }) => error.type,
      ),
    )
  expect([...answers].sort()).toEqual([errorTypes.unreachable, 'on'].sort())
  await waiting
  expect((await port.describe()).assigned.map(({ topic }) => topic)).toEqual(['accounting.orders'])
})
