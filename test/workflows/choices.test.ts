import { expect, test } from 'vitest'
import type { OpenChoice } from '../../src/contract/choices.ts'
import { pairQueries, planIn, runQueries, runUpdates } from '../../src/contract/definitions.ts'
import type { Decision } from '../../src/contract/messages.ts'
import { progressOf, resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** What is on the clusters and only a person can decide about. */

const stage = useStages('choices')

const seen = (rows: [number, number, number, number | null][], topicId = 'id-B-accounting.invoices') => [
  { topic: 'accounting.invoices', topicId, rows },
]
const early: OpenChoice = { about: 'early', topics: seen([[0, 0, 500, 500]]) }
const uncommitted: OpenChoice = { about: 'uncommitted', group: 'billing', topics: seen([[2, 0, 40, null]]) }

test('what only a person can decide is asked before the approval, which is bound to the choice', async () => {
  const { world } = stage()
  world.found = [early, uncommitted]
  const run = await stage().start('failover')
  const decide = (question: string, action: Decision) =>
    run.executeUpdate(runUpdates.decide, { args: [{ question, action, by: 'kim', reason: 'seen' }] })

  const first = await waitingAt(run, 'assess')
  expect(first.text).toContain('Local topics on B hold 500 records')
  expect(first.choices).toEqual(['beginning', 'cut', 'retry', 'abort', 'handOver'])
  await expect(decide(first.id, 'end')).rejects.toThrow()
  await decide(first.id, 'cut')
  const { waitingFor } = await until(run, (progress) =>
    progress.waitingFor.some(({ id, step }) => step === 'assess' && id !== first.id),
  )
  const [second] = waitingFor
  expect(second?.text).toContain('billing has no commit on A where there are at most 40 records')
  await decide(second?.id ?? '', 'beginning')

  // Given at the start it was given before anybody knew of this.
  const approval = await waitingAt(run, 'approve')
  expect(approval.text).toContain('Left unread in local topics on B: 500 records from before the cut')
  expect(approval.text).toContain('billing reads from the start where it has no commit on A: at most 40 records')
  const { hash, plan } = planIn(await run.query(runQueries.plan))
  expect(plan.choices).toEqual([
    { ...early, action: 'cut', by: 'kim' },
    { ...uncommitted, action: 'beginning', by: 'kim' },
  ])
  expect(world.count('stop invoicing')).toBe(0)
  await run.executeUpdate(runUpdates.approve, { args: [{ question: approval.id, by: 'owner', planHash: hash }] })
  expect((await resultOf(run)).state).toBe('succeeded')
  expect(await run.query(runQueries.report)).toContain('## Chosen before approval')
})

test('a question about what is gone is closed, and one whose run is aborted changes nothing', async () => {
  const { world } = stage()
  world.found = [early]
  const run = await stage().start('failover')
  const question = await waitingAt(run, 'assess')
  world.found = []
  await run.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action: 'retry', by: 'kim', reason: 'emptied' }],
  })
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(planIn(await run.query(runQueries.plan)).plan.choices).toBeUndefined()
})

test('a dry run tells and asks nobody', async () => {
  stage().world.found = [early]
  const result = await resultOf(await stage().start('failover', { dryRun: true }))
  expect(result.state).toBe('dry-run')
})

test('a drain that does not end has a way out that loses nothing', async () => {
  const { world } = stage()
  world.drained = false
  const run = await stage().start('failover')
  const question = await waitingAt(run, 'drain-consumers')
  expect(question.text).toContain('billing accounting.invoices-0 at 10 of 100')
  expect(question.choices).toContain('proceed')
  await run.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action: 'proceed', by: 'kim', reason: 'nobody reads that partition' }],
  })
  const { steps } = await until(run, ({ steps }) => steps.find(({ id }) => id === 'drain-consumers')?.state === 'done')
  expect(steps.find(({ id }) => id === 'drain-consumers')?.detail).toContain('not waited for, by kim: billing')
  // Its barrier on the target is a drain as well.
  world.drained = true
  await resultOf(run)
  const dossier = await stage().pairHandle().query(pairQueries.dossier)
  expect(dossier.moves.at(-1)?.drainedGroups).toEqual([])
})

test('what no group reads is counted at the end, in the record of the move and in the report', async () => {
  const { world } = stage()
  world.offsets = {
    groups: [
      {
        group: 'billing',
        rows: [
          ['accounting.invoices.A', 0, 100, 100, 100, 0, 'end after a planned drain', 'done'],
          ['accounting.invoices', 0, 500, -1, -1, 0, 'cut', 'done'],
        ],
        duplicates: 0,
      },
    ],
    obstacles: [],
  }
  world.unread = seen([[0, 0, 500, 500]])
  const run = await stage().start('failover')
  const result = await resultOf(run)
  expect(result.progress.steps.find(({ id }) => id === 'verify')?.detail).toContain(
    '500 records in local topics on B are read by no group: accounting.invoices (500 records)',
  )
  const dossier = await stage().pairHandle().query(pairQueries.dossier)
  expect(dossier.moves.at(-1)?.unread).toEqual(world.unread)
  const ledger = await stage().pairHandle().query(pairQueries.ledger)
  expect(ledger).toMatchObject({ ledgers: [], unread: [{ operation: 'failover', cluster: 'B', topics: world.unread }] })
  expect(await run.query(runQueries.report)).toContain('## Read by no group')
  expect((await progressOf(run)).state).toBe('succeeded')
})
