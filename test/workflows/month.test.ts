import type { TestWorkflowEnvironment } from '@temporalio/testing'
import type { WorkflowBundle } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asAsked, runUpdates } from '../../src/contract/definitions.ts'
import { progressOf, resultOf, until, waitingAt, workflowBundle } from './stage.ts'
import { startTimeSkipping, TimeSkippingStage } from './time-skipping.ts'
import { useStages } from './use-stages.ts'
import type { World } from './world.ts'

/** A ticket that a provider takes a month for. */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Most events a wait of a month may write; Temporal warns at 10,240. */
const mostEvents = 4_096
/** A day has one reminder, of about 16 events. More would be a poll that writes while it waits. */
const likelyEvents = 1_000

function comments(world: World): string[] {
  return [...world.tickets.values()].flatMap((ticket) => ticket.comments)
}

let env: TestWorkflowEnvironment
let stage: TimeSkippingStage
beforeAll(async () => {
  env = await startTimeSkipping()
})
afterAll(async () => {
  await stage?.stopWorker()
  await env?.teardown()
})

test('thirty days, on a server that skips time: reminders, one escalation, a pause inside, and the right end', async () => {
  stage = new TimeSkippingStage(env, 'month')
  const { world } = stage
  // The configuration's defaults.
  world.ticketTiming = { ticketReminder: HOUR_MS, ticketEscalation: 4 * HOUR_MS }
  world.ticketPoll = 60_000
  await stage.startWorker(await workflowBundle())
  expect((await resultOf(await stage.start('failover'))).state).toBe('succeeded')

  const began = await env.currentTimeMs()
  const dayComes = async (day: number) => env.sleep(began + day * DAY_MS - (await env.currentTimeMs()))
  const run = await stage.start('reset', { branch: 'recover' })
  const question = await waitingAt(run, 'await-ticket')

  await dayComes(9)
  world.desk = { state: 'open', detail: 'with the network team' }
  await run.executeUpdate(runUpdates.pause, { args: [{ by: 'ann', reason: 'a weekend' }] })
  await dayComes(11)
  await run.executeUpdate(runUpdates.resume, { args: [{ by: 'bob' }] })
  world.broken.set('ticketNews', 'the desk is being moved')
  await dayComes(14)
  world.broken.delete('ticketNews')
  await dayComes(29)
  const late = await progressOf(run)
  expect(late.waitingFor.map(({ id }) => id)).toEqual([question.id])
  expect(late.notes.filter((text) => text.includes('with the network team'))).toHaveLength(1)
  expect(late.notes.filter((text) => text.includes('the desk is being moved'))).toHaveLength(1)

  await dayComes(30)
  world.stopLink('A->B')
  await run.executeUpdate(...asAsked(question))
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(result.progress.tickets).toMatchObject([{ completedBy: 'you', escalated: true }])
  expect(Date.parse(result.progress.finishedAt ?? '') - began).toBeGreaterThan(30 * DAY_MS)

  // 1, 2, 4, 8 and 16 h, then daily.
  const told = comments(world)
  expect(told.filter((text) => text.startsWith('ESCALATION'))).toHaveLength(1)
  expect(new Set(told).size).toBe(told.length)
  expect(told.length).toBeGreaterThanOrEqual(32)
  expect(told.length).toBeLessThanOrEqual(35)
  expect(world.looks).toBeGreaterThan(29 * 24)

  const { historyLength } = await run.describe()
  console.log(`${historyLength} events, ${told.length} reminders, ${world.looks} looks at the desk in 30 days`)
  expect(historyLength).toBeLessThanOrEqual(mostEvents)
  expect(historyLength).toBeLessThanOrEqual(likelyEvents)
})

/** On the dev server, with a second for an hour: see TimeSkippingStage. */
const restarted = useStages('new-build', ({ world }) => {
  world.ticketTiming = { ticketReminder: 1_000, ticketEscalation: HOUR_MS }
})

/** Another build of the workflows, whose reminders tell so. */
async function newBuild(): Promise<WorkflowBundle> {
  const bundle = await workflowBundle()
  if (!('code' in bundle)) throw new Error('the bundle is a file')
  const { code } = bundle
  const changed = code.replace('Reminder ${', 'New build, reminder ${')
  expect(changed).not.toBe(code)
  return { code: changed }
}

test('in the middle of the wait, paused, the worker is replaced by one with new code: the wait goes on in it', async () => {
  const { world } = restarted()
  await resultOf(await restarted().start('failover'))
  const run = await restarted().start('reset', { branch: 'recover' })
  const question = await waitingAt(run, 'await-ticket')
  await until(run, ({ tickets }) => (tickets[0]?.reminders ?? 0) > 0)
  await run.executeUpdate(runUpdates.pause, { args: [{ by: 'ann' }] })

  world.over = true
  await restarted().stopWorker()
  world.over = false
  const ofNewBuild = () => comments(world).filter((text) => text.startsWith('New build, reminder'))
  expect(ofNewBuild()).toEqual([])
  await restarted().startWorker(undefined, undefined, await newBuild())
  await run.executeUpdate(runUpdates.resume, { args: [{ by: 'bob' }] })
  await expect.poll(() => ofNewBuild().length).toBeGreaterThan(0)
  expect((await progressOf(run)).waitingFor.map(({ id }) => id)).toEqual([question.id])

  world.stopLink('A->B')
  await run.executeUpdate(...asAsked(question))
  expect((await resultOf(run)).state).toBe('succeeded')
  expect(world.count('open ticket')).toBe(1)
})
