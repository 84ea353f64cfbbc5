import { readdirSync, readFileSync } from 'node:fs'

/** Pids of those that name the folder in their arguments: whatever a lab in it has started of itself. */
export function processesIn(folder: string): number[] {
  const names = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
    } catch {
      return false
    }
  }
  return readdirSync('/proc').map(Number).filter(Number.isInteger).filter(names)
}
