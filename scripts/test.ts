/**
 * `npm test`: every test but those of the layer `nightly`, the fast layers first, then the slow ones side by side. `npm test -- domain lab`
 * runs only these layers; what follows `--` after them goes to vitest. Ends with a plain line `N passed, N failed`.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { groundNames } from '../lab/grounds/ground.ts'

const layers = ['domain', 'unit', 'workflows', 'adapters', 'lab', 'nightly'] as const

type Layer = (typeof layers)[number]

/**
 * Stage after stage, the lanes of a stage at the same time, layer after layer in a lane. The adapters run beside the lab, which waits
 * a lot, as they do; the workflows' own waits do not outlast two labs.
 */
const stages: readonly (readonly Layer[][])[] = [
  [['domain', 'unit']],
  [['workflows']],
  [['adapters'], ['lab']],
  [['nightly']],
]

/** For two cores: two labs and what else there is beside them. Four labs at once would be too many. */
const workers: Record<Layer, number> = { domain: 2, unit: 2, workflows: 3, adapters: 1, lab: 2, nightly: 2 }

interface LayerResult {
  layer: string
  /** What failed, each with its file and the first line of why. */
  failures: string[]
  /** The longest files, in seconds. */
  longest: [file: string, seconds: number][]
  passed: number
  skipped: number
  seconds: number
}

interface VitestReport {
  numPassedTests: number
  numPendingTests: number
  testResults: {
    name: string
    status: string
    message?: string
    startTime: number
    endTime: number
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[]
  }[]
}

const args = process.argv.slice(2)
if (args.includes('--help')) {
  console.log(
    `usage: npm test [-- LAYER… [--ground NAME] [-- vitest arguments]]\nlayers, in their order: ${layers.join(', ')}\ngrounds, of tests that do not say it themselves: ${groundNames.join(', ')}`,
  )
  process.exit(0)
}
const groundAt = args.indexOf('--ground')
if (groundAt >= 0) {
  const [, name = ''] = args.splice(groundAt, 2)
  if (!groundNames.some((known) => known === name)) {
    console.error(`there is no ground ${name}; grounds: ${groundNames.join(', ')}`)
    process.exit(2)
  }
  process.env['SWITCHBACK_GROUND'] = name
}
const cut = args.indexOf('--')
const named = cut < 0 ? args : args.slice(0, cut)
const forwarded = cut < 0 ? [] : args.slice(cut + 1)
const unknown = named.filter((name) => !layers.some((layer) => layer === name))
if (unknown.length > 0) {
  console.error(`there is no layer ${unknown.join(', ')}; layers: ${layers.join(', ')}`)
  process.exit(2)
}

function fileOf(name: string): string {
  return relative(process.cwd(), name)
}

/** The end of the output is what is read first, and all that is left of a long one. */
function failuresOf(report: VitestReport): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed')
    // Before its first test, or in a hook.
    if (failed.length === 0 && status === 'failed') return [`${fileOf(name)}: ${firstLine(message)}`]
    return failed.map((one) => `${fileOf(name)} > ${one.fullName}: ${firstLine(one.failureMessages?.[0])}`)
  })
}

function firstLine(text = 'no reason was given'): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 300)
}

function longestOf(report: VitestReport): [string, number][] {
  return report.testResults
    .map(({ name, startTime, endTime }): [string, number] => [fileOf(name), Math.round((endTime - startTime) / 1000)])
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 8)
}

const children = new Set<ChildProcess>()
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted = true
    for (const child of children) child.kill(signal)
  })

/** Each line with the layer's name before it, where two of them talk at the same time. */
function tell(layer: Layer, child: ChildProcess): void {
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on('line', (line) => console.log(line === '' ? '' : `${layer} │ ${line}`))
}

async function runLayer(layer: Layer, folder: string, alone: boolean): Promise<LayerResult> {
  const output = join(folder, `${layer}.json`)
  const began = Date.now()
  // Whoever names files or tests gets these alone.
  const env = forwarded.length === 0 ? { ...process.env, SWITCHBACK_SHARED_LAB: '1' } : process.env
  const code = await new Promise<number>((resolve) => {
    const child = spawn(
      process.execPath,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        layer,
        '--passWithNoTests',
        `--maxWorkers=${workers[layer]}`,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${output}`,
        ...forwarded,
      ],
      { stdio: alone ? 'inherit' : ['ignore', 'pipe', 'pipe'], env },
    )
    children.add(child)
    tell(layer, child)
    child.on('close', (status) => {
      children.delete(child)
      resolve(status ?? 1)
    })
  })
  const seconds = (Date.now() - began) / 1000
  try {
    const report = JSON.parse(await readFile(output, 'utf8')) as VitestReport
    const failures = failuresOf(report)
    // vitest also exits non-zero on an unhandled error outside any test.
    if (failures.length === 0 && code !== 0) failures.push(`vitest ended with ${code}, and no test failed: see above`)
    return {
      layer,
      passed: report.numPassedTests,
      skipped: report.numPendingTests,
      seconds,
      failures,
      longest: longestOf(report),
    }
  } catch {
    const failures = code === 0 ? [] : [`vitest ended with ${code} and left no report`]
    return { layer, passed: 0, skipped: 0, seconds, failures, longest: [] }
  }
}

// It names the parent of this process: labs and demos that tests start have other parents, and would end at once.
delete process.env['SWITCHBACK_PARENT']

async function runLane(lane: readonly Layer[], folder: string, alone: boolean): Promise<LayerResult[]> {
  const found: LayerResult[] = []
  for (const layer of lane) {
    if (interrupted) break
    console.log(`\n== ${layer}`)
    found.push(await runLayer(layer, folder, alone))
  }
  return found
}

const folder = await mkdtemp(join(tmpdir(), 'switchback-test-'))
const results: LayerResult[] = []
try {
  const wanted = (layer: Layer): boolean => (named.length === 0 ? layer !== 'nightly' : named.includes(layer))
  for (const stage of stages) {
    const lanes = stage.map((lane) => lane.filter(wanted)).filter((lane) => lane.length > 0)
    results.push(...(await Promise.all(lanes.map((lane) => runLane(lane, folder, lanes.length === 1)))).flat())
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

console.log('')
for (const { layer, longest } of results)
  console.log(`longest of ${layer}: ${longest.map(([file, seconds]) => `${file} ${seconds} s`).join(', ')}`)
for (const { layer, failures } of results) for (const one of failures) console.log(`FAILED ${layer}: ${one}`)
for (const { layer, passed, failures, skipped, seconds } of results)
  console.log(`${layer}: ${passed} passed, ${failures.length} failed, ${skipped} skipped in ${Math.round(seconds)} s`)
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, { failures }) => sum + failures.length, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
