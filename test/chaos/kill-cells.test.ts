import { expect, test } from 'vitest'
import { LIMIT_MS } from '../patience.ts'
import { sampleCells, strikesOf } from './kills/sample.ts'
import { playTrip } from './kills/trip.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const CELLS = 12

/** Another dozen of the table every day; SWITCHBACK_SEED has those of another day again. */
const seed = Number(process.env['SWITCHBACK_SEED'] ?? Math.floor(Date.now() / DAY_MS))
const cells = sampleCells(seed, CELLS)

test(
  `seed ${seed}: ${cells.map(({ operation, step, victim }) => `${victim} in ${operation} ${step}`).join(', ')}`,
  async () => {
    const { faults, cells: struck } = await playTrip(`seed ${seed}`, 'planned', strikesOf(cells))
    expect(faults).toEqual([])
    expect(struck).toHaveLength(CELLS)
    expect(struck.filter(({ state }) => state === 'red')).toEqual([])
    // A step that takes no time can be over before anybody is struck in it; most are struck.
    expect(struck.filter(({ state }) => state === 'ok').length).toBeGreaterThan(CELLS / 2)
  },
  LIMIT_MS,
)
