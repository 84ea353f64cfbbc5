import { expect, test } from 'vitest'
import { LIMIT_MS } from '../patience.ts'
import { disastersFrom, inWords } from './disasters/disaster.ts'
import { playDisaster } from './disasters/play.ts'

/** A killed with a group behind, keep; A frozen with its Connect, quarantine. Always the same: a failure is of the change, not of the day. A replay is played by the forced operations. */
const always = [9, 6]
/** Others instead: SWITCHBACK_DISASTERS of them (1), from this seed on. */
const from = process.env['SWITCHBACK_SEED']
const played =
  from === undefined
    ? always.flatMap((seed) => disastersFrom(seed, 1))
    : disastersFrom(Number(from), Number(process.env['SWITCHBACK_DISASTERS'] ?? 1))

test.each(played.map((disaster) => ({ disaster, name: `seed ${disaster.seed}: ${inWords(disaster)}` })))(
  '$name',
  async ({ disaster }) => {
    const { faults, accounts, operations } = await playDisaster(disaster)
    expect(faults).toEqual([])
    expect(operations.map(({ operation }) => operation)).toEqual(['failover', 'reset', 'failback'])
    expect(accounts.length).toBeGreaterThan(0)
    for (const { sent, received, stranded } of accounts) expect(received + stranded).toBe(sent)
  },
  LIMIT_MS,
)
