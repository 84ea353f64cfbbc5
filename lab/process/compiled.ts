import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from '../tools.ts'

/** Compiled sources that stay: processes of another checkout state, or of an hour ago, may still load from theirs. */
const KEPT = 4
const FOLDERS = ['src', 'lab']
const store = join(checkout, '.cache', 'compiled')

let compiling: Promise<string> | undefined

/**
 * The JavaScript of a source of `src` or `lab`, "lab/apps/producer.ts": from exactly these sources, types unchecked. Without it
 * each process takes as long for its translation as for all else of its start, and a test starts dozens.
 */
export async function compiled(entry: string): Promise<string> {
  compiling ??= compileAll()
  return join(await compiling, entry.replace(/\.ts$/, '.js'))
}

async function compileAll(): Promise<string> {
  const folder = join(store, digest())
  if (existsSync(folder)) return folder
  const draft = `${folder}.${process.pid}`
  const tsc = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc')
  mkdirSync(store, { recursive: true })
  await promisify(execFile)(process.execPath, [tsc, '-p', join(checkout, 'tsconfig.compiled.json'), '--outDir', draft])
  try {
    renameSync(draft, folder)
  } catch (error) {
    // Another process was faster, with the same.
    if (!existsSync(folder)) throw error
    rmSync(draft, { recursive: true, force: true })
  }
  forgetOld()
  return folder
}

function forgetOld(): void {
  const age = (name: string): number => statSync(join(store, name)).mtimeMs
  const newestFirst = readdirSync(store).toSorted((one, other) => age(other) - age(one))
  for (const name of newestFirst.slice(KEPT)) rmSync(join(store, name), { recursive: true, force: true })
}

/** Of every source, and of what says how it is compiled. */
function digest(): string {
  const hash = createHash('sha256')
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ).filter((name) => /\.[cm]?[jt]s$/.test(name))
  for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.compiled.json', ...sources.toSorted()])
    hash.update(`\0${name}\0`).update(readFileSync(join(checkout, name)))
  return hash.digest('hex').slice(0, 24)
}
