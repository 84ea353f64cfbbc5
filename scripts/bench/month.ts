import proto from '@temporalio/proto'
import { asAsked } from '../../src/contract/definitions.ts'
import { resultOf, waitingAt, workflowBundle } from '../../test/workflows/stage.ts'
import { startTimeSkipping, TimeSkippingStage } from '../../test/workflows/time-skipping.ts'
import type { Figure } from './figure.ts'

const HOUR_MS = 3_600_000
const DAYS = 30
const MOST_EVENTS = 4_096

/** A ticket that takes thirty days, on a server that skips time; the desk is asked, and reminded, as by default. */
export async function month(): Promise<Figure[]> {
  const env = await startTimeSkipping()
  const stage = new TimeSkippingStage(env, 'month')
  stage.world.ticketTiming = { ticketReminder: HOUR_MS, ticketEscalation: 4 * HOUR_MS }
  stage.world.ticketPoll = 60_000
  await stage.startWorker(await workflowBundle())
  try {
    await resultOf(await stage.start('failover'))
    const run = await stage.start('reset', { branch: 'recover' })
    const question = await waitingAt(run, 'await-ticket')
    await env.sleep(DAYS * 24 * HOUR_MS)
    stage.world.stopLink('A->B')
    await run.executeUpdate(...asAsked(question))
    const { state } = await resultOf(run)
    if (state !== 'succeeded') throw new Error(`the reset ended as ${state}`)
    const history = await run.fetchHistory()
    const events = history.events?.length ?? 0
    const measured = 'a reset whose ticket takes 30 days; reminders after an hour and at doubling intervals up to a day'
    return [
      {
        what: `history of a run that waits ${DAYS} days`,
        unit: 'events',
        ours: events,
        peers: [{ name: "Temporal's limit", value: 51_200 }],
        aim: { words: `at most ${MOST_EVENTS}`, holds: events <= MOST_EVENTS },
        with: measured,
      },
      {
        what: 'the same, its size',
        unit: 'bytes',
        ours: proto.temporal.api.history.v1.History.encode(history).finish().length,
        peers: [{ name: "Temporal's limit", value: 50 * 1024 ** 2 }],
        aim: null,
        with: `${measured}; on Temporal's test server, which skips time`,
      },
    ]
  } finally {
    await stage.stopWorker()
    await env.teardown()
  }
}
