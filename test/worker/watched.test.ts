import { get } from 'node:http'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import type { PairStatus } from '../../src/contract/pair-messages.ts'
import { addressText, listenAddress } from '../../src/worker/watched/address.ts'
import { cached } from '../../src/worker/watched/cached.ts'
import { openEndpoint } from '../../src/worker/watched/endpoint.ts'
import type { PairView } from '../../src/worker/watched/look-at-pairs.ts'
import { pairMetrics } from '../../src/worker/watched/pair-metrics.ts'
import { aProgress } from '../cli/fixtures/progress.ts'
import { aStatus } from '../domain/builders.ts'

const at = '2026-01-17T09:00:00.000Z'
const unix = Date.parse(at) / 1000

const calm = aStatus({ lag: { at, records: 12, sourceReachable: true, linkReachable: true } })

function shown() {
  const registry = new Registry()
  const write = pairMetrics(registry)
  return async (...views: PairView[]): Promise<string[]> => {
    write(views)
    return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  }
}

test('a port alone is open to this machine only', () => {
  expect(listenAddress('9464')).toEqual({ host: '127.0.0.1', port: 9464 })
  expect(listenAddress('10.0.0.7:9464')).toEqual({ host: '10.0.0.7', port: 9464 })
  expect(addressText(listenAddress('[::1]:9464'))).toBe('[::1]:9464')
  for (const wrong of ['', 'x', ':9464', '9464:', '65536', '::1:80', 'http://x:1'])
    expect(() => listenAddress(wrong), wrong).toThrow('Give a port')
})

test('however many ask, one look is under way, and none while the last is fresh', async () => {
  let now = 0
  let looks = 0
  const give: ((value: number) => void)[] = []
  const look = () => {
    looks += 1
    return new Promise<number>((resolve) => give.push(resolve))
  }
  const ask = cached(look, { freshMs: 100, patienceMs: 20, now: () => now })
  const [first, second] = [ask(), ask()]
  give[0]?.(1)
  expect(await Promise.all([first, second, ask()])).toEqual([1, 1, 1])
  now = 99
  expect(await ask()).toBe(1)
  expect(looks).toBe(1)
  now = 100
  expect(await ask(), 'one that takes long leaves the old value').toBe(1)
  expect(await ask()).toBe(1)
  expect(looks).toBe(2)
  give[1]?.(2)
  expect(await ask()).toBe(2)
})

test('a calm pair shows its lag and that nobody waits', async () => {
  const lines = await shown()({ pair: 'accounting', status: calm, run: null })
  expect(lines).toEqual(
    expect.arrayContaining([
      'switchback_pair_up{pair="accounting"} 1',
      'switchback_pair_info{pair="accounting",active="A",standby="B"} 1',
      'switchback_pair_phase{pair="accounting",phase="idle"} 1',
      'switchback_pair_phase{pair="accounting",phase="in-doubt"} 0',
      'switchback_pair_lag_records{pair="accounting"} 12',
      `switchback_pair_lag_sample_timestamp_seconds{pair="accounting"} ${unix}`,
      'switchback_pair_source_reachable{pair="accounting"} 1',
      'switchback_pair_obligations{pair="accounting"} 0',
    ]),
  )
  expect(lines.filter((line) => /unprotected|switchback_run|forced_loss|findings/.test(line))).toEqual([])
})

test('a pair in a run shows its phase, since when it waits, and its tickets', async () => {
  const run = aProgress({
    pair: 'accounting',
    operation: 'reset',
    state: 'waiting',
    currentStep: 'await-ticket',
    startedAt: at,
    waitingFor: [
      question('ticket', 'await-ticket', '2026-01-17T09:05:00.000Z'),
      question('ticket', 'await-ticket', at),
      question('decision', 'settle-stranded', '2026-01-17T09:01:00.000Z'),
    ],
    tickets: [ticket('1', undefined), ticket('2', at)],
  })
  const status: PairStatus = {
    ...calm,
    lease: { workflowId: run.workflowId, runId: 'r', operation: 'reset', epoch: 3, acquiredAt: at },
    episode: { number: 1, stage: 'resetting', inDoubt: null },
    unprotectedSince: at,
  }
  const lines = await shown()({ pair: 'accounting', status, run })
  const labels = 'pair="accounting",operation="reset"'
  expect(lines).toEqual(
    expect.arrayContaining([
      'switchback_pair_phase{pair="accounting",phase="resetting"} 1',
      'switchback_pair_phase{pair="accounting",phase="idle"} 0',
      `switchback_pair_unprotected_since_timestamp_seconds{pair="accounting"} ${unix}`,
      `switchback_run_info{${labels},mode="${run.mode}",state="waiting",step="await-ticket",workflow_id="${run.workflowId}"} 1`,
      `switchback_run_waiting_since_timestamp_seconds{${labels},kind="ticket",step="await-ticket"} ${unix}`,
      `switchback_run_waiting_since_timestamp_seconds{${labels},kind="decision",step="settle-stranded"} ${unix + 60}`,
      `switchback_run_tickets_open{${labels}} 1`,
      `switchback_run_oldest_ticket_opened_timestamp_seconds{${labels}} ${unix}`,
    ]),
  )
})

test('a pair that does not answer has no numbers, not the old ones', async () => {
  const show = shown()
  await show({ pair: 'accounting', status: calm, run: null })
  expect(await show({ pair: 'accounting', status: null, run: null })).toEqual([
    'switchback_pair_up{pair="accounting"} 0',
  ])
})

test('no text of a pair or a run is shown', async () => {
  const secret = 'hunter2'
  const found = { code: 'stall', severity: 'blocking', text: secret, todo: secret, since: at, lastSeen: at } as const
  const status: PairStatus = {
    ...calm,
    alerts: [secret],
    obligations: [{ id: secret, text: secret, since: at }],
    findings: [
      { ...found, raisedAt: at },
      { ...found, raisedAt: null },
    ],
    unknownMessages: { count: 1, last: [secret] },
  }
  const run = aProgress({ notes: [secret], waitingFor: [{ ...question('decision', 'assess', at), text: secret }] })
  const lines = await shown()({ pair: 'accounting', status, run })
  expect(lines).toContain('switchback_pair_findings{pair="accounting",code="stall",severity="blocking"} 1')
  expect(lines).toContain('switchback_pair_alerts{pair="accounting"} 1')
  expect(lines.join('\n')).not.toContain(secret)
})

test('a worker that is not well answers 503, and anything else is 404', async () => {
  const endpoint = await openEndpoint(listenAddress('0'), {
    health: async () => ({
      version: '0.0.1',
      ok: false,
      workers: { runs: 'RUNNING', waits: 'DRAINING' },
      temporal: 'unreachable',
    }),
    metrics: { contentType: 'text/plain', text: () => Promise.reject(new Error('out of order')) },
  })
  try {
    const health = await page(endpoint.address, '/healthz')
    expect(health.status).toBe(503)
    expect(JSON.parse(health.body)).toMatchObject({ version: '0.0.1', ok: false, temporal: 'unreachable' })
    expect(await page(endpoint.address, '/metrics')).toMatchObject({ status: 500, body: 'out of order\n' })
    expect(await page(endpoint.address, '/')).toMatchObject({ status: 404 })
    await expect(openEndpoint(listenAddress(endpoint.address), never)).rejects.toThrow(
      `The worker cannot listen on ${endpoint.address} for --http`,
    )
  } finally {
    await endpoint.close()
  }
})

const never = {
  health: () => Promise.reject(new Error('not asked')),
  metrics: { contentType: '', text: () => Promise.reject(new Error('not asked')) },
}

function question(kind: 'ticket' | 'decision', step: 'await-ticket' | 'settle-stranded' | 'assess', askedAt: string) {
  return { id: `${step}#1`, step, kind, text: 'x', choices: [], send: { update: 'decide', payload: {} }, askedAt }
}

function ticket(id: string, completedAt: string | undefined) {
  return { id, desk: 'd', openedAt: at, reminders: 0, escalated: false, ...(completedAt ? { completedAt } : {}) }
}

function page(address: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get(`http://${address}${path}`, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    }).on('error', reject)
  })
}
