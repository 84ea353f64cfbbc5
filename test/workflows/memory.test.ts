import { WorkflowUpdateFailedError } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asAsked, pairQueries, runUpdates } from '../../src/contract/definitions.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { Answer } from '../../src/contract/messages.ts'
import type { Recall } from '../../src/contract/memory.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { remembered } from '../../src/domain/memory/memory.ts'
import { PATIENCE_MS } from '../patience.ts'
import { resultOf, Stage, startTemporal, waitingAt } from './stage.ts'

let env: TestWorkflowEnvironment
/** A server that knows nothing: what is there after the database of the first was lost. */
let later: TestWorkflowEnvironment

beforeAll(async () => {
  ;[env, later] = await Promise.all([startTemporal(), startTemporal()])
})
afterAll(() => Promise.all([env, later].map((each) => each?.teardown())))

const open: Stage[] = []
afterAll(async () => {
  for (const stage of open) stage.world.over = true
  await Promise.all(open.map((stage) => stage.close()))
})

async function stageOn(server: TestWorkflowEnvironment, name: string, before?: Stage): Promise<Stage> {
  const stage = new Stage(server, name, before?.world)
  open.push(stage)
  await stage.startWorker()
  return stage
}

/** Its waits as well, at once. */
async function ended(stage: Stage): Promise<void> {
  stage.world.over = true
  await stage.stopWorker()
  stage.world.over = false
}

function startPair(stage: Stage, more: object = {}) {
  return stage.client.workflow.start('pair', {
    workflowId: stage.pairHandle().workflowId,
    taskQueue: stage.queue,
    args: [{ pair: stage.pair, primary: 'A', secondary: 'B', ...more }],
  })
}

const status = (stage: Stage) => stage.pairHandle().query(pairQueries.status)
const send = <T>(stage: Stage, update: string, payload: object) =>
  stage.pairHandle().executeUpdate<T, [object]>(update, { args: [payload] })

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  )
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

async function eventually<T>(look: () => Promise<T> | T, holds: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const seen = await look()
    if (holds(seen)) return seen
    if (Date.now() > end) throw new Error(`did not come about: ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const onCluster = (stage: Stage, cluster: string) => remembered(stage.world.memories.get(cluster) ?? [], stage.pair)

test.concurrent(
  'a pair handed on without a memory writes its history, also when nothing changes; its successor finds it',
  async () => {
    const stage = await stageOn(env, 'handed-on')
    const at = new Date().toISOString()
    const dossier = newDossier({ pair: stage.pair, primary: 'A', secondary: 'B', at })
    const state = { dossier, lease: null, epoch: 3, adopted: false, keys: [], events: [] }
    const pair = await startPair(stage, { state })
    for (const cluster of ['A', 'B'])
      await eventually(
        () => onCluster(stage, cluster),
        (found) => found.state === 'whole',
      )
    await pair.terminate('pressed in the UI')
    await startPair(stage)
    const found = await eventually(
      () => status(stage),
      ({ memory }) => memory?.found.length === 2,
    )
    expect(found.alerts.join()).toContain('remembers another history')
  },
)

test.concurrent('what a pair learns is on every cluster; one that is dark is a note, and is caught up', async () => {
  const stage = await stageOn(env, 'kept')
  stage.world.dark.add('A')
  await startPair(stage)
  const run = await stage.start('failover', { mode: 'forced', approvedBy: undefined })
  const question = await waitingAt(run, 'approve')
  await run.executeUpdate(...asAsked(question, { by: 'owner' }))
  expect((await resultOf(run)).state).toBe('succeeded')

  const dark = await eventually(
    () => status(stage),
    ({ memory }) => memory?.clusters.find(({ cluster }) => cluster === 'B')?.revision === memory?.revision,
  )
  // As many as the pair's own topics, whatever the brokers' default is.
  expect(stage.world.memoryReplicas.get('B')).toBe(3)
  expect(dark.memory?.clusters.find(({ cluster }) => cluster === 'A')).toMatchObject({
    revision: null,
    problem: expect.stringContaining('A does not answer'),
  })
  expect(dark.alerts.join()).not.toMatch(/memory/)
  expect(onCluster(stage, 'B')).toMatchObject({
    state: 'whole',
    memory: { dossier: { active: 'B', episode: { stage: 'failed-over' } } },
  })
  expect(stage.world.memories.has('A')).toBe(false)

  stage.world.dark.delete('A')
  const whole = await eventually(
    () => status(stage),
    ({ memory }) => memory?.clusters.every(({ revision }) => revision === memory.revision) ?? false,
  )
  expect(whole.memory?.clusters.map(({ problem }) => problem)).toEqual([undefined, undefined])
  expect(onCluster(stage, 'A')).toMatchObject({ state: 'whole', memory: { dossier: { active: 'B' } } })
})

test.concurrent(
  'after the database is lost in the ticket wait: nothing begins, the pair is adopted, the reset ends as it would have',
  async () => {
    const lost = await stageOn(env, 'lost')
    await resultOf(await lost.start('failover'))
    const reset = await lost.start('reset', { branch: 'recover' })
    await waitingAt(reset, 'await-ticket')
    const { memory } = await eventually(
      () => status(lost),
      (seen) => seen.memory?.clusters.every(({ revision }) => revision === seen.memory?.revision) ?? false,
    )
    await lost.pairHandle().terminate('the database is lost')
    await reset.terminate('the database is lost')
    await ended(lost)
    // One side is behind, as if its last write had failed.
    lost.world.memories.set('A', (lost.world.memories.get('A') ?? []).slice(0, -2))
    const acts = [...lost.world.acts]

    const stage = await stageOn(later, 'lost', lost)
    await startPair(stage)
    const alarmed = await eventually(
      () => status(stage),
      ({ memory: outside }) => outside?.found.length === 2,
    )
    expect(alarmed).toMatchObject({ active: 'A', episode: null })
    expect(alarmed.alerts[0]).toMatch(/B remembers another history of this pair: revision \d+.*pair adopt lost/)
    await expect(resultOf(await stage.start('failover'))).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/remembers another history/) },
    })

    const recall = await send<Recall>(stage, 'recall', { by: 'kim' })
    expect(recall.best).toMatchObject({ revision: memory?.revision, active: 'B', episode: { stage: 'resetting' } })
    expect(recall.disagreements).toEqual([expect.stringMatching(/^A is behind/)])
    expect(await refusalOf(send(stage, 'adopt', { by: 'kim', checksum: 'of yesterday' }))).toMatch(
      /another one than was/,
    )
    const { message } = await send<Answer>(stage, 'adopt', { by: 'kim', checksum: recall.best?.checksum })
    expect(message).toMatch(/adopted by kim from revision \d+, .*the reset is in doubt/)

    const doubt = await status(stage)
    expect(doubt).toMatchObject({
      active: 'B',
      standby: 'A',
      episode: { stage: 'resetting', inDoubt: { operation: 'reset', workflowId: reset.workflowId } },
      memory: { found: [] },
    })
    const adopting = await stage.start('reset', { branch: 'recover', adopt: true })
    await waitingAt(adopting, 'await-ticket')
    // The ticket names the run that has ended.
    const [ticket] = stage.world.tickets.values()
    expect(ticket?.comments).toEqual([expect.stringContaining(`runs as workflow ${adopting.workflowId} now`)])
    stage.world.stopLink('A->B')
    await adopting.executeUpdate(runUpdates.completeTicket, { args: [{ ticketId: 'T-1', completedBy: 'desk' }] })
    expect((await resultOf(adopting)).state).toBe('succeeded')
    expect(stage.world.tickets.size).toBe(1)
    expect(stage.world.acts.slice(acts.length)).toEqual(['enable B->A', expect.stringMatching(/^select B->A/)])

    const kept = await eventually(
      () => status(stage),
      (seen) => seen.memory?.clusters.every(({ revision }) => revision === seen.memory?.revision) ?? false,
    )
    expect(kept.memory?.revision).toBeGreaterThan((memory?.revision ?? 0) + 1)
    for (const cluster of ['A', 'B']) {
      expect(onCluster(stage, cluster)).toMatchObject({ memory: { dossier: { episode: { stage: 'reset' } } } })
    }
    expect(await refusalOf(send(stage, 'adopt', { by: 'kim', checksum: 'x' }))).toMatch(
      /what this pair has written itself/,
    )
  },
)

test.concurrent(
  'a side that was dark at the adoption and remembers more raises its voice, and is not written over',
  async () => {
    const lost = await stageOn(env, 'fork')
    await resultOf(await lost.start('failover'))
    await eventually(
      () => status(lost),
      (seen) => seen.memory?.clusters.every(({ revision }) => revision === seen.memory?.revision) ?? false,
    )
    await lost.pairHandle().terminate('the database is lost')
    await ended(lost)
    lost.world.memories.set('A', (lost.world.memories.get('A') ?? []).slice(0, -4))
    lost.world.dark.add('B')

    const stage = await stageOn(later, 'fork', lost)
    const unseen = await startPair(stage, { adopt: { by: 'kim' } })
    await expect(unseen.result()).rejects.toMatchObject({
      cause: {
        type: errorTypes.invalidInput,
        message: expect.stringMatching(/checksum: is missing.*send it the update recall/s),
      },
    })
    const shown = onCluster(stage, 'A')
    if (shown.state !== 'whole') throw new Error(`A remembers nothing whole: ${shown.state}`)
    await startPair(stage, { adopt: { by: 'kim', checksum: shown.summary.checksum } })
    const adopted = await eventually(
      () => status(stage),
      ({ episode }) => episode !== null,
    )
    expect(adopted.memory?.found).toEqual([])
    const before = stage.world.memories.get('B')?.length
    stage.world.dark.delete('B')
    const forked = await eventually(
      () => status(stage),
      ({ memory }) => memory?.found.length === 1,
    )
    expect(forked.memory?.found[0]).toMatchObject({ cluster: 'B' })
    expect(stage.world.memories.get('B')).toHaveLength(before ?? -1)

    expect((await send<Answer>(stage, 'adopt', { by: 'kim', from: 'here' })).accepted).toBe(true)
    const settled = await eventually(
      () => status(stage),
      (seen) => seen.memory?.clusters.every(({ revision }) => revision === seen.memory?.revision) ?? false,
    )
    expect(settled.memory?.found).toEqual([])
  },
)

test.concurrent('where nothing is remembered, the pair goes on from the clusters by a person’s word', async () => {
  const stage = await stageOn(later, 'survey')
  const { world } = stage
  world.links.set('A->B', { state: 'stopped', selection: '^$' })
  await startPair(stage)
  const recall = await send<Recall>(stage, 'recall', { by: 'kim' })
  expect(recall).toMatchObject({ best: null, survey: { sides: [{ cluster: 'A' }, { cluster: 'B' }] } })
  expect(recall.active).toBeUndefined()
  expect(await refusalOf(send(stage, 'adopt', { by: 'kim' }))).toMatch(/checksum: is missing. Send "recall" first/)
  expect(await refusalOf(send(stage, 'adopt', { by: 'kim', checksum: 'x' }))).toMatch(
    /Nothing can be adopted from memory/,
  )
  expect(await refusalOf(send(stage, 'adopt', { by: 'kim', from: 'clusters' }))).toMatch(/Say in "active"/)
  expect(await refusalOf(send(stage, 'adopt', { by: 'kim', from: 'clusters', active: 'X' }))).toMatch(/A or B/)
  await send(stage, 'adopt', { by: 'kim', from: 'clusters', active: 'B' })
  expect(await status(stage)).toMatchObject({ active: 'B', standby: 'A', episode: { number: 1, stage: 'failed-over' } })
  const reset = await stage.start('reset', { branch: 'recover' })
  await waitingAt(reset, 'await-ticket')
  expect(await refusalOf(send(stage, 'adopt', { by: 'kim', from: 'here' }))).toMatch(/held by the reset/)
})
