import { afterAll, beforeAll } from 'vitest'
import { startLab, type Lab } from '../../lab/lab.ts'
import type { LabOptions } from '../../lab/options.ts'
import { chosenGround } from './ground.ts'
import { sharedLabFor } from './shared-lab.ts'

/** Milliseconds: a lab takes about 12 s on two idle cores; test files that run beside it make it slower. */
const START_TIMEOUT_MS = 300_000
const STOP_TIMEOUT_MS = 60_000

/**
 * Starts one lab for the tests of a file (or of the `describe` around it) and ends it after them; where files share one, it is that.
 * With LAB_KEEP=1 its folder with logs and records stays; without, it goes.
 *
 * @example
 * const lab = useLab({ topics: [{ name: 'accounting.invoices', partitions: 3 }] })
 * test('…', async () => { await lab().apps.start('invoicing', { cluster: 'A' }) })
 */
export function useLab(options: LabOptions = {}): () => Lab {
  const shared = sharedLabFor(options)
  if (shared) return shared
  let lab: Lab | undefined
  beforeAll(async () => {
    lab = await startLab({ ground: chosenGround(), ...options })
  }, START_TIMEOUT_MS)
  afterAll(async () => {
    await lab?.stop({ remove: process.env['LAB_KEEP'] !== '1' })
  }, STOP_TIMEOUT_MS)
  return () => {
    if (!lab) throw new Error('the lab is not up: use it in tests and hooks only')
    return lab
  }
}
