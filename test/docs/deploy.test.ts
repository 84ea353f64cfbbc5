import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { workerCommand } from '../../src/worker/arguments.ts'
import { pairMetrics } from '../../src/worker/watched/pair-metrics.ts'
import { codeSpans, inRepository, read } from './documents.ts'

const unitFile = fileURLToPath(new URL('../../deploy/switchback-worker.service', import.meta.url))
const unit = read('deploy/switchback-worker.service')
const containerfile = read('deploy/Containerfile')
const production = read('docs/production.md')
const packages = z
  .object({ scripts: z.record(z.string(), z.string()), dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')))

const options = workerCommand().options
const long = new Set(options.map(({ long }) => long))

/** The value of a key of the unit. */
function setting(key: string): string {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? ''
}

/** A file of the build, as its source. */
function builtFrom(path: string): string {
  return path.replace('dist/', 'src/').replace(/\.js$/, '.ts')
}

test('the unit starts a worker that exists, with options it has', () => {
  const [, script = '', ...args] = setting('ExecStart').split(' ')
  expect(inRepository(builtFrom(script.replace('/opt/switchback/', '')))).toBe(true)
  expect(args.filter((word) => word.startsWith('--') && !long.has(word))).toEqual([])
  expect(inRepository(setting('Documentation').replace('file:/opt/switchback/', ''))).toBe(true)
})

test('the unit waits longer than the worker, and leaves the programs it started alone', () => {
  const stopWithin = Number(workerCommand().parse(['node', 'worker']).opts()['stopWithin'])
  expect(Number(setting('TimeoutStopSec'))).toBeGreaterThan(stopWithin)
  expect(setting('KillMode')).toBe('mixed')
  expect(setting('RestartPreventExitStatus')).toBe('2')
})

test('the unit leaves the worker little to do harm with, as systemd rates it', ({ skip }) => {
  const rated = spawnSync('systemd-analyze', ['security', '--offline=true', unitFile], { encoding: 'utf8' })
  if (rated.error !== undefined) skip('systemd-analyze is not installed')
  const level = Number(/Overall exposure level for \S+: (?<level>[\d.]+)/.exec(rated.stdout)?.groups?.['level'])
  expect(level, rated.stderr).toBeLessThanOrEqual(3)
})

test('what the container is made of exists', () => {
  const copied = [...containerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, from = '']) => from.split(' '))
  expect(copied).toContain('package.json')
  expect(copied.filter((path) => !inRepository(path))).toEqual([])
  const scripts = [...containerfile.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name)
  expect(scripts).toEqual(['build'])
  expect(scripts.filter((name) => packages.scripts[name] === undefined)).toEqual([])
  const [entry = '', command = ''] = [...containerfile.matchAll(/^(?:ENTRYPOINT|CMD) (\[.*\])$/gm)].map(
    ([, list = '']) => list,
  )
  const [program, script] = JSON.parse(entry) as string[]
  expect(program).toBe('node')
  expect(inRepository(builtFrom(String(script).replace('/opt/switchback/', '')))).toBe(true)
  expect(long).toContain((JSON.parse(command) as string[])[0])
})

test('what the image is built from is named by digest, and by the same one', () => {
  const bases = [...containerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)/gim)].map(([, base = '']) => base)
  expect(bases.length).toBeGreaterThan(1)
  expect(bases.filter((base) => !/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(base))).toEqual([])
  expect(new Set(bases).size).toBe(1)
})

test('what the product imports is there without the tools of its development', () => {
  const sources = readdirSync(fileURLToPath(new URL('../../src/', import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  })
  const imported = sources
    .filter((name) => /\.c?[tj]s$/.test(name))
    .flatMap((name) => [...read(`src/${name}`).matchAll(/^(?:import|export)(?! type) .*?from '([^.'][^']*)'/gms)])
    .map(([, from = '']) => (from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : (from.split('/')[0] ?? '')))
  const known = (name: string) => name.startsWith('node:') || packages.dependencies[name] !== undefined
  expect(imported).toContain('prom-client')
  expect([...new Set(imported)].filter((name) => !known(name))).toEqual([])
})

test('alerts and documents speak of metrics that there are, and the documents of all', async () => {
  const registry = new Registry()
  pairMetrics(registry)
  const metrics = new Set(registry.getMetricsAsArray().map(({ name }) => name))
  const { groups } = parse(read('deploy/alerts.yaml')) as { groups: { rules: { expr: string }[] }[] }
  const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))
  expect(expressions.length).toBeGreaterThan(5)
  const named = (text: string) => [...text.matchAll(/\bswitchback_(?:pair|run)_\w+/g)].map(([name]) => name)
  for (const expr of expressions) expect(named(expr).length, expr).toBeGreaterThan(0)
  expect(expressions.flatMap(named).filter((name) => !metrics.has(name))).toEqual([])
  expect(new Set(codeSpans(production).flatMap(named))).toEqual(metrics)
})

test('options and variables of the worker in the documents exist, and all are told', () => {
  const variables = options.flatMap(({ envVar }) => envVar ?? [])
  const told = [...production.matchAll(/\b(?:SWITCHBACK_\w+|TEMPORAL_DEPLOYMENT_NAME|TEMPORAL_WORKER_BUILD_ID)/g)]
  const names = new Set(told.map(([name]) => name))
  expect([...names].sort()).toEqual(variables.sort())
  expect([...long].filter((option) => option !== '--config' && !production.includes(String(option)))).toEqual([])
})
