import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createApplication } from '../../src/controls/application.ts'
import type { ApplicationConfig, ClusterConfig } from '../../src/config/schema.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { ApplicationTarget } from '../../src/ports/applications.ts'
import { temporaryFolder } from '../config/support.ts'

const program = fileURLToPath(new URL('./fixture.mjs', import.meta.url))
/** Long enough for a probe on a loaded machine, short enough to be waited for. */
const shortMs = 2_000

const clusters = {
  A: { bootstrap: ['a-0:9092', 'a-1:9092'] },
  B: { bootstrap: ['b-0:9092'] },
} as unknown as Record<string, ClusterConfig>
const onB: ApplicationTarget = { cluster: 'B', topics: ['invoices', 'payments'], phase: 'all' }

function application(
  options: { behaviour?: object; state?: object; timeoutMs?: number; kind?: 'producer' | 'consumer' } = {},
) {
  const cwd = temporaryFolder()
  const argv = (action: string) => [
    process.execPath,
    program,
    action,
    '{cluster}',
    '{bootstrap}',
    '{topics}',
    '{phase}',
    '{key}',
  ]
  const config: ApplicationConfig = {
    name: 'ledger',
    kind: options.kind ?? 'producer',
    topics: ['invoices', 'payments'],
    control: {
      adapter: 'command',
      stop: argv('stop'),
      start: argv('start'),
      state: argv('state'),
      cwd,
      timeoutMs: options.timeoutMs ?? 10_000,
    },
  }
  if (options.behaviour) writeFileSync(join(cwd, 'behaviour.json'), JSON.stringify(options.behaviour))
  if (options.state) writeFileSync(join(cwd, 'state.json'), JSON.stringify(options.state))
  const calls = (): { action: string; args: string[]; env: Record<string, string> }[] =>
    readFileSync(join(cwd, 'calls.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  return {
    port: createApplication('accounting', config, clusters),
    cwd,
    config,
    calls,
    actions: () => calls().map(({ action }) => action),
  }
}

const runsOnA = { state: 'running', cluster: 'A', topics: ['invoices', 'payments'] }

test('the state is the last JSON object that the probe prints', async () => {
  const { port } = application({ state: runsOnA })
  expect(await port.state()).toEqual(runsOnA)
})

test('stop looks, acts and looks again; stopped already, it does nothing', async () => {
  const { port, calls, actions } = application({ state: runsOnA })
  expect(await port.stop('key-1')).toEqual({ state: 'stopped' })
  expect(actions()).toEqual(['state', 'stop', 'state'])
  expect(calls()[1]?.args).toEqual(['A', 'a-0:9092,a-1:9092', '', '', 'key-1'])
  expect(await port.stop('key-1')).toEqual({ state: 'stopped' })
  expect(actions()).toEqual(['state', 'stop', 'state', 'state'])
})

test('start is told where and what, in arguments and environment', async () => {
  const { port, calls } = application()
  expect(await port.start(onB, 'key-2')).toEqual({ state: 'running', cluster: 'B', topics: onB.topics })
  expect(calls()[1]).toMatchObject({
    action: 'start',
    args: ['B', 'b-0:9092', 'invoices,payments', 'all', 'key-2'],
    env: {
      SWITCHBACK_ACTION: 'start',
      SWITCHBACK_PAIR: 'accounting',
      SWITCHBACK_NAME: 'ledger',
      SWITCHBACK_CLUSTER: 'B',
      SWITCHBACK_BOOTSTRAP: 'b-0:9092',
      SWITCHBACK_TOPICS: 'invoices,payments',
      SWITCHBACK_PHASE: 'all',
      SWITCHBACK_KEY: 'key-2',
    },
  })
})

test('an argument is passed as it is: no shell reads it', async () => {
  const { port, calls } = application()
  // Its state then names topics that are none, which is refused.
  await expect(port.start({ ...onB, topics: ['$(touch x)', '; rm'] }, 'k')).rejects.toThrow('printed no state')
  expect(calls()[1]?.args[2]).toBe('$(touch x),; rm')
})

test('one that runs there already is not started again', async () => {
  const { port, actions } = application({ state: { ...runsOnA, cluster: 'B', topics: ['payments', 'invoices'] } })
  await port.start(onB, 'k')
  expect(actions()).toEqual(['state'])
})

test('a consumer that runs goes on with the topics of the next phase', async () => {
  const { port, actions } = application({
    kind: 'consumer',
    state: { state: 'running', cluster: 'B', topics: ['invoices.A'] },
  })
  expect(await port.start(onB, 'k')).toMatchObject({ topics: onB.topics })
  expect(actions()).toEqual(['state', 'start', 'state'])
})

test('one that runs on another cluster is not started', async () => {
  const { port, actions } = application({ state: runsOnA })
  await expect(port.start(onB, 'k')).rejects.toMatchObject({
    type: errorTypes.precondition,
    message: 'ledger was not started on B: it runs on A. Stop it there first, then decide retry.',
  })
  expect(actions()).toEqual(['state'])
})

test('one whose probe cannot tell is stopped, but not started', async () => {
  const { port } = application({ state: { state: 'unknown', detail: 'deploying' } })
  await expect(port.start(onB, 'k')).rejects.toMatchObject({
    type: errorTypes.notYet,
    message: expect.stringContaining('cannot determine whether it runs (deploying)'),
  })
  expect(await port.stop('k')).toEqual({ state: 'stopped' })
})

test('a command that fails is told with its exit code and the last lines of stderr', async () => {
  const { port } = application({ state: runsOnA, behaviour: { changesNothing: true, fails: true } })
  await expect(port.stop('k')).rejects.toMatchObject({
    type: errorTypes.rejected,
    nonRetryable: true,
    message:
      'The stop of ledger failed: the command ended with exit code 3: reason 5 | reason 6 | reason 7 | reason 8 | reason 9. Now the probe says: running on A with invoices, payments.',
  })
})

test('the state decides, not the exit code', async () => {
  const { port } = application({ state: runsOnA, behaviour: { fails: true } })
  expect(await port.stop('k')).toEqual({ state: 'stopped' })
})

test('an effect that shows later is waited for', async () => {
  const { port, actions } = application({ state: runsOnA, behaviour: { changesAfterMs: 600 } })
  expect(await port.stop('k')).toEqual({ state: 'stopped' })
  expect(actions().filter((action) => action === 'stop')).toHaveLength(1)
})

test('an effect that does not show in time is told as not yet', async () => {
  const { port } = application({ state: runsOnA, behaviour: { changesNothing: true }, timeoutMs: shortMs })
  await expect(port.stop('k')).rejects.toMatchObject({
    type: errorTypes.notYet,
    message: expect.stringContaining('The stop of ledger was carried out, but 2 s later the probe says: running on A'),
  })
})

test('a command that hangs is killed with all it started, and its outcome is unknown when the state does not show it', async () => {
  const { port, cwd } = application({
    state: runsOnA,
    behaviour: { changesNothing: true, hangs: true },
    timeoutMs: shortMs,
  })
  await expect(port.stop('k')).rejects.toMatchObject({
    type: errorTypes.unknownOutcome,
    message: expect.stringMatching(
      /^Nothing is known about the stop of ledger: the command did not end within 2 s and was killed; the probe says: running on A/,
    ),
  })
  const pids: number[] = JSON.parse(readFileSync(join(cwd, 'pids.json'), 'utf8'))
  expect(pids).toHaveLength(2)
  // Ended, and gone once the system has taken note of it.
  for (const pid of pids) await expect.poll(() => runs(pid)).toBe(false)
})

test('a command that hangs after it has acted has acted', async () => {
  const { port } = application({ state: runsOnA, behaviour: { hangs: true }, timeoutMs: shortMs })
  expect(await port.stop('k')).toEqual({ state: 'stopped' })
})

test('cancelling kills the command and gives the reason of the signal', async () => {
  const { port, cwd } = application({ state: runsOnA, behaviour: { changesNothing: true, hangs: true } })
  const abort = new AbortController()
  const stopping = expect(port.stop('k', abort.signal)).rejects.toThrow('the worker shuts down')
  await expect.poll(() => existsSync(join(cwd, 'pids.json')), { timeout: 5_000 }).toBe(true)
  abort.abort(new Error('the worker shuts down'))
  await stopping
  const pids: number[] = JSON.parse(readFileSync(join(cwd, 'pids.json'), 'utf8'))
  // Ended, and gone once the system has taken note of it.
  for (const pid of pids) await expect.poll(() => runs(pid)).toBe(false)
})

test('a daemon that start leaves behind does not hold it up', async () => {
  const { port, cwd } = application({ behaviour: { daemon: true } })
  await port.start(onB, 'k')
  const pid: number = JSON.parse(readFileSync(join(cwd, 'daemon.json'), 'utf8'))
  onTestFinished(() => void process.kill(pid))
  expect(runs(pid)).toBe(true)
})

test('a probe that fails is tried again by who asked; one that prints no state is for a person', async () => {
  const failing = application({ behaviour: { probeFails: { text: 'no route to host' } } })
  await expect(failing.port.state()).rejects.toMatchObject({
    type: errorTypes.unreachable,
    nonRetryable: false,
    message: 'The state command of ledger ended with exit code 7: no route to host.',
  })
  const wordless = application({ behaviour: { stateText: '{"status":"up"}' } })
  await expect(wordless.port.state()).rejects.toMatchObject({
    type: errorTypes.rejected,
    message: expect.stringContaining('printed no state: the last thing on its stdout must be {"state":'),
  })
})

test('an outcome that cannot even be looked at is unknown', async () => {
  const { port } = application({
    state: runsOnA,
    behaviour: { changesNothing: true, hangs: true, probeFails: { text: 'gone', after: 'acting' } },
    timeoutMs: shortMs,
  })
  await expect(port.stop('k')).rejects.toMatchObject({
    type: errorTypes.unknownOutcome,
    message: expect.stringContaining('the probe fails: The state command of ledger ended with exit code 7: gone.'),
  })
})

test('a program that is not there, and a cluster that is not there, are faults of the configuration', async () => {
  const { config, cwd } = application()
  const broken = { ...config, control: { ...config.control, state: ['./nothing-here'] } } as ApplicationConfig
  await expect(createApplication('accounting', broken, clusters).state()).rejects.toMatchObject({
    type: errorTypes.configuration,
    message: expect.stringContaining(
      `The state command of ledger cannot be started in ${cwd}: spawn ./nothing-here ENOENT`,
    ),
  })
  await expect(
    createApplication('accounting', config, clusters).start({ ...onB, cluster: 'C' }, 'k'),
  ).rejects.toMatchObject({
    type: errorTypes.configuration,
    message: expect.stringContaining('There is no cluster C in the configuration (there are: A, B)'),
  })
})

function runs(pid: number): boolean {
  try {
    // A killed process whose parent has gone may stay in the table as a zombie where nobody collects it.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test('prepare is told as start is, and what was prepared is stopped on that cluster, whatever runs elsewhere', async () => {
  const { port, config, calls, actions } = application({ state: runsOnA })
  if (config.control.adapter !== 'command') throw new Error('another control')
  expect('prepare' in port).toBe(false)
  config.control.prepare = config.control.start.map((argument) => (argument === 'start' ? 'prepare' : argument))
  const warm = createApplication('accounting', config, clusters)
  await warm.prepare?.(onB, 'key-1')
  await warm.discard?.('B', 'key-2')
  expect(actions()).toEqual(['prepare', 'stop'])
  expect(calls()[0]?.args).toEqual(['B', 'b-0:9092', 'invoices,payments', 'all', 'key-1'])
  expect(calls()[0]?.env).toMatchObject({ SWITCHBACK_ACTION: 'prepare', SWITCHBACK_CLUSTER: 'B' })
  expect(calls()[1]?.args).toEqual(['B', 'b-0:9092', '', '', 'key-2'])
})

test('preparing that fails says why', async () => {
  const { config } = application({ behaviour: { fails: true } })
  if (config.control.adapter !== 'command') throw new Error('another control')
  config.control.prepare = config.control.start
  await expect(createApplication('accounting', config, clusters).prepare?.(onB, 'key-1')).rejects.toThrow(/reason 9/)
})

test('a program gets nothing of the environment of the worker but what it needs to run', async () => {
  vi.stubEnv('TEMPORAL_API_KEY', 'not for you')
  vi.stubEnv('REGION_TOKEN', 'for you')
  const printed = `const {PATH, TEMPORAL_API_KEY, REGION_TOKEN, KUBECONFIG, SWITCHBACK_PAIR} = process.env
    console.log(JSON.stringify({state: 'unknown', detail: [!!PATH, TEMPORAL_API_KEY, REGION_TOKEN, KUBECONFIG, SWITCHBACK_PAIR].join()}))`
  const { config } = application()
  const state = [process.execPath, '-e', printed]
  const control = { ...config.control, state, env: { KUBECONFIG: '/k', REGION_TOKEN: { env: 'REGION_TOKEN' } } }
  const port = createApplication('accounting', { ...config, control }, clusters)
  expect(await port.state()).toMatchObject({ detail: 'true,,for you,/k,accounting' })
  vi.stubEnv('REGION_TOKEN', '')
  await expect(port.state()).rejects.toThrow('the environment variable REGION_TOKEN is empty')
})

test('a cluster that no configuration has is not taken from a probe, whatever it says', async () => {
  const hostile = application({ state: { state: 'running', cluster: '$(touch PWNED)' } })
  await expect(hostile.port.state()).rejects.toThrow('printed no state')
  const elsewhere = application({ state: { state: 'running', cluster: 'C' } })
  await elsewhere.port.stop('key-1').catch(() => {})
  const stop = elsewhere.calls().find(({ action }) => action === 'stop')
  expect([stop?.args, stop?.env['SWITCHBACK_CLUSTER']]).not.toContain('C')
})
