/** `npm ci`, but only when node_modules is not what package-lock.json says. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root, run, say } from './shell.mjs'

/** How long one setup waits for another one's `npm ci` in the same checkout, in milliseconds: a cold install takes up to some minutes. */
const LOCK_WAIT_MS = 600_000
const LOCK_POLL_MS = 250

export async function installPackages() {
  if (isCurrent()) return
  const lock = join(root, '.cache/npm.lock')
  fs.mkdirSync(join(root, '.cache'), { recursive: true })
  await acquire(lock)
  try {
    if (isCurrent()) return
    say('installing npm packages')
    install()
    writeStamp()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

/**
 * A registry that mirrors only some platforms leaves the others' optional packages out of a lock written against it, and `npm ci` refuses
 * such a lock as out of sync. `npm install --no-save` takes the same locked versions and changes neither file.
 */
function install() {
  try {
    run('npm ci', 'npm', ['ci', ...QUIET], { cwd: root })
  } catch (error) {
    if (!/EUSAGE|in sync/.test(error.message)) throw error
    say('npm ci finds the lock incomplete: npm install --no-save instead')
    run('npm install', 'npm', ['install', '--no-save', ...QUIET], { cwd: root })
  }
}

const lockFile = () => fs.readFileSync(join(root, 'package-lock.json'))
const stampFile = () => join(root, 'node_modules/.switchback-setup')
const stampOf = () => createHash('sha256').update(lockFile()).digest('hex')
const writeStamp = () => fs.writeFileSync(stampFile(), stampOf())

function isCurrent() {
  const stamp = fs.existsSync(stampFile()) ? fs.readFileSync(stampFile(), 'utf8') : undefined
  if (stamp === stampOf()) return true
  if (!installedAsLocked()) return false
  writeStamp()
  return true
}

/** npm keeps what it installed in node_modules/.package-lock.json: a developer's own `npm install` needs no second one. */
function installedAsLocked() {
  const file = join(root, 'node_modules/.package-lock.json')
  if (!fs.existsSync(file)) return false
  const installed = JSON.parse(fs.readFileSync(file, 'utf8')).packages
  const wanted = Object.entries(JSON.parse(lockFile().toString()).packages).filter(([path]) => path !== '')
  return wanted.every(([path, entry]) =>
    installed[path] ? installed[path].integrity === entry.integrity : entry.optional === true,
  )
}

async function acquire(lock) {
  const end = Date.now() + LOCK_WAIT_MS
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST' || Date.now() > end) throw error
    }
    if (!holderLives(lock)) fs.rmSync(lock, { force: true })
    else await sleep(LOCK_POLL_MS)
  }
}

function holderLives(lock) {
  try {
    const pid = Number(fs.readFileSync(lock, 'utf8'))
    // Written in two steps by the system: an empty lock is one that is being taken.
    if (pid > 0) process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}
