import { beforeEach, expect, test } from 'vitest'
import type { WorkflowHandle } from '@temporalio/client'
import { pairQueries, runQueries, runUpdates } from '../../src/contract/definitions.ts'
import type { Decision } from '../../src/contract/messages.ts'
import type { Dossier } from '../../src/contract/dossier.ts'
import { resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** What a person may decide on stranded records, and what comes of it. */

const stage = useStages('stranded')
let reset: WorkflowHandle

const id = (action: 'replay' | 'quarantine') => `switchback.${stage().pair}.1.${action}`

beforeEach(async () => {
  await resultOf(await stage().start('failover'))
  stage().world.lag = 3
})

async function begin(): Promise<{ id: string; text: string; choices: string[] }> {
  reset = await stage().start('reset', { branch: 'recover' })
  return waitingAt(reset, 'settle-stranded')
}

async function decide(action: Decision): Promise<void> {
  const question = await waitingAt(reset, 'settle-stranded')
  await reset.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action, by: 'kim', reason: 'why not' }],
  })
}

/** The second word, and the way to the end. */
async function confirm(): Promise<string> {
  const question = await waitingAt(reset, 'settle-stranded')
  expect(question.kind).toBe('confirmation')
  await reset.executeUpdate(runUpdates.confirm, { args: [{ question: question.id, by: 'lee' }] })
  return question.text
}

async function finish(): Promise<Dossier> {
  await stage().throughTicket(reset, 'A->B')
  expect((await resultOf(reset)).state).toBe('succeeded')
  return stage().pairHandle().query(pairQueries.dossier)
}

test('replay: begun on record, copied stretch by stretch, with a receipt of who, what, where to', async () => {
  stage().world.conflicts = { complete: true, topics: [['accounting.invoices', 2, 1, 1]], keyless: 0, compacted: [] }
  stage().world.copyStretches = 3
  const question = await begin()
  expect(question.choices).toEqual(['keep', 'quarantine', 'replay', 'discard', 'abort', 'handOver'])
  expect(question.text).toContain(
    '2 of them are older than what was written on B since under the same key (accounting.invoices: 2 records of 1 keys, 1 of them about deletions)',
  )
  await decide('replay')
  expect(await confirm()).toContain('ordering is strict, and billing would process older records after newer ones')
  const { settlements, copies } = await finish()
  expect(settlements).toMatchObject([
    {
      action: 'replay',
      by: 'kim',
      reason: 'why not',
      confirmed: { by: 'lee' },
      cluster: 'A',
      records: 3,
      copied: { cluster: 'B', into: '{topic}', records: 3, id: id('replay') },
      topics: [{ topic: 'accounting.invoices', rows: [[0, 97, 100, 3, 40, 42]] }],
    },
  ])
  expect(copies).toMatchObject([{ id: id('replay'), action: 'replay', cluster: 'B', episode: 1 }])
  const acts = stage().world.acts.filter((act) => act.includes('switchback.'))
  expect(acts[0]).toBe(`begin ${id('replay')} to accounting.invoices on B`)
  // Three stretches, and once more for the receipt.
  expect(acts.slice(1)).toEqual(Array.from({ length: 4 }, () => `copy ${id('replay')} to accounting.invoices on B`))
  const kept = await stage().pairHandle().query(pairQueries.ledger)
  expect(kept.settlements[0]?.ledger).toBe(kept.ledgers.at(-1)?.takenAt)
  const report = await reset.query(runQueries.report)
  expect(report).toContain('**replay**: decided by kim')
  expect(report).toContain('confirmed by lee')
  expect(report).toContain('| accounting.invoices | 0 | 97 | 100 | 3 | 40 | 42 |')
})

test('quarantine goes to a topic of its own, and needs no second confirmation', async () => {
  await begin()
  await decide('quarantine')
  const { settlements } = await finish()
  expect(settlements).toMatchObject([{ action: 'quarantine', copied: { into: '{topic}.quarantine.1', records: 3 } }])
  expect(settlements[0]).not.toHaveProperty('confirmed')
  expect(stage().world.count(`begin ${id('quarantine')} to accounting.invoices.quarantine.1 on B`)).toBe(1)
})

test.each(['keep', 'replay', 'discard'] as const)(
  '%s is not done before its second confirmation, and may be thought over',
  async (action) => {
    await begin()
    await decide(action)
    const second = await until(reset, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'confirmation'))
    expect(stage().world.acts.filter((act) => act.includes('switchback.'))).toEqual([])
    expect((await stage().pairHandle().query(pairQueries.dossier)).settlements).toEqual([])
    const [question] = second.waitingFor.filter(({ step }) => step === 'settle-stranded')
    await reset.executeUpdate(runUpdates.decide, {
      args: [{ question: question?.id ?? '', action: 'retry', by: 'kim', reason: 'on second thoughts' }],
    })
    await decide('quarantine')
    expect((await finish()).settlements.map((settled) => settled.action)).toEqual(['quarantine'])
  },
)

test('what was begun before an abort goes on or is discarded: nothing else is offered', async () => {
  await begin()
  await decide('replay')
  await confirm()
  await waitingAt(reset, 'await-ticket')
  const ticket = await waitingAt(reset, 'await-ticket')
  await reset.executeUpdate(runUpdates.decide, {
    args: [{ question: ticket.id, action: 'abort', by: 'kim', reason: 'later' }],
  })
  const aborted = await resultOf(reset)
  expect(aborted.state).toBe('aborted')
  expect(aborted.summary).toContain('but for stranded records that are copied already')
  const again = await begin()
  expect(again.choices.slice(0, 2)).toEqual(['replay', 'discard'])
  expect(again.text).toContain('replay: 3 of ')
  await decide('replay')
  await confirm()
  await finish()
  // Its beginnings are never made anew.
  expect(stage().world.count(`begin ${id('replay')} to accounting.invoices on B`)).toBe(1)
})

test('records that expired between the count and the copy are told, and counted anew', async () => {
  stage().world.expired = 1
  await begin()
  await decide('quarantine')
  const failed = await until(reset, ({ waitingFor }) => waitingFor.some(({ text }) => text.includes('Not everything')))
  expect(failed.waitingFor[0]?.text).toContain('accounting.invoices-0: 2 of 3')
  stage().world.lag = 2
  stage().world.expired = 0
  await reset.executeUpdate(runUpdates.decide, {
    args: [{ question: failed.waitingFor[0]?.id ?? '', action: 'retry', by: 'kim', reason: 'they are gone' }],
  })
  await decide('quarantine')
  const { settlements } = await finish()
  expect(settlements).toMatchObject([{ records: 2, copied: { records: 2 } }])
})

test('the link goes on behind what was settled otherwise than kept', async () => {
  await begin()
  await decide('discard')
  await confirm()
  await finish()
  stage().world.lag = 0
  const failback = await stage().start('failback')
  await stage().throughTicket(failback, 'B->A')
  expect((await resultOf(failback)).state).toBe('succeeded')
  const { acts } = stage().world
  expect(acts.indexOf('position A->B')).toBeGreaterThan(0)
  expect(acts.indexOf('position A->B')).toBeLessThan(acts.lastIndexOf('enable A->B'))
})

/** A came back with a log that ends at 90, after the copies were mirrored to 96 and three records were settled. */
const shorter = {
  changes: [{ topic: 'accounting.invoices', offsets: [[0, 89] as [number, number]] }],
  text: 'The log on A ends before the position of A->B: accounting.invoices-0 offsets 90 to 96.',
  todo: 'Mirror these partitions again.',
  partitions: 1,
  offsets: 7,
}

test.each(['stopped', 'running'] as const)(
  'a source that came back shorter is mirrored again from its end, with the numbers on record, by a link that was %s',
  async (state) => {
    await begin()
    await decide('discard')
    await confirm()
    await finish()
    const { world } = stage()
    world.lag = 0
    world.unfit.set('A->B', shorter)
    const link = world.links.get('A->B')
    if (link) link.state = state
    const failback = await stage().start('failback')
    await stage().throughTicket(failback, 'B->A')
    const { state: ended, progress } = await resultOf(failback)
    expect(ended).toBe('succeeded')
    // What was settled lies behind what is missing: it comes along, and that is said.
    expect(world.linkPositions.get('A->B')).toEqual(shorter.changes)
    expect(progress.notes.join('\n')).toContain('7 offsets of A are mirrored again')
    expect(progress.notes.join('\n')).toContain('Settled records of accounting.invoices-0 on A are mirrored to B')
    const detail = progress.steps.find(({ id }) => id === 'enable-original')?.detail
    expect(detail).toContain('7 offsets of 1 partition are mirrored again')
  },
)

test('what was settled stays unmirrored where the link had to be stopped for another partition', async () => {
  stage().world.unfit.set('B->A', shorter)
  await begin()
  await decide('discard')
  await confirm()
  const { episode } = await finish()
  expect(episode?.facts.find(({ step, state }) => step === 'enable-reverse' && state === 'done')?.fact).toMatchObject({
    result: { fitted: { partitions: 1, offsets: 7, changes: shorter.changes } },
  })
  const { world } = stage()
  world.lag = 0
  world.unfit.set('A->B', { ...shorter, changes: [{ topic: 'accounting.invoices', offsets: [[1, null]] }] })
  const link = world.links.get('A->B')
  if (link) link.state = 'running'
  const failback = await stage().start('failback')
  await stage().throughTicket(failback, 'B->A')
  expect((await resultOf(failback)).state).toBe('succeeded')
  expect(world.linkPositions.get('A->B')).toEqual([
    {
      topic: 'accounting.invoices',
      offsets: [
        [1, null],
        [0, 99],
      ],
    },
  ])
})
