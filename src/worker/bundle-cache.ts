import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorkflowBundle } from '@temporalio/worker'

const sources = fileURLToPath(new URL('..', import.meta.url))
const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** Bundles of earlier sources that stay, for whoever goes back and forth between two branches. */
const kept = 4

/** Of a build: part of it, and never written at run time. */
export const ofBuild = join(sources, 'bundles')
const cache = join(checkout, '.cache', 'workflows')

/**
 * The bundle of exactly these sources, in one of its variants: taken from the build or the checkout's `.cache`, or made by `bundle`
 * and left there for the next worker, which then starts some seconds sooner. A folder that cannot be written is no fault.
 */
export async function cachedBundle(
  variant: string,
  bundle: () => Promise<WorkflowBundle>,
  left = cache,
): Promise<WorkflowBundle> {
  const name = `${digest(variant)}.js`
  for (const file of [ofBuild, left].map((folder) => join(folder, name)))
    if (existsSync(file)) return { code: readFileSync(file, 'utf8') }
  const { code } = await bundle()
  try {
    keep(join(left, name), code)
  } catch (error) {
    if (left === ofBuild) throw error
    // The next worker bundles again.
  }
  return { code }
}

/** Workers that start at the same time never see half a file. */
function keep(file: string, code: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const half = `${file}.${process.pid}`
  writeFileSync(half, code)
  renameSync(half, file)
  const folder = dirname(file)
  const age = (name: string): number => statSync(join(folder, name)).mtimeMs
  const newestFirst = readdirSync(folder).toSorted((one, other) => age(other) - age(one))
  for (const name of newestFirst.slice(kept)) rmSync(join(folder, name), { force: true })
}

/** Of every source file, and of the SDK that makes the bundle. */
function digest(variant: string): string {
  const hash = createHash('sha256').update(sdkVersions()).update(variant)
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' }).toSorted())
    if (/\.[cm]?[jt]s$/.test(name) && !name.startsWith('bundles'))
      hash.update(`\0${name}\0`).update(readFileSync(join(sources, name)))
  return hash.digest('hex').slice(0, 24)
}

function sdkVersions(): string {
  const require = createRequire(import.meta.url)
  return ['@temporalio/worker', '@temporalio/workflow', 'zod']
    .map((name) => `${name}@${(require(`${name}/package.json`) as { version: string }).version}`)
    .join()
}
