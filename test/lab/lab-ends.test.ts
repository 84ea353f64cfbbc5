import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startLab } from '../../lab/lab.ts'
import { isAlive } from '../../lab/process/alive.ts'
import { until } from '../../lab/process/wait.ts'
import { checkout } from '../../lab/tools.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import { processesIn } from './processes.ts'

/** Two labs that do not come to their end: each costs a whole start. */

const root = mkdtempSync(join(tmpdir(), 'switchback-lab-ends-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test(
  'a lab that cannot start leaves no process behind',
  async () => {
    const dir = join(root, 'failed')
    const impossible = [{ name: 'accounting.invoices', partitions: 0 }]
    await expect(startLab({ dir, topics: impossible })).rejects.toThrow()
    expect(processesIn(dir)).toEqual([])
  },
  LIMIT_MS,
)

test(
  'a lab whose process is killed leaves no process behind',
  async () => {
    const dir = join(root, 'killed')
    const run = ['--import', 'tsx', join(checkout, 'scripts/lab.ts'), '--dir', dir]
    const child = spawn(process.execPath, run, { cwd: checkout, stdio: 'ignore' })
    const file = join(dir, 'lab.json')
    await until(() => existsSync(file), { what: 'lab.json', timeoutMs: PATIENCE_MS })
    const { pids } = JSON.parse(readFileSync(file, 'utf8')) as { pids: Record<string, number> }
    child.kill('SIGKILL')
    await until(() => !Object.values(pids).some(isAlive), { what: 'the end of all processes', timeoutMs: PATIENCE_MS })
  },
  LIMIT_MS,
)
