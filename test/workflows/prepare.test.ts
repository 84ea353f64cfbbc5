import { expect, test } from 'vitest'
import { asAsked } from '../../src/contract/definitions.ts'
import { resultOf, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** Producers that are brought up on the target before anything is stopped. */

const stage = useStages('prepare')

function canPrepare(): void {
  stage().world.apps.set('invoicing', {
    name: 'invoicing',
    state: 'running',
    cluster: 'A',
    topics: [],
    adapter: 'command',
    prepares: true,
  })
}

test('a producer is prepared on the target right before it is stopped, and started there as always', async () => {
  const { world } = stage()
  canPrepare()
  const result = await resultOf(await stage().start('failover'))
  expect(result.state).toBe('succeeded')
  expect(world.acts.slice(0, 3)).toEqual(['prepare invoicing on B', 'stop invoicing', 'fence A'])
  expect(world.count('start invoicing on B all')).toBe(1)
  expect(world.count('discard invoicing on B')).toBe(0)
})

test('preparing that fails is a note, and the run goes on', async () => {
  const { world } = stage()
  canPrepare()
  world.broken.set('prepareApplication', 'no room on the hosts of B')
  const result = await resultOf(await stage().start('failover'))
  expect(result.state).toBe('succeeded')
  expect(result.progress.notes.join()).toContain('invoicing was not prepared on B and starts as always')
  expect(result.progress.notes.join()).toContain('no room on the hosts of B')
  expect(world.count('start invoicing on B all')).toBe(1)
})

test('an abort ends what was prepared before it starts the producer again where it ran', async () => {
  const { world } = stage()
  canPrepare()
  world.lag = 5
  const run = await stage().start('failover')
  await waitingAt(run, 'confirm-mirrored')
  await run.cancel()
  await expect(resultOf(run)).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
  expect(world.acts.slice(-2)).toEqual(['discard invoicing on B', 'start invoicing on A all'])
})

test('a forced run does not wait for it', async () => {
  const { world } = stage()
  canPrepare()
  world.dark.add('A')
  const run = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
  await run.executeUpdate(...asAsked(await waitingAt(run, 'approve')))
  expect((await resultOf(run)).state).toBe('succeeded')
  expect(world.count('prepare invoicing on B')).toBe(0)
})
