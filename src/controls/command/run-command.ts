import { spawn, type ChildProcess } from 'node:child_process'

export interface Command {
  argv: readonly string[]
  cwd: string | undefined
  /** All of it: nothing of the worker's own, which has its secrets. */
  env: Record<string, string>
  timeoutMs: number
  signal: AbortSignal | undefined
}

export interface CommandResult {
  /** Exit code; null when a signal ended it. */
  code: number | null
  endedBy: NodeJS.Signals | null
  timedOut: boolean
  /** The end of what it said, at most 256 KiB each. */
  stdout: string
  stderr: string
}

/** Between asking a process group to end and ending it. */
const killGraceMs = 2_000
/** After its exit, for output still in the pipes: a daemon that it started may hold them open for ever. */
const drainMs = 200
const keptOutput = 256 * 1024

/**
 * Runs a program without a shell, in a process group of its own, so that a time-out ends it together with what it
 * started. Throws the system's error when it cannot be started, and the reason of an aborted `signal`, once it is over.
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  command.signal?.throwIfAborted()
  const [file = '', ...args] = command.argv
  const child = spawn(file, args, {
    cwd: command.cwd,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const stdout = tail(child.stdout)
  const stderr = tail(child.stderr)
  let timedOut = false
  let killing: Promise<void> | undefined
  const kill = () => {
    killing ??= endGroup(child)
  }
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, command.timeoutMs)
  command.signal?.addEventListener('abort', kill, { once: true })
  try {
    const { code, endedBy } = await exitOf(child)
    clearTimeout(timer)
    await killing
    await closed(child)
    command.signal?.throwIfAborted()
    return { code, endedBy, timedOut, stdout: stdout(), stderr: stderr() }
  } finally {
    clearTimeout(timer)
    command.signal?.removeEventListener('abort', kill)
  }
}

function exitOf(child: ChildProcess): Promise<{ code: number | null; endedBy: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, endedBy) => resolve({ code, endedBy }))
  })
}

async function closed(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr]
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, drainMs)
    child.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    if (streams.every((stream) => stream === null || stream.closed)) {
      clearTimeout(timer)
      resolve()
    }
  })
  for (const stream of streams) stream?.destroy()
}

async function endGroup(child: ChildProcess): Promise<void> {
  // Without a process there is nothing to end: its start has failed.
  if (child.pid === undefined) return
  const group = -child.pid
  signalGroup(group, 'SIGTERM')
  const deadline = Date.now() + killGraceMs
  while (Date.now() < deadline && signalGroup(group, 0)) await new Promise((resolve) => setTimeout(resolve, 50))
  signalGroup(group, 'SIGKILL')
}

/** False when the group has no process left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(group, signal)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ESRCH') return false
    // Some of it runs as another user by now and is out of reach.
    if (code === 'EPERM') return true
    throw error
  }
}

function tail(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-keptOutput)
  })
  return () => text
}
