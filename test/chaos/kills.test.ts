import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpJson } from '../../lab/process/http-json.ts'
import { until } from '../../lab/process/wait.ts'
import { switchback } from '../cli/fixtures/switchback.ts'
import { aclsOf, connectorConfig, mirroringHeld, writeFence } from '../lab/clusters-now.ts'
import type { DrivenRun, Outcome } from '../lab/driven-run.ts'
import { useLab } from '../lab/harness.ts'
import { declaredDuplicates, finalVerdicts, turns, turnsLater } from '../lab/judged.ts'
import { business, Product, twoTopics } from '../lab/product.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'

/** Milliseconds of production while the link is held, so that there is something to wait for. */
const BACKLOG_MS = 1_500

const lab = useLab({ ...twoTopics, startApplicationsOn: 'A' })
const outcomes: Outcome[] = []
let product: Product
let aclsAtStart: string[]
let linkAtStart: Record<string, string>

beforeAll(async () => {
  aclsAtStart = await aclsOf(lab().a)
  linkAtStart = await connectorConfig(lab(), 'A', 'B', 'source')
  product = await Product.on(lab())
}, LIMIT_MS)
afterAll(() => product?.close())

/** A failover that waits for the lag: its link is paused, and what producers wrote meanwhile is not on B. */
async function failoverInTheLagWait(): Promise<DrivenRun> {
  await product.ready()
  const run = await product.start('failover')
  await run.question('approve')
  await mirroringHeld(lab(), 'A', 'B', true)
  await business(BACKLOG_MS)
  await run.approve()
  await run.untilStep('confirm-mirrored', ['running'])
  await until(async () => (await pendingActivities(run)).includes('awaitMirrored'), {
    what: 'the wait for the lag',
    timeoutMs: PATIENCE_MS,
  })
  return run
}

async function pendingActivities(run: DrivenRun): Promise<string[]> {
  const { raw } = await run.handle.describe()
  return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '')
}

const running = (cluster: string) =>
  lab()
    .apps.all()
    .filter((app) => app.state === 'running' && app.cluster === cluster)

describe('Cancel in the lag wait', () => {
  test(
    'undoes everything',
    async () => {
      const before = turns(lab())
      const run = await failoverInTheLagWait()
      expect(running('A').map(({ kind }) => kind)).toEqual(['consumer', 'consumer'])
      expect(await aclsOf(lab().a)).not.toEqual(aclsAtStart)
      await run.handle.cancel()
      const outcome = await run.carry()

      expect(outcome.state).toBe('failed')
      expect((await run.handle.describe()).status.name).toBe('CANCELLED')
      expect(outcome.progress?.state).toBe('aborted')
      expect(await aclsOf(lab().a)).toEqual(aclsAtStart)
      expect(await connectorConfig(lab(), 'A', 'B', 'source')).toEqual(linkAtStart)
      expect(running('A')).toHaveLength(4)
      const after = turns(lab())
      for (const name of ['invoicing', 'ordering']) expect(after[name]).toEqual(turnsLater(before, 1)[name])
      for (const name of ['billing', 'shipping']) expect(after[name]).toEqual(before[name])
      expect(await product.status()).toMatchObject({ active: 'A', lease: null, episode: null, obligations: [] })
      await mirroringHeld(lab(), 'A', 'B', false)
    },
    LIMIT_MS,
  )
})

describe('a trip on which everything is killed once', () => {
  let failover: DrivenRun
  let before: ReturnType<typeof turns>

  test(
    'the worker in the lag wait',
    async () => {
      before = turns(lab())
      failover = await failoverInTheLagWait()
      await product.killWorker()
      const back = product.startWorker()
      await business(BACKLOG_MS)
      await mirroringHeld(lab(), 'A', 'B', false)
      await back
      await failover.untilStep('confirm-mirrored', ['done'])
    },
    LIMIT_MS,
  )

  test(
    'the worker right after producers were started on B',
    async () => {
      await until(() => running('B').filter(({ kind }) => kind === 'producer').length === 2, {
        what: 'producers on B',
        timeoutMs: PATIENCE_MS,
        pollMs: 20,
      })
      await product.killWorker()
      await product.startWorker()
    },
    LIMIT_MS,
  )

  test(
    'the worker in disable-topics, after its act',
    async () => {
      const selected = async () => (await connectorConfig(lab(), 'A', 'B', 'source'))['topics']
      await until(async () => (await selected()) !== linkAtStart['topics'], {
        what: 'the topics out of the selection',
        timeoutMs: PATIENCE_MS,
        pollMs: 20,
      })
      // The tasks have not followed yet: what the step proves is still to be seen, by the next worker.
      await product.killWorker()
      expect(running('B').map(({ kind }) => kind)).toEqual(['producer', 'producer'])
      await product.startWorker()
      const outcome = await failover.carry()
      outcomes.push(outcome)

      expect(outcome).toMatchObject({ state: 'succeeded', asked: ['approve#1'] })
      expect(running('B')).toHaveLength(4)
      expect(turns(lab())).toEqual(turnsLater(before, 1))
    },
    LIMIT_MS,
  )

  test(
    'the worker in the ticket wait, while the desk has its say',
    async () => {
      const run = await product.start('reset', { branch: 'recover' })
      await run.approve()
      await run.question('await-ticket')
      await product.killWorker()
      const [ticket] = await product.tickets()
      if (!ticket) throw new Error('the desk has no ticket')
      await product.processTicket(ticket.id)
      await product.startWorker()
      const outcome = await run.carry({ desk: false })
      outcomes.push(outcome)

      expect(outcome.state).toBe('succeeded')
      expect(await ticketsAndRequests()).toEqual({ tickets: 1, requests: [1] })
    },
    LIMIT_MS,
  )

  test(
    "Temporal's server in the ticket wait",
    async () => {
      const run = await product.start('failback')
      await run.approve()
      await run.question('await-ticket')
      await lab().temporal.process.kill()
      await business(BACKLOG_MS)
      await lab().temporal.process.start()
      await product.workerServes()
      const outcome = await run.carry()
      outcomes.push(outcome)

      expect(outcome.state).toBe('succeeded')
      expect(await ticketsAndRequests()).toEqual({ tickets: 2, requests: [1, 1] })
      expect(turns(lab())).toEqual(turnsLater(before, 2))
      expect(running('A')).toHaveLength(4)
      expect(await aclsOf(lab().a)).toEqual(aclsAtStart)
      expect(await connectorConfig(lab(), 'A', 'B', 'source')).toEqual(linkAtStart)
    },
    LIMIT_MS,
  )

  async function ticketsAndRequests(): Promise<{ tickets: number; requests: number[] }> {
    const stats = (await httpJson('GET', `${lab().desk.url}/stats`)) as {
      tickets: number
      requests: Record<string, number>
    }
    return { tickets: stats.tickets, requests: Object.values(stats.requests) }
  }
})

describe('Terminate after start-producers', () => {
  test(
    'leaves the pair in doubt until it is adopted, and nothing is done twice',
    async () => {
      await product.ready()
      const before = turns(lab())
      const run = await product.start('failover')
      await run.approve()
      await run.untilStep('start-producers', ['done'])
      await run.handle.terminate('pressed by a test')

      const other = await (await product.start('failover')).carry()
      expect(other.state).toBe('failed')
      expect(other.failure).toMatch(/in doubt.*"adopt": true/s)
      const status = await product.status()
      expect(status.episode?.inDoubt).toMatchObject({ operation: 'failover', workflowId: run.handle.workflowId })
      expect(status.alerts.join()).toMatch(/in doubt/)

      const adopting = await product.start('failover', { adopt: true })
      const outcome = await adopting.carry()
      outcomes.push(outcome)
      expect(outcome.state).toBe('succeeded')
      expect(outcome.progress?.pointOfNoReturnAt).not.toBeNull()
      expect(turns(lab())).toEqual(turnsLater(before, 1))
      expect(running('B')).toHaveLength(4)
      expect(await product.status()).toMatchObject({
        active: 'B',
        lease: null,
        episode: { stage: 'failed-over', inDoubt: null },
      })
      const added = (await aclsOf(lab().a)).filter((acl) => !aclsAtStart.includes(acl))
      expect(added).toEqual(writeFence(lab()))
    },
    LIMIT_MS,
  )
})

describe("Temporal's database lost in the ticket wait", () => {
  const before = { acls: [] as string[], turns: {} as ReturnType<typeof turns>, tickets: 0 }
  let lost: DrivenRun

  const cli = (...args: string[]) => switchback([...args, '--address', lab().temporal.address])

  test(
    'a new one knows nothing, and nothing begins before the pair is adopted from what the clusters remember',
    async () => {
      lost = await product.start('reset', { branch: 'recover' })
      await lost.approve()
      await lost.question('await-ticket')
      before.acls = await aclsOf(lab().a)
      before.turns = turns(lab())
      before.tickets = (await product.tickets()).length
      await business(BACKLOG_MS)
      await product.killWorker()
      await lab().temporal.process.kill()
      for (const file of readdirSync(join(lab().dir, 'data')).filter((name) => name.startsWith('temporal.db'))) {
        rmSync(join(lab().dir, 'data', file))
      }
      await lab().temporal.process.start()
      await product.startWorker()

      expect(await product.status()).toMatchObject({ active: 'A', episode: null })
      const other = await (await product.start('failover')).carry()
      expect(other.state).toBe('failed')
      expect(other.failure).toMatch(/remembers another history.*pair adopt/s)

      const adopted = await cli('pair', 'adopt', lab().pair, '--by', 'test')
      expect(adopted).toMatchObject({ code: 0 })
      expect(adopted.stdout).toMatch(/The highest is revision \d+, .*: B active, A stands by, episode \d+ resetting/)
      expect(await product.status()).toMatchObject({
        active: 'B',
        standby: 'A',
        lease: null,
        episode: { stage: 'resetting', inDoubt: { operation: 'reset', workflowId: lost.handle.workflowId } },
      })
    },
    LIMIT_MS,
  )

  test(
    'the run is adopted, and ends right with one ticket and nothing done twice',
    async () => {
      // Under the id that the desk knows, so that its word arrives.
      const { workflowId } = lost.handle
      const started = await cli(
        'adopt',
        lab().pair,
        '--reason',
        'database lost',
        '--by',
        'test',
        '--workflow-id',
        workflowId,
      )
      expect(started).toMatchObject({ code: 0 })
      const run = product.run('reset', workflowId)
      const outcome = await run.carry()
      outcomes.push(outcome)

      expect(outcome).toMatchObject({ state: 'succeeded', asked: ['await-ticket#1'] })
      expect((await product.tickets()).length).toBe(before.tickets)
      expect(await aclsOf(lab().a)).toEqual(before.acls)
      expect(turns(lab())).toEqual(before.turns)
      expect(await product.status()).toMatchObject({
        active: 'B',
        lease: null,
        episode: { stage: 'reset', inDoubt: null },
        protectedBy: { from: 'B', to: 'A' },
      })
    },
    LIMIT_MS,
  )
})

test(
  'after all of it every record has arrived once and in order',
  async () => {
    await business(BACKLOG_MS)
    const declared = declaredDuplicates(lab(), outcomes)
    for (const verdict of await finalVerdicts(lab())) {
      expect(verdict).toMatchObject({ lost: 0, outOfOrder: 0, stranded: 0, received: verdict.sent })
      expect(verdict.duplicated).toBeLessThanOrEqual(declared.get(verdict.topic) ?? 0)
    }
    expect(outcomes.filter(({ offsetPlan }) => offsetPlan !== null)).toHaveLength(3)
    expect(product.workers).toBe(6)
  },
  LIMIT_MS,
)
