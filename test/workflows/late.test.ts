import { ApplicationFailure } from '@temporalio/common'
import { describe, expect, test } from 'vitest'
import { createPairActivities } from '../../src/activities/leases.ts'
import { createWriteActivities } from '../../src/activities/writes.ts'
import { lookUntil } from '../../src/activities/waits/look-until.ts'
import { waitUntil } from '../../src/backends/mirrormaker2/engine/polling.ts'
import type { PairActivities, WaitActivities, WriteActivities } from '../../src/contract/activities.ts'
import { pairQueries, runUpdates } from '../../src/contract/definitions.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import { type Stage, configOf, progressOf, resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** What fails, or waits, for longer than `timing.askAfter`: a person is asked meanwhile, and can interrupt it. */

const stage = useStages('late')

type Selecting = Parameters<WriteActivities['setSelection']>[0]
type Draining = Parameters<WaitActivities['awaitDrained']>[0]
type Recording = Parameters<PairActivities['recordFacts']>[0]

const askAfter = 1_000

function depsOf(on: Stage, mirroring: Partial<MirroringPort> = {}) {
  const ports = { ...on.world.ports(), mirroring: () => mirroring as MirroringPort }
  return { ports, config: () => configOf(on.pair), client: on.client, clock: { now: () => new Date() } }
}

/** The product's own write, over a Connect that takes the selection and whose tasks never follow. */
async function withTasksThatNeverFollow(on: Stage): Promise<void> {
  const link = on.world.links.get('A->B')
  if (!link) throw new Error('the world has no link A->B')
  const before = link.selection
  const setSelection: MirroringPort['setSelection'] = async (text, _expected, signal) => {
    link.selection = text
    const look = async () => (text === before ? null : 'still assigned: accounting.invoices')
    await waitUntil(look, { what: 'A->B', next: 'See Connect.', withinMs: 240_000, ...(signal ? { signal } : {}) })
  }
  await on.stopWorker()
  on.instead = (guard) => {
    const writes = createWriteActivities(depsOf(on, { setSelection }), guard)
    return { runs: { setSelection: (input: Selecting) => writes.setSelection(input) }, waits: {} }
  }
  await on.startWorker()
}

async function isAsBefore(on: Stage): Promise<void> {
  expect(on.world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'A' })
  expect(on.world.acls.get('A')).toEqual([])
  expect(on.world.links.get('A->B')?.selection).toBe('accounting\\.invoices')
  expect(await on.pairHandle().query(pairQueries.status)).toMatchObject({ active: 'A', lease: null, episode: null })
}

describe('a write that waits for what does not come', () => {
  test('is asked about with what it sees, and Cancel steps back at once: the selection is as it was', async () => {
    const { world } = stage()
    Object.assign(world, { askAfter, oneLog: true })
    await withTasksThatNeverFollow(stage())
    const run = await stage().start('failover')
    const { waitingFor } = await until(run, ({ waitingFor: asked }) =>
      asked.some(({ text }) => text.includes('Seen last: A->B: still assigned: accounting.invoices.')),
    )
    expect(waitingFor).toMatchObject([
      {
        step: 'disable-topics',
        choices: ['retry', 'abort', 'handOver'],
        text: expect.stringContaining('has not ended after'),
      },
    ])
    const pressed = Date.now()
    await run.cancel()
    await expect(resultOf(run)).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
    // It would have waited for four minutes more.
    expect(Date.now() - pressed).toBeLessThan(120_000)
    await isAsBefore(stage())
  })

  test('a fence that hangs gives way to an abort from its question, and nothing of it is left', async () => {
    const { world } = stage()
    world.askAfter = askAfter
    world.underWay = async (what) => (what === 'fence A' ? new Promise(() => undefined) : undefined)
    const run = await stage().start('failover')
    const { id, text } = await waitingAt(run, 'fence-source')
    expect(text).toContain('It gives no reason.')
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: id, action: 'abort', by: 'kim', reason: 'another night' }],
    })
    expect((await resultOf(run)).state).toBe('aborted')
    expect(world.count('fence A')).toBe(0)
    await isAsBefore(stage())
  })
})

describe('what Temporal repeats', () => {
  test('a write that fails is asked about with its cause, and the question closes by itself when it succeeds', async () => {
    const { world } = stage()
    world.askAfter = askAfter
    let down = true
    world.underWay = async (what) => {
      if (down && what === 'fence A')
        throw ApplicationFailure.create({ type: errorTypes.unreachable, message: 'A answers 503' })
    }
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'fence-source')
    expect(question.text).toContain('The last failure: A answers 503.')
    expect((await progressOf(run)).state).toBe('waiting')
    down = false
    await until(run, ({ waitingFor }) => waitingFor.length === 0)
    expect((await resultOf(run)).state).toBe('succeeded')
  })

  test('a pair that takes no record is asked about, and retry begins nothing anew', async () => {
    const { world } = stage()
    world.askAfter = askAfter
    await stage().stopWorker()
    let down = true
    stage().instead = () => {
      const pair = createPairActivities(depsOf(stage()))
      return {
        runs: {
          recordFacts: async (input: Recording) => {
            if (down && input.key.startsWith('stop-producers'))
              throw ApplicationFailure.create({ type: errorTypes.unreachable, message: 'the pair gives no answer' })
            return pair.recordFacts(input)
          },
        },
        waits: {},
      }
    }
    await stage().startWorker()
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'stop-producers')
    expect(question).toMatchObject({ choices: ['retry'], text: expect.stringContaining('the pair gives no answer') })
    down = false
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'retry', by: 'kim', reason: 'it is back' }],
    })
    expect((await resultOf(run)).state).toBe('succeeded')
    expect(world.count('stop invoicing')).toBe(1)
  })
})

describe('a wait in which nothing fails', () => {
  test('is asked about when nothing moves, not while it moves, and the question closes when it moves again', async () => {
    const { world } = stage()
    Object.assign(world, { askAfter, stepBudget: 1_500 })
    const end = 200
    let read = 0
    let stopsAt = 80
    await stage().stopWorker()
    stage().instead = () => ({
      runs: {},
      waits: {
        awaitDrained: async (input: Draining): ReturnType<WaitActivities['awaitDrained']> => {
          const group = { group: 'billing', topic: 'accounting.invoices', partition: 0 }
          const { verdict, problem } = await lookUntil(input, async () => {
            // Of this look, not of a clock: a machine under load reads no slower than it is looked at.
            if (input.cluster === 'A' && read < stopsAt) read += 1
            const drained = input.cluster !== 'A' || read === end
            const remaining = drained ? [] : [{ ...group, committed: read, end }]
            return {
              verdict: { drained, drainedGroups: drained ? ['billing'] : [], remaining },
              done: drained,
              live: {},
              outstanding: new Map(drained ? [] : [['billing', read]]),
            }
          })
          if (verdict === undefined) throw new Error(problem ?? 'no look')
          return verdict
        },
      },
    })
    await stage().startWorker()
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'drain-consumers')
    // The first one of this step: none was asked in the windows in which the group was reading.
    expect(question.id).toBe('drain-consumers#1')
    expect(question.text).toContain('billing accounting.invoices-0 at 80 of 200')
    expect(question.text).toMatch(/No progress for [\d.]+ s: billing\./)
    expect(question.choices).toContain('proceed')
    stopsAt = 120
    await until(run, ({ waitingFor }) => waitingFor.every(({ id }) => id !== question.id))
    const second = await waitingAt(run, 'drain-consumers')
    expect(second.id).toBe('drain-consumers#2')
    stopsAt = end
    expect((await resultOf(run)).state).toBe('succeeded')
  })
})
