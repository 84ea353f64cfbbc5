/**
 * `npm test`: every test, the fast layers first. `npm test -- domain lab` runs only these layers; what follows `--` after
 * them goes to vitest. Ends with a plain line `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const layers = ['domain', 'unit', 'workflows', 'adapters', 'lab'] as const

/** For two cores. Workflows and adapters mostly wait for Temporal and for clusters; three labs at once would be too many. */
const workers: Record<(typeof layers)[number], number> = { domain: 2, unit: 2, workflows: 3, adapters: 3, lab: 2 }

interface LayerResult {
  layer: string
  passed: number
  failed: number
  skipped: number
  seconds: number
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

const args = process.argv.slice(2)
if (args.includes('--help')) {
  console.log(`usage: npm test [-- LAYER… [-- vitest arguments]]\nlayers, in their order: ${layers.join(', ')}`)
  process.exit(0)
}
const cut = args.indexOf('--')
const named = cut < 0 ? args : args.slice(0, cut)
const forwarded = cut < 0 ? [] : args.slice(cut + 1)
const unknown = named.filter((name) => !layers.some((layer) => layer === name))
if (unknown.length > 0) {
  console.error(`there is no layer ${unknown.join(', ')}; layers: ${layers.join(', ')}`)
  process.exit(2)
}

/** A file that fails before its first test counts as one failure: nothing of it ran. */
function brokenFiles(report: VitestReport): number {
  return report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length
}

async function runLayer(layer: (typeof layers)[number], folder: string): Promise<LayerResult> {
  const output = join(folder, `${layer}.json`)
  const began = Date.now()
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
      { stdio: 'inherit' },
    )
    child.on('exit', (status) => resolve(status ?? 1))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  })
  const seconds = (Date.now() - began) / 1000
  try {
    const report = JSON.parse(await readFile(output, 'utf8')) as VitestReport
    const failed = report.numFailedTests + brokenFiles(report)
    return {
      layer,
      passed: report.numPassedTests,
      // vitest also exits non-zero on an unhandled error outside any test.
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: report.numPendingTests,
      seconds,
    }
  } catch {
    return { layer, passed: 0, failed: code === 0 ? 0 : 1, skipped: 0, seconds }
  }
}

// It names the parent of this process: labs and demos that tests start have other parents, and would end at once.
delete process.env['SWITCHBACK_PARENT']

const folder = await mkdtemp(join(tmpdir(), 'switchback-test-'))
const results: LayerResult[] = []
try {
  for (const layer of layers.filter((candidate) => named.length === 0 || named.includes(candidate))) {
    console.log(`\n== ${layer}`)
    results.push(await runLayer(layer, folder))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

const total = (pick: 'passed' | 'failed' | 'skipped') => results.reduce((sum, result) => sum + result[pick], 0)
console.log('')
for (const { layer, passed, failed, skipped, seconds } of results) {
  console.log(`${layer}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${Math.round(seconds)} s`)
}
console.log(`${total('passed')} passed, ${total('failed')} failed`)
process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0
