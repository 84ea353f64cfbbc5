import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { switchback, switchbackOfTheCheckout } from './fixtures/switchback.ts'

/** Every test starts a process; a server that does not answer is given up after 5 s. */
/** Nothing listens there: port 1 needs privileges nobody gives away. */
const nowhere = ['--address', '127.0.0.1:1']
const someone = ['--reason', 'exercise', '--by', 'kim']

const commands = [
  'check', 'status', 'compare', 'hand-over', 'discharge', 'failover', 'reset', 'failback', 'adopt', 'progress', 'plan', 'report', 'list',
  'approve', 'confirm', 'decide', 'pause', 'resume', 'force', 'ticket complete', 'worker',
] // prettier-ignore

test.concurrent.each(commands)('%s --help shows an example that starts with the command', async (command) => {
  const { code, stdout } = await switchback([...command.split(' '), '--help'])
  expect(code).toBe(0)
  expect(stdout).toContain(`Example:\n  switchback ${command}`)
})

test.concurrent('help lists every command and the exit codes', async () => {
  const { code, stdout } = await switchbackOfTheCheckout(['--help'])
  expect(code).toBe(0)
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command.split(' ')[0]}\\b`, 'm'))
  expect(stdout).toContain('4  the run waits for a person')
})

test.concurrent('--version is that of the package', async () => {
  const { code, stdout } = await switchback(['--version'])
  expect(code).toBe(0)
  expect(stdout.trim()).toBe(manifest.version)
})

test.concurrent.each<[string, string[], string]>([
  ['no command at all', [], 'Usage: switchback'],
  ['an unknown command', ['falover', 'accounting'], 'Did you mean failover?'],
  ['an unknown option', ['list', '--every'], "unknown option '--every'"],
  ['a comparison since a word', ['compare', 'accounting', '--since', 'yesterday'], 'as 45s, 30m, 6h or 2d'],
  [
    'a comparison of two scopes',
    ['compare', 'accounting', '--all', '--since', '1h'],
    'Choose one of --records, --since',
  ],
  ['a missing reason', ['failover', 'accounting', '--by', 'kim'], '--reason <text>'],
  ['an unknown mode', ['failover', 'accounting', ...someone, '--mode', 'brave'], 'planned, forced'],
  ['an unknown decision', ['decide', 'x', 'hope', ...someone], 'retry, skip, abort'],
  [
    'a branch for a failover',
    ['failover', 'accounting', ...someone, '--branch', 'recover'],
    "unknown option '--branch'",
  ],
  ['patience that is no number', ['progress', 'x', '--patience', 'none'], 'a number of seconds'],
  ['a surplus argument', ['report', 'x', 'y'], 'too many arguments'],
])('%s is wrong usage: exit code 2 and a hint', async (_, args, hint) => {
  const { code, stdout, stderr } = await switchback(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(hint)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test.concurrent.each<[string, string[], string]>([
  ['a reset without a branch', ['reset', 'accounting', ...someone], '--branch: '],
  ['replace without a replacement', ['reset', 'accounting', ...someone, '--branch', 'replace'], '--replacement: '],
  ['an empty name', ['failover', 'accounting', '--reason', 'x', '--by', ' '], '--by: '],
  ['several faults at once', ['failover', 'accounting', '--reason', '', '--by', ''], '--by: '],
  ['an empty reason for a hand-over', ['hand-over', 'accounting', '--reason', ' ', '--by', 'kim'], '--reason: '],
])('%s is refused by the schema before anything is connected', async (_, args, option) => {
  const { code, stderr } = await switchback([...args, ...nowhere])
  expect(code).toBe(2)
  expect(stderr).toContain(option)
  expect(stderr).toContain('Nothing was sent.')
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test.concurrent('a Temporal that does not answer is told in one paragraph with its address', async () => {
  const { code, stdout, stderr } = await switchback(['status', 'accounting', ...nowhere])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^switchback: Temporal at 127\.0\.0\.1:1 does not answer .*TEMPORAL_ADDRESS.*\n$/)
})

test.concurrent('the address comes from the environment as for the temporal CLI', async () => {
  const { stderr } = await switchback(['status', 'accounting'], { TEMPORAL_ADDRESS: '127.0.0.1:2' })
  expect(stderr).toContain('Temporal at 127.0.0.1:2 does not answer')
})

test.concurrent('a faulty temporal.toml is wrong configuration', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-cli-'))
  const file = join(folder, 'temporal.toml')
  writeFileSync(file, 'this is [not toml')
  const { code, stderr } = await switchback(['list'], { TEMPORAL_CONFIG_FILE: file })
  expect(code).toBe(2)
  expect(stderr).toContain("Temporal's client configuration cannot be read")
})

test.concurrent('a temporal.toml without a profile is no profile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-cli-'))
  const file = join(folder, 'temporal.toml')
  writeFileSync(file, '# nothing yet\n')
  const { code, stderr } = await switchback(['list', ...nowhere], { TEMPORAL_CONFIG_FILE: file })
  expect(code).toBe(1)
  expect(stderr).toContain('Temporal at 127.0.0.1:1 does not answer')
})

test.concurrent('a start reads the task queue from the configuration, and says so when it cannot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-cli-'))
  writeFileSync(join(folder, 'switchback.yaml'), 'temporal: {taskQueue: 7}\n')
  const started = ['failover', 'accounting', ...someone, ...nowhere]
  const faulty = await switchback(started, {}, folder)
  expect(faulty.code).toBe(2)
  expect(faulty.stderr).toMatch(/task queue cannot be read from switchback\.yaml.*--task-queue/)
  const named = await switchback([...started, '--task-queue', 'other'], {}, folder)
  expect(named.code).toBe(1)
  const missing = await switchback([...started, '--config', 'other.yaml'], {}, folder)
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain('other.yaml')
})

test.concurrent('check tells every fault of the configuration, still looks at Temporal, and fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-cli-'))
  writeFileSync(join(folder, 'faulty.yaml'), 'clusters: {A: {bootstrap: [nowhere]}}\npairs: {x: {primary: A}}\n')
  const { code, stdout, stderr } = await switchback(['check', '--config', 'faulty.yaml', ...nowhere], {}, folder)
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(stdout).toMatch(/^✖ configuration +faulty\.yaml has \d faults/m)
  expect(stdout).toContain('write it as host:port')
  expect(stdout).toMatch(/^✖ Temporal +Temporal at 127\.0\.0\.1:1 does not answer/m)
})

test.concurrent('check tries every connection and says which one fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-cli-'))
  writeFileSync(join(folder, 'switchback.yaml'), darkConfig)
  const { code, stdout } = await switchback(['check', '--json', ...nowhere], {}, folder)
  expect(code).toBe(1)
  const lines = JSON.parse(stdout) as { verdict: string; what: string; text: string }[]
  const verdicts = Object.fromEntries(lines.map(({ what, verdict }) => [what, verdict]))
  expect(verdicts).toEqual({
    switchback: 'ok',
    configuration: 'ok',
    Temporal: 'failed',
    'cluster A': 'failed',
    'cluster B': 'failed',
    'link A->B of accounting': 'failed',
    'link B->A of accounting': 'failed',
    'application invoicing of accounting': 'ok',
    'application broken of accounting': 'failed',
    'application billing of accounting': 'ok',
    'ticket desk of accounting': 'ok',
  })
  expect(lines.find(({ what }) => what === 'application invoicing of accounting')?.text).toContain('stopped')
})

const darkConfig = `
clusters:
  A: {bootstrap: ['127.0.0.1:1'], timeoutMs: 500}
  B: {bootstrap: ['127.0.0.1:1'], timeoutMs: 500}
pairs:
  accounting:
    primary: A
    secondary: B
    topics: [accounting.invoices]
    links:
      - {from: A, to: B, connect: {url: 'http://127.0.0.1:1', timeoutMs: 1000}, source: {name: a-to-b}}
      - {from: B, to: A, connect: {url: 'http://127.0.0.1:2', timeoutMs: 1000}, source: {name: b-to-a}}
    applications:
      - name: invoicing
        kind: producer
        topics: [accounting.invoices]
        control: {adapter: command, stop: ['false'], start: ['false'], state: [echo, '{"state":"stopped"}']}
      - name: broken
        kind: producer
        topics: [accounting.invoices]
        control: {adapter: command, stop: ['false'], start: ['false'], state: ['false']}
      - name: billing
        kind: consumer
        group: billing
        topics: [accounting.invoices]
        control: {adapter: manual}
`
