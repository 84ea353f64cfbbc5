import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Below the systems' ephemeral ranges: a stopped broker's port must not be taken by somebody's outgoing connection (or by a client that
 * keeps connecting to it and at last connects to itself) before the broker is started again.
 */
const FIRST_PORT = 12_000
const LAST_PORT = 31_999
const ATTEMPTS = 500

const registry = join(tmpdir(), 'switchback-lab-ports')
const mine = new Set<number>()

/** Reserves a free port of 127.0.0.1 for the life of this process; labs of other processes on this machine do not get it. */
export async function reservePort(): Promise<number> {
  mkdirSync(registry, { recursive: true, mode: 0o777 })
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1))
    if (!claim(port)) continue
    if (await isFree(port)) {
      mine.add(port)
      return port
    }
    rmSync(join(registry, String(port)), { force: true })
  }
  throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT} on 127.0.0.1`)
}

/** Gives reserved ports back. */
export function releasePorts(ports: Iterable<number>): void {
  for (const port of ports) if (mine.delete(port)) rmSync(join(registry, String(port)), { force: true })
}

function claim(port: number): boolean {
  const file = join(registry, String(port))
  if (existsSync(file) && !ownerLives(file)) rmSync(file, { force: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

function ownerLives(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
