import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import type { GroundName } from '../../lab/grounds/ground.ts'
import { startLab, type Lab } from '../../lab/lab.ts'
import { startGuard } from '../../lab/process/guard.ts'
import { runQueries, runUpdates } from '../../src/contract/definitions.ts'
import { startWorker } from '../demo/worker-process.ts'
import { acceptedOn } from './cutover.ts'
import { median, type Figure } from './figure.ts'
import { activitySpans } from './history-spans.ts'
import { pairIsReady } from './region/measure.ts'

/** Seconds from the approval to the order to start: all that is not the application's own start. */
const AIM = 10
/** Milliseconds of ordinary business before the source is lost, and between two looks. */
const BUSINESS_MS = 3_000
const LOOK_MS = 200
/** Milliseconds after which the first record counts as never come. */
const PATIENCE_MS = 300_000

type Times = { beside: number; ownStart: number; consumers: number }

/** Of a failover whose source is gone with its hosts: from the approval to the first record on the target. */
export async function forced(ground: GroundName, times: number, told: (line: string) => void): Promise<Figure[]> {
  const measured: Times[] = []
  for (let time = 0; time < times; time++) {
    const one = await afterLoss(ground)
    measured.push(one)
    told(`${one.beside.toFixed(1)} s, and ${one.ownStart.toFixed(1)} s of the application's own start`)
  }
  const [beside, ownStart] = [median(measured.map((one) => one.beside)), median(measured.map((one) => one.ownStart))]
  const measuredWith = `ground ${ground}, broker, Connect and applications of the source killed, default timing, median of ${times}`
  return [
    {
      what: "forced failover, the source gone with its hosts: approval to the first record on the target, without the application's own start",
      unit: 's',
      ours: beside,
      peers: [{ name: "the application's own start", value: ownStart }],
      aim: { words: `at most ${AIM} s`, holds: beside <= AIM },
      with: measuredWith,
    },
    {
      what: 'the same: approval to the order to start the first consumer',
      unit: 's',
      ours: median(measured.map((one) => one.consumers)),
      peers: [],
      aim: null,
      with: 'the same runs',
    },
  ]
}

/** Seconds. */
async function afterLoss(ground: GroundName): Promise<Times> {
  const lab = await startLab({ ground, startApplicationsOn: 'A' })
  const guard = startGuard()
  const connection = await Connection.connect({ address: lab.temporal.address })
  try {
    const client = new Client({ connection, namespace: lab.temporal.namespace })
    await startWorker(lab, client, guard)
    await pairIsReady(client, lab.pair)
    await sleep(BUSINESS_MS)
    await lose(lab)
    const run = await client.workflow.start('failover', {
      taskQueue: 'switchback',
      workflowId: `failover/${lab.pair}`,
      args: [{ pair: lab.pair, mode: 'forced', reason: 'the site is lost', requestedBy: 'bench' }],
    })
    const { send } = await asked(run)
    const approvedAt = Date.now()
    await run.executeUpdate(runUpdates.approve, { args: [send.payload] })
    const first = await soon('a record on B', async () => acceptedOn(lab, 'B').toSorted((a, b) => a - b)[0])
    const consumers = await soon('the start of a consumer', async () => (await starts(run))[1])
    const [ordered = first] = await starts(run)
    return {
      beside: (ordered - approvedAt) / 1000,
      ownStart: (first - ordered) / 1000,
      consumers: (consumers - approvedAt) / 1000,
    }
  } finally {
    await guard.end()
    await connection.close()
    await lab.stop({ remove: true })
  }
}

/** Nothing of A says goodbye. */
async function lose(lab: Lab): Promise<void> {
  await Promise.all([
    ...lab.applications.map(({ name }) => lab.apps.kill(name)),
    lab.a.kill(),
    lab.a.connect.process.kill(),
  ])
}

function asked(run: WorkflowHandle) {
  return soon('the question of the approval', async () => {
    const { waitingFor, state, notes } = await run.query(runQueries.progress)
    if (state === 'failed' || state === 'refused') throw new Error(`the run is ${state}: ${notes.join(' ')}`)
    return waitingFor.find(({ step }) => step === 'approve')
  })
}

/** When applications were ordered to start, ms since 1970. */
async function starts(run: WorkflowHandle): Promise<number[]> {
  return activitySpans(await run.fetchHistory())
    .filter(({ activity }) => activity === 'startApplication')
    .map(({ from }) => from)
}

async function soon<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(LOOK_MS)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`${what} did not come within ${PATIENCE_MS / 1000} s`)
}
