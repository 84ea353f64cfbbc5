import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './process/alive.ts'

/** Empties the folder of an earlier lab; one that is still up is refused. */
export function prepareFolder(dir: string): string {
  const file = join(dir, 'lab.json')
  if (existsSync(file)) {
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
    if (isAlive(pid)) throw new Error(`a lab is up in ${dir} (process ${pid}): end it first, or choose another folder`)
  }
  for (const name of ['data', 'logs', 'sent', 'received', 'secrets', 'lab.json', 'switchback.yaml'])
    rmSync(join(dir, name), { recursive: true, force: true })
  for (const name of ['data', 'logs']) mkdirSync(join(dir, name), { recursive: true })
  return dir
}
