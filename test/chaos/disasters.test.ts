import { expect, test } from 'vitest'
import { disastersFrom, inWords } from './disasters/disaster.ts'
import { playDisaster } from './disasters/play.ts'

const MINUTE_MS = 60_000
/** With SWITCHBACK_SEED and SWITCHBACK_DISASTERS others than always, and more: each takes about two minutes of a lab. */
const seed = Number(process.env['SWITCHBACK_SEED'] ?? 1)
const count = Number(process.env['SWITCHBACK_DISASTERS'] ?? 1)

test.each(
  disastersFrom(seed, count).map((disaster) => ({ disaster, name: `seed ${disaster.seed}: ${inWords(disaster)}` })),
)(
  '$name',
  async ({ disaster }) => {
    const { faults, accounts, operations } = await playDisaster(disaster)
    expect(faults).toEqual([])
    expect(operations.map(({ operation }) => operation)).toEqual(['failover', 'reset', 'failback'])
    expect(accounts.length).toBeGreaterThan(0)
    for (const { sent, received, stranded } of accounts) expect(received + stranded).toBe(sent)
  },
  8 * MINUTE_MS,
)
