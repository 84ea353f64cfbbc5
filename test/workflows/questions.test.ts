import { describe, expect, test } from 'vitest'
import { asAsked, pairQueries, runQueries, runSignals, runUpdates } from '../../src/contract/definitions.ts'
import { resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** What a run asks, and what comes of the answers. */

const stage = useStages('questions')

describe('questions', () => {
  test('a lag that passes by itself closes the question', async () => {
    stage().world.lag = 5
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'confirm-mirrored')
    expect(question.text).toContain('5 records lag')
    // What this run has done to the source is the first suspect.
    expect(question.text).toContain(
      "This run added 1 ACLs on A: check that the login of the link's Connect may still read there.",
    )
    stage().world.lag = 0
    expect((await resultOf(run)).state).toBe('succeeded')
  })

  test('force turns planned into forced, which is approved anew by its new hash', async () => {
    stage().world.lag = 5
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'confirm-mirrored')
    const before = await run.query(runQueries.progress)
    await expect(
      run.executeUpdate(runUpdates.force, { args: [{ by: 'me', reason: 'gone', planHash: 'not-the-hash' }] }),
    ).rejects.toThrow()
    await run.executeUpdate(runUpdates.force, { args: [{ by: 'me', reason: 'A is gone', planHash: before.planHash }] })
    const approval = await waitingAt(run, 'approve')
    expect(approval.send.payload['planHash']).not.toBe(before.planHash)
    await expect(
      run.executeUpdate(runUpdates.decide, {
        args: [{ question: question.id, action: 'retry', by: 'me', reason: 'late' }],
      }),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('no open question') } })
    await run.executeUpdate(...asAsked(approval))
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    expect(result.progress.mode).toBe('forced')
    const dossier = await stage().pairHandle().query(pairQueries.dossier)
    expect(dossier.ledgers.at(-1)?.records).toBe(5)
  })

  test('a ticket completed before its wait began, twice, and with a wrong id', async () => {
    await resultOf(await stage().start('failover'))
    stage().world.lag = 3
    const reset = await stage().start('reset', { branch: 'recover' })
    const stranded = await waitingAt(reset, 'settle-stranded')
    expect(stranded.text).toContain('3 records')
    await reset.signal(runSignals.ticketCompleted, { ticketId: 'T-999', completedBy: 'desk' })
    await reset.signal(runSignals.ticketCompleted, { ticketId: 'T-1', completedBy: 'desk' })
    await reset.signal(runSignals.ticketCompleted, { ticketId: 'T-1', completedBy: 'desk again' })
    stage().world.stopLink('A->B')
    await reset.executeUpdate(runUpdates.decide, {
      args: [{ question: stranded.id, action: 'keep', by: 'me', reason: 'they matter' }],
    })
    const second = await waitingAt(reset, 'settle-stranded')
    await reset.executeUpdate(...asAsked(second))
    const result = await resultOf(reset)
    expect(result.state).toBe('succeeded')
    expect(result.progress.tickets).toHaveLength(1)
    expect(result.progress.tickets[0]?.completedBy).toBe('desk')
    expect(result.progress.refusedMessages.last.map(({ error }) => error)).toEqual([
      expect.stringContaining('T-999 is not this run'),
    ])
    expect(stage().world.count('open ticket')).toBe(1)
  })

  test('a ticket that says done while the link still runs is not believed', async () => {
    await resultOf(await stage().start('failover'))
    const reset = await stage().start('reset', { branch: 'recover' })
    const ticket = await waitingAt(reset, 'await-ticket')
    await reset.executeUpdate(...asAsked(ticket))
    const question = await waitingAt(reset, 'confirm-disabled')
    expect(question.text).toContain('is not disabled')
    expect(stage().world.count('enable B->A')).toBe(0)
    stage().world.stopLink('A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
  })

  test('a ticket that was opened without an answer is found again, not opened twice', async () => {
    await resultOf(await stage().start('failover'))
    stage().world.broken.set('openTicket', 'connection reset')
    const reset = await stage().start('reset', { branch: 'recover' })
    await stage().throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
    expect(stage().world.count('open ticket')).toBe(1)
  })

  test('reminders go to the desk, and one escalates', async () => {
    // After 1, 3 and 7 s: the third is the escalation.
    stage().world.ticketTiming = { ticketReminder: 1_000, ticketEscalation: 5_000 }
    await resultOf(await stage().start('failover'))
    const reset = await stage().start('reset', { branch: 'recover' })
    await waitingAt(reset, 'await-ticket')
    const comments = () => [...stage().world.tickets.values()][0]?.comments
    await expect
      .poll(comments)
      .toEqual(expect.arrayContaining([expect.stringMatching(/^Reminder/), expect.stringMatching(/^ESCALATION/)]))
    await stage().throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
  })

  test('pause starts nothing new until resume', async () => {
    stage().world.lag = 1
    const run = await stage().start('failover')
    await waitingAt(run, 'confirm-mirrored')
    await run.executeUpdate(runUpdates.pause, { args: [{ by: 'me' }] })
    stage().world.lag = 0
    await until(
      run,
      ({ steps, state }) => state === 'paused' && steps.some((s) => s.id === 'confirm-mirrored' && s.state === 'done'),
    )
    expect(stage().world.count('start invoicing on B all')).toBe(0)
    // What it holds for the next record is written before it stands still.
    await expect
      .poll(async () => {
        const { episode } = await stage().pairHandle().query(pairQueries.dossier)
        return episode?.facts.findLast(({ step }) => step === 'confirm-mirrored')?.state
      })
      .toBe('done')
    await run.executeUpdate(runUpdates.resume, { args: [{ by: 'me' }] })
    expect((await resultOf(run)).state).toBe('succeeded')
  })
})
