import { expect, test } from 'vitest'
import { asAsked, pairQueries, planIn, runQueries, runUpdates } from '../../src/contract/definitions.ts'
import type { OffsetPlan, PositionBasis } from '../../src/contract/offset-plan.ts'
import { progressOf, resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** What is placed is what was approved, or is approved anew. */

const stage = useStages('positions')

function copyAt(basis: PositionBasis, chosen: number, duplicates: number): OffsetPlan {
  return {
    groups: [
      {
        group: 'billing',
        rows: [
          ['accounting.invoices.A', 0, chosen, 100, chosen, duplicates, 'as it is', basis],
          ['accounting.invoices', 0, 40, -1, -1, 0, 'cut', 'done'],
        ],
        duplicates,
      },
    ],
    obstacles: [],
  }
}

async function placingOther(offsets: OffsetPlan) {
  stage().world.positions = [{ group: 'billing', bases: 'd/d' }]
  stage().world.offsets = offsets
  const run = await stage().start('failover')
  return { run, question: await waitingAt(run, 'place-groups') }
}

test('offsets that are surer than approved, or as sure, are placed unasked, however far they have moved on', async () => {
  stage().world.positions = [{ group: 'billing', bases: 'r/d' }]
  stage().world.offsets = copyAt('done', 4_711, 0)
  const run = await stage().start('failover')
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(result.progress.steps.find(({ id }) => id === 'place-groups')?.attempts).toBe(1)
})

test('less sure ones are approved anew, by the hash that has them, before anything is placed', async () => {
  const { run, question } = await placingOther(copyAt('untold', 0, 100))
  const { planHash: before } = await progressOf(run)
  expect(question).toMatchObject({ kind: 'approval', send: { update: 'approve', payload: { planHash: before } } })
  expect(question.text).toContain('- billing would not continue as approved: accounting.invoices.A-0 (as it is)')
  expect(question.text).toContain('- billing would read up to 100 records twice, where at most 0 were declared')
  const shown = planIn(await run.query(runQueries.plan))
  expect(shown).toMatchObject({
    hash: before,
    expectations: { duplicates: [{ group: 'billing', records: 100 }], positions: [{ bases: 'u/d' }] },
    offsets: { partitions: 2 },
  })
  const { steps } = await progressOf(run)
  const approvedAtFirst = /plan (\S+)$/.exec(steps.find(({ id }) => id === 'approve')?.detail ?? '')?.[1] ?? ''
  expect(approvedAtFirst).toMatch(/^[0-9a-f]{16}$/)
  expect(shown.hash).not.toBe(approvedAtFirst)
  const send = (planHash: string) =>
    run.executeUpdate(runUpdates.approve, { args: [{ question: question.id, by: 'owner', planHash }] })
  await expect(send(approvedAtFirst)).rejects.toThrow()
  expect(stage().world.count('place billing on B')).toBe(0)

  await send(shown.hash)
  const result = await resultOf(run)
  expect(result).toMatchObject({ state: 'succeeded', progress: { planHash: shown.hash } })
  expect(stage().world.count('place billing on B')).toBe(1)
  const dossier = await stage().pairHandle().query(pairQueries.dossier)
  expect(
    dossier.episode?.facts.findLast(({ step, state }) => step === 'approve' && state === 'done')?.fact,
  ).toMatchObject({ result: { by: 'owner', hash: shown.hash } })
})

test('a translation that came meanwhile is placed as it was approved, and the first approval counts again', async () => {
  const { run, question } = await placingOther(copyAt('untold', 0, 100))
  stage().world.offsets = copyAt('done', 100, 0)
  const answer = { question: question.id, action: 'retry' as const, by: 'kim', reason: 'the link has caught up' }
  await run.executeUpdate(runUpdates.decide, { args: [answer] })
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(result.progress.notes.filter((note) => note.includes('approved'))).toEqual([])
  expect(planIn(await run.query(runQueries.plan)).expectations.positions).toEqual([{ group: 'billing', bases: 'd/d' }])
})

test('a run that takes over is bound to what was approved last', async () => {
  const { run, question } = await placingOther(copyAt('untold', 0, 100))
  stage().world.broken.set('placeGroup', 'B does not answer')
  await run.executeUpdate(...asAsked(question))
  await until(run, ({ steps }) => steps.some(({ id, state }) => id === 'place-groups' && state === 'failed'))
  await run.terminate('a test')
  stage().world.broken.delete('placeGroup')
  const next = await stage().start('failover', { adopt: true })
  const result = await resultOf(next)
  expect(result).toMatchObject({ state: 'succeeded', progress: { planHash: question.send.payload['planHash'] } })
  expect(result.progress.notes.filter((note) => note.includes('approved'))).toEqual([])
})

test('after a forced move the side that was left tells, when it is back, what was read twice', async () => {
  stage().world.dark.add('A')
  stage().world.offsets = copyAt('reached', 60, 40)
  const failover = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
  const approval = await waitingAt(failover, 'approve')
  await failover.executeUpdate(...asAsked(approval))
  const { progress } = await resultOf(failover)
  expect(progress.steps.find(({ id }) => id === 'verify')?.detail).toContain(
    'billing: at most 40 declared, not counted',
  )

  stage().world.dark.delete('A')
  stage().world.reread = [40, 28]
  const reset = await stage().start('reset', { branch: 'recover' })
  await stage().throughTicket(reset, 'A->B')
  const told = 'billing: 12 of at most 40 declared'
  expect((await resultOf(reset)).progress.notes).toContainEqual(`read twice after the move from A: ${told}`)
  expect(await reset.query(runQueries.report)).toContain(`- A → B, ${told}`)
  const { moves } = await stage().pairHandle().query(pairQueries.dossier)
  expect(moves[0]?.reread).toEqual([{ group: 'billing', declared: 40, counted: 12, unknown: 0 }])
})

test('a planned move proves in the run itself that nothing is read twice', async () => {
  stage().world.offsets = copyAt('done', 100, 0)
  const failover = await stage().start('failover')
  const { progress } = await resultOf(failover)
  expect(progress.steps.find(({ id }) => id === 'verify')?.detail).toContain('billing: 0 of at most 0 declared')
  expect(await failover.query(runQueries.report)).toContain('- A → B, billing: 0 of at most 0 declared')
})
