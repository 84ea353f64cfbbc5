import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { pairQueries } from '../../src/contract/definitions.ts'
import { until } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'
import { Stage, resultOf, startTemporal, waitingAt } from './stage.ts'

let env: TestWorkflowEnvironment
let stage: Stage

beforeAll(async () => {
  env = await startTemporal()
  stage = new Stage(env, 'watched')
  await stage.startWorker()
})
afterAll(async () => {
  await stage?.close()
  await env?.teardown()
})

test('what the watch finds is in status, readiness, history and the page; it is kept while a run holds the pair', async () => {
  const at = new Date().toISOString()
  stage.world.findings = [
    {
      code: 'stall',
      severity: 'blocking',
      text: 'Mirroring A->B stands still.',
      todo: 'Resume the connector.',
      since: at,
      lastSeen: at,
      raisedAt: at,
    },
  ]
  // Until it is approved the sides are as they were, however slow the looks at them.
  const run = await stage.start('failover', { approvedBy: undefined })
  const { send } = await waitingAt(run, 'approve')
  const pair = stage.pairHandle()
  await until(async () => (await pair.query(pairQueries.status)).findings?.[0]?.code === 'stall', {
    what: 'the finding is not told',
    timeoutMs: PATIENCE_MS,
  })
  const readiness = await pair.query(pairQueries.readiness)
  expect(readiness).toMatchObject({ verdict: 'blocked', stale: false, sampledAt: expect.any(String) })
  expect(readiness.reasons).toContainEqual(
    expect.objectContaining({
      from: 'watch',
      code: 'stall',
      since: at,
      // Advice is for who may act: once the run has begun its episode, nobody else is.
      todo: expect.stringMatching(/^(Resume the connector\.|A run is changing this pair: change nothing manually\.)/),
    }),
  )
  expect((await pair.query(pairQueries.history)).map(({ text }) => text)).toContain(
    'finding stall: Mirroring A->B stands still.',
  )
  const lag = await pair.query(pairQueries.lag)
  expect(lag).toMatchObject({ version: 1, link: 'A->B' })
  expect(lag.history.slots.length).toBeGreaterThan(0)
  await run.executeUpdate(send.update, { args: [send.payload] })
  expect((await resultOf(run)).state).toBe('succeeded')
  // The link is given up: what was found of it is forgotten with it.
  stage.world.findings = []
  await until(async () => (await pair.query(pairQueries.status)).findings === undefined, {
    what: 'the finding stays',
    timeoutMs: PATIENCE_MS,
  })
  expect((await pair.query(pairQueries.readiness)).forcedLoss.records).toBeNull()
})
