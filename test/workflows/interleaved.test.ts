import type { WorkflowHandle } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runQueries, runSignals, runUpdates } from '../../src/contract/definitions.ts'
import { ManyPairs } from '../chaos/doors/many-pairs.ts'
import { Players } from '../chaos/doors/players.ts'
import { runbooks } from '../chaos/doors/runbooks.ts'
import { Seat } from '../chaos/doors/seat.ts'
import { startTemporal, waitingAt } from './stage.ts'
import { World } from './world.ts'

/**
 * What test/runbook/interleavings.test.ts shows of a thousand orders as plain code, for a few on a real Temporal server:
 * two people and a script, and two failovers that ask the same questions. SWITCHBACK_INTERLEAVINGS plays more of them.
 */
const interleavings = Number(process.env['SWITCHBACK_INTERLEAVINGS'] ?? 8)
const seed = Number(process.env['SWITCHBACK_SEED'] ?? 1)
/** Milliseconds: for each some three seconds on a machine with nothing else to do. */
const PATIENCE_MS = 60_000 * Math.max(8, interleavings)
const people = ['ann', 'bob', 'script']

let env: TestWorkflowEnvironment
let pairs: ManyPairs
beforeAll(async () => {
  env = await startTemporal()
  pairs = new ManyPairs(env)
  await pairs.start()
})
afterAll(async () => {
  await pairs.close()
  await env.teardown()
})

interface Failover {
  seat: Seat
  run: WorkflowHandle
  planHash: string
}

/** Its producer is stopped and started by a person, and its lag has to be waited for. */
async function failover(pair: string): Promise<Failover> {
  const world = new World()
  world.lag = 2
  world.apps.set('invoicing', { name: 'invoicing', state: 'running', cluster: 'A', topics: [], adapter: 'manual' })
  pairs.add(pair, world)
  const seat = new Seat(pairs, pair, runbooks.failover, world)
  const run = await seat.start({ approvedBy: undefined })
  const { send } = await waitingAt(run, 'approve')
  return { seat, run, planHash: String(send.payload['planHash']) }
}

type Send = (to: WorkflowHandle) => Promise<unknown>
type Delivery = { send: Send; to: 'own' | 'other'; at: 0 | 1 }

function messagesFor({ run, planHash }: Failover): { send: Send; anywhere: boolean }[] {
  const { workflowId } = run
  return people.flatMap((by) => {
    const update =
      (name: string, payload: object): Send =>
      (to) =>
        to.executeUpdate(name, { args: [payload] })
    const answers = [
      update('approve', { question: 'approve#1', by, planHash }),
      update('confirm', { question: 'stop-producers#1', run: workflowId, by }),
      update('confirm', { question: 'start-producers#1', run: workflowId, by }),
      update('decide', { question: 'confirm-mirrored#1', run: workflowId, action: 'retry', by, reason: 'as agreed' }),
      ((to) => to.signal(runSignals.ticketCompleted, { ticketId: 'T-1', completedBy: by })) satisfies Send,
    ]
    // By name of the run alone: nobody can tell that it was meant for another.
    const control = [update('pause', { by }), update('resume', { by })]
    return [...answers.map((send) => ({ send, anywhere: true })), ...control.map((send) => ({ send, anywhere: false }))]
  })
}

/** Plays one order; answers how many messages were taken by a run that they were not meant for. */
async function play(number: number): Promise<{ misled: number; refused: number; ends: object[] }> {
  const both = [await failover(`left-${number}`), await failover(`right-${number}`)]
  const everything = both.flatMap((one, at) =>
    messagesFor(one).flatMap(({ send, anywhere }): Delivery[] =>
      [one, one].flatMap(() => [
        { send, to: 'own', at: at as 0 | 1 },
        ...(anywhere ? [{ send, to: 'other', at: at as 0 | 1 } as const] : []),
      ]),
    ),
  )
  const [order = []] = fc.sample(fc.shuffledSubarray(everything, { minLength: 30, maxLength: 40 }), {
    numRuns: 1,
    seed: seed * 1_000 + number,
  })
  let misled = 0
  let refused = 0
  for (const { send, to, at } of order) {
    const target = both[to === 'own' ? at : 1 - at] as Failover
    const taken = await send(target.run).then(
      // A signal is always taken; what is wrong with it is recorded.
      (answer) => answer !== undefined,
      () => false,
    )
    if (taken && to === 'other') misled += 1
    if (!taken) refused += 1
  }
  const ends = await Promise.all(both.map(end))
  return { misled, refused, ends }
}

/** Whoever was refused reads what is asked, and sends that: at the latest now. */
async function end({ seat, run }: Failover): Promise<object> {
  seat.world.lag = 0
  await run.executeUpdate(runUpdates.resume, { args: [{ by: 'ann' }] })
  const players = new Players(seat.world)
  players.leaves = 'confirm-mirrored'
  const { state, failure } = await players.carry(run)
  const { steps, waitingFor } = await run.query(runQueries.progress)
  const told = {
    state,
    failure,
    steps: steps.map(({ id, state: of }) => `${id} ${of}`),
    waitingFor,
    acts: seat.actsSoFar(),
    ...(await seat.endState()),
  }
  await seat.leave()
  return told
}

test(
  `seed ${seed}: ${interleavings} orders of two people and a script on two runs: one end, and nobody is misled`,
  async () => {
    const numbers = Array.from({ length: interleavings }, (_, n) => n)
    const played: Awaited<ReturnType<typeof play>>[] = []
    // Four at a time: they mostly wait.
    await Promise.all(
      [0, 1, 2, 3].map(async () => {
        for (let next = numbers.shift(); next !== undefined; next = numbers.shift()) played.push(await play(next))
      }),
    )
    expect(played.map(({ misled }) => misled)).toEqual(played.map(() => 0))
    const [first, ...others] = played.flatMap(({ ends }) => ends)
    expect(first).toMatchObject({ state: 'succeeded', waitingFor: [], pair: { active: 'B', lease: null } })
    for (const other of others) expect(other).toEqual(first)
    // Not all of the orders were right by chance, or the test would show nothing.
    expect(played.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(interleavings)
  },
  PATIENCE_MS,
)
