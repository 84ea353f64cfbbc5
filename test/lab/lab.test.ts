import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readReceived, readSent } from '../../lab/apps/records.ts'
import { httpJson } from '../../lab/process/http-json.ts'
import { until } from '../../lab/process/wait.ts'
import { configSchema } from '../../src/config/schema.ts'
import { checkout } from '../../lab/tools.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import { useLab } from './harness.ts'

const topics = [{ name: 'accounting.invoices', partitions: 3 }]
const lab = useLab({ topics, recordsPerSecond: 100 })

const app = async (...args: string[]): Promise<unknown> => {
  const command = [join(checkout, 'lab/bin/app.mjs'), ...args, '--host', lab().apps.url]
  return JSON.parse((await promisify(execFile)(process.execPath, command)).stdout)
}

test(
  "a producer's record on A arrives on B as accounting.invoices.A",
  async () => {
    await app('start', 'invoicing', '--cluster', 'A')
    await app('start', 'billing', '--cluster', 'B', '--topics', 'accounting.invoices.A')
    await until(() => readReceived(lab().dir).length > 200, { what: 'records on B', timeoutMs: PATIENCE_MS })
    await app('stop', 'invoicing')
    const complete = () =>
      lab()
        .verdict()
        .every((topic) => topic.lost === 0)
    await until(complete, { what: 'every record on B', timeoutMs: PATIENCE_MS })
    await app('stop', 'billing')

    const received = readReceived(lab().dir, 'billing')
    expect(new Set(received.map(({ topic, cluster }) => `${topic} on ${cluster}`))).toEqual(
      new Set(['accounting.invoices.A on B']),
    )
    expect(lab().verdict()).toMatchObject([{ duplicated: 0, outOfOrder: 0, stranded: 0, sent: received.length }])
  },
  LIMIT_MS,
)

test(
  'an application started twice runs once, and goes on counting where it stopped',
  async () => {
    const starts = lab().apps.state('invoicing').starts
    const first = await app('start', 'invoicing', '--cluster', 'B')
    expect(await app('start', 'invoicing', '--cluster', 'B')).toEqual(first)
    expect(first).toMatchObject({ state: 'running', cluster: 'B', topics: ['accounting.invoices'], starts: starts + 1 })
    const onB = () => readSent(lab().dir).filter(({ cluster }) => cluster === 'B').length > 50
    await until(onB, { what: 'records sent to B', timeoutMs: PATIENCE_MS })
    expect(await app('stop', 'invoicing')).toMatchObject({ state: 'stopped' })

    const numbers = new Map<string, number[]>()
    for (const { key, seq } of readSent(lab().dir)) numbers.set(key, [...(numbers.get(key) ?? []), seq])
    for (const seqs of numbers.values()) expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    await expect(app('start', 'nobody', '--cluster', 'B')).rejects.toThrow('there is no application nobody')
  },
  LIMIT_MS,
)

test(
  'a producer that is prepared writes nothing until it is started there, and goes on counting where the other one stopped',
  async () => {
    const onB = () => readSent(lab().dir).filter(({ cluster }) => cluster === 'B').length
    const onA = () => readSent(lab().dir).filter(({ cluster }) => cluster === 'A').length
    const [beforeA, beforeB] = [onA(), onB()]
    const running = await app('start', 'invoicing', '--cluster', 'A')
    const target = ['--cluster', 'B', '--topics', 'accounting.invoices']
    expect(await app('prepare', 'invoicing', ...target)).toEqual(running)
    // What an abort does: the one that runs is left.
    expect(await app('stop', 'invoicing', '--cluster', 'B')).toEqual(running)
    expect(await app('stop', 'invoicing', '--cluster', 'B')).toEqual(running)
    await app('prepare', 'invoicing', ...target)
    await until(() => onA() > beforeA + 100, { what: 'records sent to A', timeoutMs: PATIENCE_MS })
    expect(await app('stop', 'invoicing', '--cluster', 'A')).toMatchObject({ state: 'stopped' })
    expect(onB()).toBe(beforeB)
    expect(await app('start', 'invoicing', ...target)).toMatchObject({ state: 'running', cluster: 'B' })
    await until(() => onB() > beforeB + 50, { what: 'records sent to B', timeoutMs: PATIENCE_MS })
    expect(await app('stop', 'invoicing')).toMatchObject({ state: 'stopped' })

    const numbers = new Map<string, number[]>()
    for (const { key, seq } of readSent(lab().dir)) numbers.set(key, [...(numbers.get(key) ?? []), seq])
    for (const seqs of numbers.values()) expect(seqs).toEqual(seqs.map((_, index) => index + 1))
  },
  LIMIT_MS,
)

test(
  "a killed broker leaves its producer's records in doubt, not lost",
  async () => {
    const count = () => readSent(lab().dir).filter(({ cluster }) => cluster === 'A').length
    const before = count()
    await lab().apps.start('invoicing', { cluster: 'A' })
    await until(() => count() > before + 100, { what: 'records sent to A', timeoutMs: PATIENCE_MS })
    await lab().a.kill()
    expect(lab().a.pid).toBeUndefined()
    await lab().apps.start('invoicing', { cluster: 'B' })
    const lastIsOnB = () => readSent(lab().dir).at(-1)?.cluster === 'B'
    await until(lastIsOnB, { what: 'the producer on B', timeoutMs: PATIENCE_MS })
    await lab().apps.stop('invoicing')
    await lab().a.start()

    const acknowledged = readSent(lab().dir).filter((record) => !('maybe' in record))
    const perKey = new Map<string, number>()
    for (const { key, seq } of acknowledged) {
      expect(seq).toBe((perKey.get(key) ?? 0) + 1)
      perKey.set(key, seq)
    }
  },
  LIMIT_MS,
)

test(
  'the desk answers one ticket for one token, and processing it stops the link',
  async () => {
    const { desk, b } = lab()
    const request = { token: 'episode-1', summary: 'disable A->B', text: 'please', link: { from: 'A', to: 'B' } }
    const first = (await httpJson('POST', `${desk.url}/tickets`, request)) as { id: string }
    await desk.process.kill()
    await desk.process.start()
    expect(await httpJson('POST', `${desk.url}/tickets`, request)).toEqual(first)
    expect(await httpJson('GET', `${desk.url}/tickets?token=episode-1`)).toEqual([first])

    const lied = (await httpJson('POST', `${desk.url}/tickets`, { ...request, token: 'lie' })) as { id: string }
    expect(await httpJson('POST', `${desk.url}/tickets/${lied.id}/process?lie=1`)).toMatchObject({ state: 'processed' })
    const state = async () => {
      const status = await httpJson('GET', `${b.connect.url}/connectors/A-B-source/status`)
      return (status as { connector: { state: string } }).connector.state
    }
    expect(await state()).toBe('RUNNING')
    const done = await httpJson('POST', `${desk.url}/tickets/${first.id}/process`, undefined, PATIENCE_MS)
    expect(done).toMatchObject({ id: first.id, state: 'processed' })
    expect(await state()).toBe('STOPPED')
    expect(await httpJson('GET', `${desk.url}/stats`)).toMatchObject({ tickets: 2, requests: { 'episode-1': 2 } })
  },
  LIMIT_MS,
)

test(
  'Temporal comes back on its database after a kill',
  async () => {
    const { temporal } = lab()
    await temporal.process.kill()
    await temporal.process.start()
    const found = (await httpJson('GET', `${temporal.uiUrl}/api/v1/namespaces/default/search-attributes`)) as {
      customAttributes: object
    }
    expect(Object.keys(found.customAttributes)).toContain('SwitchbackPair')
  },
  LIMIT_MS,
)

test(
  'a third cluster joins with its Connect worker and stands in the configuration',
  async () => {
    const c = await lab().addCluster('C')
    await lab().enableLink('B', 'C')
    const running = async () => {
      const status = await httpJson('GET', `${c.connect.url}/connectors/B-C-source/status`)
      return (status as { tasks: { state: string }[] }).tasks.some(({ state }) => state === 'RUNNING')
    }
    await until(running, { what: 'the link B->C', timeoutMs: PATIENCE_MS })
    const configuration = configSchema.parse(parse(readFileSync(lab().configFile, 'utf8')))
    expect(configuration.clusters['C']?.bootstrap).toEqual([c.bootstrap])
    const links = configuration.pairs['accounting']?.links.map(({ from, to }) => `${from}->${to}`)
    expect(links).toEqual(['A->B', 'B->A', 'B->C', 'C->B'])
  },
  LIMIT_MS,
)
