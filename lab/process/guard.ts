import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Knows the pids that must not outlive the lab's process. */
export type Guard = {
  watch(pid: number): void
  forget(pid: number): void
  /** Kills everything that is still watched, and resolves when it is gone. */
  end(): Promise<void>
  readonly pid: number | undefined
}

/**
 * Starts the guard: a process in a session of its own, so that neither Ctrl-C nor the end of the terminal reaches it. It ends when this
 * process closes it or is gone, and kills what is still watched.
 */
export function startGuard(): Guard {
  const child = spawn(process.execPath, [fileURLToPath(new URL('guard.mjs', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  })
  // A guard that was killed is no reason to fail: what it watches is ended by the lab itself.
  child.stdin.on('error', () => undefined)
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  child.unref()
  let ended = false
  return {
    watch: (pid) => {
      // A start that was still under way when the lab ended: too late to live.
      if (ended) process.kill(pid, 'SIGKILL')
      else child.stdin.write(`+${pid}\n`)
    },
    forget: (pid) => void (ended || child.stdin.write(`-${pid}\n`)),
    end: () => {
      ended = true
      child.ref()
      child.stdin.end()
      return gone
    },
    get pid() {
      return child.pid
    },
  }
}
