/** What every part of the setup uses: folders, messages, and running a command. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'switchback')

/** A missing prerequisite or a failed step: one line a person can act on. */
export class SetupError extends Error {}

export const say = (line) => process.stderr.write(`setup: ${line}\n`)
export const shortHash = (...parts) =>
  parts
    .reduce((hash, part) => hash.update(part), createHash('sha256'))
    .digest('hex')
    .slice(0, 12)

/** The first of these commands that PATH leads to. */
export function onPath(...names) {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean)
  for (const name of names)
    for (const folder of folders) {
      const file = join(folder, name)
      if (isExecutable(file)) return file
    }
  return undefined
}

export function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/** Runs a command to its end; a failure tells what was being done and how the command's output ended. */
export function run(what, command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options })
  if (done.status === 0) return done
  const why = `${done.stderr ?? ''}${done.stdout ?? ''}`.trim().slice(-6000)
  throw new SetupError(
    `${what} failed (${command} ended with ${done.status ?? done.signal ?? done.error?.message})\n${why}`,
  )
}

/** Fills `folder` through a neighbour and a rename, so that two setups at once cannot leave half of it. */
export function buildOnce(folder, what, build) {
  if (fs.existsSync(folder)) return folder
  say(what)
  fs.mkdirSync(dirname(folder), { recursive: true })
  const draft = fs.mkdtempSync(`${folder}.draft-`)
  try {
    build(draft)
    fs.chmodSync(draft, 0o755)
    fs.renameSync(draft, folder)
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true })
    if (!fs.existsSync(folder)) throw error
  }
  return folder
}
