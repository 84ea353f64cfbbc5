/**
 * The lab's last resort: ends the lab's processes when the lab's own process is gone, even by SIGKILL.
 *
 * Reads `+PID` and `-PID` lines from its standard input, whose other end only the lab's process holds. At the end of the input it kills
 * every process still listed. A pid counts only as long as it is the same process: Linux tells by its start time.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long killed processes may take to disappear, in milliseconds: a paused or busy JVM gives its memory back within this. */
const PATIENCE_MS = 5_000
const POLL_MS = 20

const watched = new Map()

/** Field 22 of /proc/PID/stat, in clock ticks since boot; undefined where there is no /proc, no such process, or only its zombie. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1))
  if (line.startsWith('+')) watched.set(pid, startTime(pid))
  else if (line.startsWith('-')) watched.delete(pid)
}

const alive = ([pid, since]) => startTime(pid) === since && since !== undefined
const killed = [...watched].filter(([pid, since]) => since === undefined || startTime(pid) === since)
for (const [pid] of killed) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
// Whoever waits for this process may rely on it: nothing of the lab holds a port or a file any longer.
for (const end = Date.now() + PATIENCE_MS; killed.some(alive) && Date.now() < end;) await sleep(POLL_MS)
