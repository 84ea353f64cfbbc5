import { describe, expect, test } from 'vitest'
import { pairQueries, runUpdates } from '../../src/contract/definitions.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { resultOf, waitingAt } from './asking.ts'
import { behindOnce, reads, topic, writes } from './invoices.ts'
import { useProductStages } from './use-product-stages.ts'

/** The order of the operations, what fences them, and what a dry run leaves alone. */

const stage = useProductStages('story')

const entry = (principal: string, operation: 'Read' | 'Write'): AclEntry => ({
  resource: 'topic',
  name: topic,
  pattern: 'literal',
  principal,
  host: '*',
  operation,
  permission: 'deny',
})

describe('the whole story', () => {
  test('failover, reset and failback run in their order, and the pair remembers each', async () => {
    const { acl } = stage().world.cluster('A')
    const failover = await stage().start('failover')
    expect((await resultOf(failover)).state).toBe('succeeded')
    expect(stage().acts.acts).toEqual([
      'stop invoicing',
      'fence A',
      'start invoicing on B all',
      'select A->B ^$',
      'stop billing',
      'place billing on B',
      'start billing on B all',
    ])
    expect(await stage().pairHandle().query(pairQueries.status)).toMatchObject({
      active: 'B',
      standby: 'A',
      lease: null,
      episode: { stage: 'failed-over' },
    })

    const reset = await stage().start('reset', { branch: 'recover' })
    await stage().throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')

    const failback = await stage().start('failback')
    await stage().throughTicket(failback, 'B->A')
    const result = await resultOf(failback)
    expect(result.state).toBe('succeeded')
    expect(result.progress.steps.every(({ state }) => state === 'done')).toBe(true)
    const status = await stage().pairHandle().query(pairQueries.status)
    expect(status).toMatchObject({
      active: 'A',
      standby: 'B',
      lease: null,
      episode: null,
      protectedBy: { from: 'A', to: 'B' },
    })
    expect(stage().acts.count('open ticket')).toBe(2)
    expect(stage().world.cluster('A').acl).toEqual(acl)
  })

  test('operations out of their order are refused with what comes next', async () => {
    await expect(resultOf(await stage().start('reset', { branch: 'recover' }))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('comes after failover') },
    })
    await resultOf(await stage().start('failover'))
    await expect(resultOf(await stage().start('failover'))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('the next operation is reset') },
    })
  })

  test('a second run is refused while one holds the pair', async () => {
    const late = behindOnce(stage(), 'stop invoicing', 7)
    const first = await stage().start('failover')
    await waitingAt(first, 'confirm-mirrored')
    await expect(resultOf(await stage().start('failover'))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('is held by the failover') },
    })
    late.letGo()
    expect((await resultOf(first)).state).toBe('succeeded')
  })
})

describe('the fence', () => {
  test('without an authorizer it is procedural only: the run says so, and a person has to accept it', async () => {
    stage().world.cluster('A').authorizer = false
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'fence-source')
    expect(question.text).toContain('A has no authorizer')
    expect(question.text).toContain('procedural only')
    expect(question.choices).toEqual(expect.arrayContaining(['proceed', 'retry', 'abort']))
    expect(stage().acts.count('start invoicing on B all')).toBe(0)
    const answer = { question: question.id, action: 'proceed', by: 'kim', reason: 'the hosts are switched off' }
    await run.executeUpdate(runUpdates.decide, { args: [answer] })
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    expect(result.progress.notes).toContainEqual('procedural fence accepted by kim')
    expect(result.progress.steps.find(({ id }) => id === 'fence-source')?.detail).toContain('procedural')
    expect(stage().acts.count('fence A')).toBe(0)
  })

  test('whoever writes behind it is named with partition, offsets, rate and producer, until the ends stand still', async () => {
    const { intruders } = stage().world.traffic
    intruders.set('hourly-1', { cluster: 'A', topic })
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'fence-source')
    expect(question.text).toMatch(
      /accounting\.invoices-0 from \d+ to \d+ in [\d.]+ s \([\d.]+ a second; producer id \d+, transactional id hourly-1\)/,
    )
    intruders.clear()
    expect((await resultOf(run)).state).toBe('succeeded')
  })

  test('with fenceReads the consumers are refused on the old side, proven and on record', async () => {
    stage().file.fenceReads = true
    const result = await resultOf(await stage().start('failover'))
    expect(result.progress.steps.find(({ id }) => id === 'stop-consumers')?.detail).toContain(
      'reads refused (derived-from-acls)',
    )
    expect(stage().world.cluster('A').acl).toContainEqual(
      expect.objectContaining({ principal: 'User:consumer-app', operation: 'Read', permission: 'deny' }),
    )
    const dossier = await stage().pairHandle().query(pairQueries.dossier)
    expect(dossier.fences.map(({ proof }) => proof)).toContain('reads: derived-from-acls')
  })
})

test('who would be refused on the target, to write or to read, is named before anything is started there', async () => {
  const b = stage().world.cluster('B')
  const open = b.acl
  b.acl = [...open, entry(reads, 'Read'), entry(writes, 'Write')]
  const run = await stage().start('failover')
  const question = await waitingAt(run, 'open-target')
  expect(question.text).toContain('User:producer-app may not write accounting.invoices')
  expect(question.text).toContain('User:consumer-app may not read accounting.invoices')
  expect(question.choices).toContain('abort')
  expect(stage().acts.count('start invoicing on B all')).toBe(0)
  b.acl = open
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(result.progress.steps.find(({ id }) => id === 'open-target')?.detail).toContain('proven for 2 principals')
})

test('a dry run writes nothing and holds nothing', async () => {
  const result = await resultOf(await stage().start('failover', { dryRun: true }))
  expect(result.state).toBe('dry-run')
  expect(result.progress.planHash).toMatch(/^[0-9a-f]{16}$/)
  expect(stage().acts.acts).toEqual([])
  expect((await resultOf(await stage().start('failover'))).state).toBe('succeeded')
})
