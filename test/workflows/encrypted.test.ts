import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCodecServer } from '../../src/cli/codec-server/server.ts'
import { liveActivities } from '../../src/cli/temporal/live-activities.ts'
import { pairQueries, runUpdates } from '../../src/contract/definitions.ts'
import { compressing } from '../../src/payloads/compress.ts'
import { dataConverterOf } from '../../src/payloads/data-converter.ts'
import { encrypting } from '../../src/payloads/encrypt.ts'
import { bundleWorkflows } from '../../src/worker/bundle.ts'
import { refuseUnreadable } from '../../src/worker/readable-pairs.ts'
import { plainly, resultOf, Stage, startTemporal, temporalCli, waitingAt } from './stage.ts'

/** With a codec, Temporal keeps no name of a topic, an application or a person. */

const codecs = [compressing, encrypting([{ id: 'k1', bytes: randomBytes(32) }])]
const encrypted = dataConverterOf({ codecs, configured: true })
const folder = mkdtempSync(join(tmpdir(), 'switchback-encrypted-'))

let env: TestWorkflowEnvironment
let stage: Stage
beforeAll(async () => {
  env = await startTemporal(join(folder, 'temporal.db'), [], encrypted)
  stage = new Stage(env, 'secretive')
  stage.dataConverter = encrypted
  const build = await bundleWorkflows(encrypted, { logger: new DefaultLogger('ERROR') })
  await stage.startWorker(undefined, undefined, build)
})
afterAll(async () => {
  await stage.close()
  await env.teardown()
  rmSync(folder, { recursive: true, force: true })
})

/** Everything the server keeps on disk: the database and what is not yet in it. */
const stored = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))

test('the whole story runs encrypted, with a failure, a question and a refusal in it', async () => {
  const fault = 'payroll.salaries is what kim.secret reads'
  stage.world.broken.set('startApplication', fault)
  const failover = await stage.start('failover', { requestedBy: 'kim.secret', reason: 'region of kim.secret is lost' })
  const question = await waitingAt(failover, 'start-producers', 'payroll.salaries')
  await expect(
    failover.executeUpdate(runUpdates.decide, {
      args: [{ question: 'no#1', action: 'retry', by: 'kim.secret', reason: 'payroll.salaries' }],
    }),
  ).rejects.toMatchObject({ cause: { message: expect.stringContaining('no#1') } })
  stage.world.broken.clear()
  const answer = { question: question.id, action: 'retry', by: 'kim.secret', reason: 'mended' }
  await failover.executeUpdate(runUpdates.decide, { args: [answer] })
  expect((await resultOf(failover)).state).toBe('succeeded')
  const reset = await stage.start('reset', { branch: 'recover' })
  await stage.throughTicket(reset, 'A->B')
  expect((await resultOf(reset)).state).toBe('succeeded')
  const failback = await stage.start('failback')
  await stage.throughTicket(failback, 'B->A')
  expect((await resultOf(failback)).state).toBe('succeeded')
  await expect(stage.start('reset', { branch: 'recover' }).then(resultOf)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('comes after failover') },
  })
  const described = await stage.pairHandle().describe()
  expect((await liveActivities(stage.client, described)).map(({ activity }) => activity)).toContain('watchLink')
})

test('a dump of the database has none of the names; what is no secret is found in it', () => {
  const all = stored()
  const holds = (text: string) => all.some((content) => content.includes(text))
  // The dump is one: ids, types and task queues are there.
  for (const clear of ['pair/secretive', 'failover', 'switchback-secretive'])
    expect([clear, holds(clear)]).toEqual([clear, true])
  for (const secret of ['accounting.invoices', 'invoicing', 'billing', 'kim.secret', 'payroll', 'User:', 'T-1'])
    expect([secret, holds(secret)]).toEqual([secret, false])
})

test('the temporal command shows nothing of it without the codec server, and all with it', async () => {
  const server = await openCodecServer({ host: '127.0.0.1', port: 0 }, { codecs, origins: [] })
  const temporal = async (...args: string[]) => {
    const common = ['--address', env.address, '--workflow-id', 'failover/secretive/1']
    const { stdout } = await promisify(execFile)(temporalCli, [...args, ...common], { maxBuffer: 64 * 1024 * 1024 })
    // A history is shown with payloads as they are in the protocol.
    const data = [...stdout.matchAll(/"data": "(?<base64>[^"]+)"/g)]
    return data.map(({ groups }) => Buffer.from(groups?.['base64'] ?? '', 'base64').toString('latin1')).join('\n')
  }
  try {
    const show = ['workflow', 'show', '--output', 'json']
    expect(await temporal(...show)).not.toContain('kim.secret')
    expect(await temporal(...show, '--codec-endpoint', `http://${server.address}`)).toContain('kim.secret')
  } finally {
    await server.close()
  }
})

test('a worker without the key does not start, one that has it does', async () => {
  const { connection } = env
  const without = new Client({ connection, dataConverter: plainly })
  const open = (client: Client) => ({ client, connection, namespace: 'default' })
  await expect(refuseUnreadable(open(without), ['secretive'])).rejects.toThrow(
    /pair\/secretive was written with the encoding binary\/encrypted, which this worker cannot read\. Start it with the same SWITCHBACK_CODEC/,
  )
  await refuseUnreadable(open(env.client), ['secretive', 'not started yet'])
  await refuseUnreadable(open(without), ['not started yet'])
  await refuseUnreadable({ ...open(without), connection: env.nativeConnection }, ['not started yet'])
})

test('what is sent in clear is read: a person with the temporal command needs no codec to send', async () => {
  const plain = new Client({ connection: env.connection, dataConverter: plainly })
  const run = await plain.workflow.start('failover', {
    workflowId: 'failover/secretive/plain',
    taskQueue: stage.queue,
    args: [{ pair: 'secretive', reason: 'sent in clear', requestedBy: 'kim', dryRun: true }],
  })
  expect((await resultOf(stage.client.workflow.getHandle(run.workflowId))).state).toBe('dry-run')
  expect(await stage.pairHandle().query(pairQueries.status)).toMatchObject({ active: 'A' })
})
