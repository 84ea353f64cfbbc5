import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Context } from '@temporalio/activity'
import { Client } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { PairStatus } from '../../src/contract/pair-messages.ts'
import { compressing } from '../../src/payloads/compress.ts'
import { aStatus } from '../domain/builders.ts'
import { PATIENCE_MS } from '../patience.ts'
import { switchback, type Ran } from './fixtures/switchback.ts'

/** A real server and a real worker, whose workflows answer like a run and a pair: see fixtures/workflows.ts. */
let environment: TestWorkflowEnvironment
let worker: Worker
let working: Promise<void>

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path: temporalCli() } },
  })
  worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: 'switchback',
    workflowsPath: fileURLToPath(new URL('./fixtures/workflows.ts', import.meta.url)),
    activities: { awaitMirrored },
    maxHeartbeatThrottleInterval: '100ms',
  })
  working = worker.run()
})

afterAll(async () => {
  worker.shutdown()
  await working
  await environment.teardown()
})

function temporalCli(): string {
  const tools = new URL('../../.cache/tools.json', import.meta.url)
  const prepared = existsSync(tools)
    ? (JSON.parse(readFileSync(tools, 'utf8')) as { temporalCli?: string }).temporalCli
    : undefined
  return process.env['TEMPORAL_CLI'] ?? prepared ?? 'temporal'
}

const mirrored = new AbortController()
async function awaitMirrored(): Promise<void> {
  while (!mirrored.signal.aborted) {
    Context.current().heartbeat({ totalLag: 120, recordsPerSecond: 40, etaSeconds: 3 })
    await sleep(200)
  }
}

function cli(...args: string[]): Promise<Ran> {
  return switchback([...args, '--address', environment.address])
}

let runs = 0
async function aStartedRun(): Promise<string> {
  const { code, stdout } = await cli(
    'failover',
    'accounting',
    '--reason',
    'x',
    '--by',
    'kim',
    '--workflow-id',
    `run-${++runs}`,
  )
  expect(code).toBe(0)
  return stdout.trim()
}

test('a run is started, watched, approved, decided and followed to its end', async () => {
  const started = await cli('failover', 'accounting', '--reason', 'region A\nis lost', '--by', 'kim', '--topics', 'a,b')
  expect(started.code).toBe(0)
  expect(started.stdout).toMatch(/^failover\/accounting\/\d{8}-\d{6}\n$/)
  expect(started.stderr).toContain('lacks the search attributes SwitchbackPair')
  const id = started.stdout.trim()

  const description = await environment.client.workflow.getHandle(id).describe()
  expect(await description.staticSummary()).toBe('failover of accounting, asked for by kim: region A is lost')
  expect(description.memo).toEqual({ pair: 'accounting', operation: 'failover' })

  const waiting = await cli('progress', id, '--follow', '--patience', '0')
  expect(waiting.code).toBe(4)
  expect(waiting.stdout).toContain(`$ switchback approve ${id} --by you`)

  const approved = await cli('approve', id, '--by', 'the owner', '--comment', 'go')
  expect(approved).toMatchObject({ code: 0, stdout: '✔ Approved by the owner: approve#1 0f3a77aa00bb11cc\n' })
  expect(approved.stderr).toContain('cannot be known')
  expect(approved.stderr).toContain('billing at most 12 records')

  const wrong = await cli('decide', id, 'discard', '--by', 'kim', '--reason', 'x')
  expect(wrong.code).toBe(3)
  expect(wrong.stderr).toContain('confirm-mirrored#1 takes retry, abort')

  const decided = await cli('decide', id, 'retry', '--by', 'kim', '--reason', 'it moves')
  expect(decided).toMatchObject({ code: 0, stdout: '✔ Decided: confirm-mirrored#1 retry\n' })

  await vi.waitFor(
    async () => {
      const { stdout } = await cli('progress', id)
      expect(stdout).toContain('awaitMirrored: 120 records behind, 40 records/s, about 3 s left (')
    },
    { timeout: 60_000 },
  )
  const following = cli('progress', id, '--follow')
  mirrored.abort()
  const followed = await following
  expect(followed.code).toBe(0)
  expect(followed.stdout).toContain('✔ succeeded')
  expect(followed.stderr).toContain('it succeeded')
  // The stand-in tells no release.
  expect(followed.stderr.match(/the worker is older than 0\.2\.0/g)).toHaveLength(1)

  const report = await cli('report', id)
  expect(report.stdout).toContain('# Report\n{"pair":"accounting","reason":"region A\\nis lost","requestedBy":"kim"')
  expect(report.stdout).toContain('"topics":["a","b"]')
  expect(report.stdout).not.toContain('\u001b')

  const late = await cli('pause', id, '--by', 'kim')
  expect(late.code).toBe(3)
  expect(late.stderr).toContain('is over and takes no messages')
})

test('a refused run ends a followed start with 3, a dry run prints its report', async () => {
  const refused = await cli(
    'failover',
    'accounting',
    '--reason',
    'refuse',
    '--by',
    'kim',
    '--follow',
    '--workflow-id',
    'refused',
  )
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringMatching(/^refused\n/) as string })
  expect(refused.stderr).toContain('The run was refused: The pair is busy with another run.')
  const dry = await cli('failover', 'accounting', '--reason', 'x', '--by', 'kim', '--dry-run', '--workflow-id', 'dry')
  expect(dry.code).toBe(0)
  expect(dry.stdout).toMatch(/^# Report\n/)
})

test('a second start with the same id is refused, also when the first run is over', async () => {
  const again = ['failover', 'accounting', '--reason', 'refuse', '--by', 'kim', '--workflow-id', 'twice']
  expect((await cli(...again)).code).toBe(0)
  await expect(environment.client.workflow.getHandle('twice').result()).rejects.toThrow()
  const second = await cli(...again)
  expect(second).toMatchObject({ code: 3, stdout: '' })
  expect(second.stderr).toContain('There is a run with the workflow id twice already')
})

test('an approval is refused here or by the run, never sent for another plan', async () => {
  const id = await aStartedRun()
  const other = await cli('approve', id, '--by', 'kim', '--plan-hash', 'deadbeefdeadbeef')
  expect(other.code).toBe(3)
  expect(other.stderr).toContain('The plan is 0f3a77aa00bb11cc now, not deadbeefdeadbeef')
  const mallory = await cli('approve', id, '--by', 'mallory')
  expect(mallory.code).toBe(3)
  expect(mallory.stderr).toContain('switchback: Refused: mallory may not approve.')
  const validator = await cli('confirm', id, '--by', 'kim', '--question', 'x#1')
  expect(validator.code).toBe(3)
  expect(validator.stderr).toContain('the validator says no')
  const nothing = await cli('confirm', id, '--by', 'kim')
  expect(nothing.code).toBe(3)
  expect(nothing.stderr).toContain('does not wait for a confirmation')
  expect((await cli('approve', id, '--by', 'owner')).code).toBe(0)
  const again = await cli('approve', id, '--by', 'owner')
  expect(again.code).toBe(3)
  expect(again.stderr).toContain('does not wait for an approval')
})

test('plan and progress are printed for people and as JSON', async () => {
  const id = await aStartedRun()
  const plan = await cli('plan', id)
  expect(plan.stdout).toContain('plan 0f3a77aa00bb11cc\n')
  expect(plan.stdout).toContain('2  approve (revision 2)')
  expect(JSON.parse((await cli('plan', id, '--json')).stdout)).toMatchObject({ hash: '0f3a77aa00bb11cc' })
  expect(JSON.parse((await cli('progress', id, '--json')).stdout)).toMatchObject({
    version: 1,
    workflowId: id,
    live: [],
  })
})

test('a run that is terminated ends the following with the way on', async () => {
  const id = await aStartedRun()
  const following = cli('progress', id, '--follow', '--patience', '60')
  await sleep(2_000)
  await environment.client.workflow.getHandle(id).terminate('by mistake')
  const { code, stderr } = await following
  expect(code).toBe(1)
  expect(stderr).toContain('Temporal says terminated')
  expect(stderr).toContain('switchback adopt')
})

test('what Temporal does not know is refused in a sentence', async () => {
  for (const [args, text] of [
    [['progress', 'nope'], 'There is no run nope.'],
    [['report', 'nope'], 'There is no run nope.'],
    [['status', 'nope'], 'Temporal does not know the pair nope'],
    [['pause', 'nope', '--by', 'kim'], 'There is no run nope.'],
    [['list', '--namespace', 'nope'], 'nope'],
  ] as const) {
    const { code, stderr } = await cli(...args)
    expect({ args, code: [2, 3].includes(code ?? -1), stderr }).toEqual({
      args,
      code: true,
      stderr: expect.stringContaining(text) as string,
    })
    expect(stderr.trim().split('\n')).toHaveLength(1)
  }
})

test('without a worker the run is safe, and that is what is said', async () => {
  const started = await cli('failover', 'lonely', '--reason', 'x', '--by', 'kim', '--task-queue', 'nobody')
  expect(started.code).toBe(0)
  expect(started.stderr).toContain('no worker polls the task queue nobody now')
  const { code, stderr } = await cli('progress', started.stdout.trim())
  expect(code).toBe(1)
  expect(stderr).toContain('Start a worker for the task queue nobody')
})

test('runs are listed by pair even without search attributes', async () => {
  await cli('failover', 'listed', '--reason', 'x', '--by', 'kim')
  await vi.waitFor(
    async () => {
      const { code, stdout, stderr } = await cli('list', '--pair', 'listed')
      expect(code).toBe(0)
      expect(stdout).toMatch(/^listed +failover +running +since .* failover\/listed\/\d{8}-\d{6}\n$/)
      expect(stderr).toContain('lacks the search attribute SwitchbackPair')
    },
    { timeout: PATIENCE_MS, interval: 500 },
  )
  expect((await cli('list', '--pair', 'never')).stdout).toContain('No run of never is open.')
})

test('adopt goes on with the input of the interrupted run, and needs a doubt', async () => {
  const interrupted = 'reset/doubtful/1'
  const reset = ['reset', 'doubtful', '--reason', 'x', '--by', 'kim', '--workflow-id', interrupted]
  await cli(...reset, '--branch', 'replace', '--replacement', 'C', '--topics', 'a')
  await environment.client.workflow.getHandle(interrupted).terminate()
  const inDoubt = {
    since: '2026-01-17T09:00:00Z',
    operation: 'reset' as const,
    workflowId: interrupted,
    why: 'terminated',
  }
  await aPair('doubtful', { number: 1, stage: 'resetting', inDoubt })

  const status = await cli('status', 'doubtful')
  expect(status.stdout).toContain('✖ In doubt: the reset reset/doubtful/1')
  const adopted = await cli('adopt', 'doubtful', '--reason', 'go on', '--by', 'lee')
  expect(adopted.code).toBe(0)
  const report = await cli('report', adopted.stdout.trim())
  expect(report.stdout).toContain(
    '{"pair":"doubtful","reason":"go on","requestedBy":"lee","mode":"planned","topics":["a"],"dryRun":false,"adopt":true,"branch":"replace","replacement":"C"}',
  )
  const handedOver = await cli('hand-over', 'doubtful', '--by', 'kim', '--reason', 'by hand')
  expect(handedOver).toMatchObject({ code: 0, stdout: '✔ Handed over to kim.\n' })

  await aPair('calm', null)
  const calm = await cli('adopt', 'calm', '--reason', 'x', '--by', 'lee')
  expect(calm.code).toBe(3)
  expect(calm.stderr).toContain('calm is not in doubt')
  const handOver = await cli('hand-over', 'calm', '--by', 'kim', '--reason', 'x')
  expect(handOver).toMatchObject({ code: 3, stderr: 'switchback: Refused: Nothing is in doubt.\n' })

  const all = await cli('status')
  expect(all.code).toBe(0)
  expect(all.stdout).toContain('calm: producers write to B')
  expect(all.stdout).toContain('doubtful: producers write to B')
})

async function aPair(pair: string, episode: PairStatus['episode']): Promise<void> {
  const status = aStatus({ pair, active: 'B', standby: 'A', episode, protectedBy: null, lag: null })
  await environment.client.workflow.start('pair', {
    workflowId: `pair/${pair}`,
    taskQueue: 'switchback',
    args: [status],
  })
}

test('what a pair of a thousand topics hands on is stored compressed, and is read as it was', async () => {
  const state = Array.from({ length: 9_000 }, (_, n) => `accounting.department-${n % 1_000}.invoices ${n * 7_919}`)
  const dataConverter = { payloadCodecs: [compressing] }
  const client = new Client({ connection: environment.connection, dataConverter })
  const handle = await client.workflow.start('nobody', { taskQueue: 'nobody', workflowId: 'large', args: [state] })
  const [begun] = (await handle.fetchHistory()).events ?? []
  const stored = begun?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
  expect(JSON.stringify(state).length).toBeGreaterThan(256 * 1024)
  expect(stored[0]?.data?.length).toBeLessThan(128 * 1024)
  const [read] = await compressing.decode(stored)
  expect(defaultPayloadConverter.fromPayload(read ?? {})).toEqual(state)
  await handle.terminate()
})
