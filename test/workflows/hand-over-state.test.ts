import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asAsked } from '../../src/contract/definitions.ts'
import type { PlannedApplication } from '../../src/contract/plan.ts'
import { progressOf, resultOf, Stage, startTemporal, until, waitingAt } from './stage.ts'

let env: TestWorkflowEnvironment

beforeAll(async () => {
  env = await startTemporal()
})
afterAll(() => env?.teardown())

const topics = ['accounting.invoices']
const apps: PlannedApplication[] = [
  { name: 'loader', kind: 'producer', stays: 'connect', principal: 'User:loader', topics },
  { name: 'rates', kind: 'consumer', stays: 'streams', group: 'rates', topics },
  { name: 'archive', kind: 'consumer', stays: 'offsets', topics },
]

test('what does not move is said before the approval, and each application waits for a person’s word', async () => {
  const stage = new Stage(env, 'by-hand')
  await stage.startWorker()
  try {
    for (const app of apps) {
      stage.world.stays.set(app.name, app)
      stage.world.apps.set(app.name, { name: app.name, state: 'running', cluster: 'A', topics: [], adapter: 'command' })
    }
    const run = await stage.start('failover', { approvedBy: undefined })
    const approval = await waitingAt(run, 'approve')
    expect(approval.text).toContain('To be migrated manually, when the run asks: loader (Kafka Connect:')
    expect(approval.text).toContain('archive (offsets kept outside of Kafka)')
    await run.executeUpdate(...asAsked(approval, { by: 'owner' }))

    const producer = await waitingAt(run, 'hand-over-producers')
    expect(producer.text).toMatch(/^loader is a source connector: .*PATCH/)
    expect(stage.world.count('start loader on B all')).toBe(0)
    expect((await progressOf(run)).pointOfNoReturnAt).toBeNull()
    await run.executeUpdate(...asAsked(producer, { by: 'kim' }))

    const { waitingFor } = await until(
      run,
      (progress) => progress.waitingFor.filter(({ step }) => step === 'hand-over-consumers').length === 2,
    )
    const asked = waitingFor.map(({ text }) => text).sort()
    expect(asked[0]).toMatch(/^archive keeps its offsets outside .*accounting\.invoices-0: 0\)/)
    expect(asked[1]).toMatch(/^rates is a Kafka Streams application: .*rates-…-changelog/)
    const started = () => stage.world.acts.filter((act) => /^start (rates|archive|billing)/.test(act))
    for (const question of waitingFor) {
      expect(started()).toEqual([])
      await run.executeUpdate(...asAsked(question, { by: 'kim', note: 'done' }))
    }
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    expect(started().sort()).toEqual(['archive', 'billing', 'rates'].map((name) => `start ${name} on B all`))
    expect(result.progress.steps.find(({ id }) => id === 'hand-over-consumers')?.detail).toMatch(/rates by kim/)
  } finally {
    await stage.close()
  }
})
