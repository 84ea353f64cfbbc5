import { expect, test } from 'vitest'
import { allCells, inWords, pairCells, sampleOf } from '../chaos/doors/cell.ts'
import { playCells } from '../chaos/doors/matrix.ts'
import type { PlayedCell } from '../chaos/doors/play.ts'

/**
 * Cancel, Terminate and Reset pressed on a run, and on its pair, at a step; any message to either: a sample of the matrix that `npm run chaos -- --doors` plays as a
 * whole. With SWITCHBACK_SEED another sample; every cell comes once in as many seeds as it takes.
 */
const seed = Number(process.env['SWITCHBACK_SEED'] ?? 1)
const ofRuns = sampleOf(allCells(), seed, 12)
const cells = [...ofRuns, ...sampleOf(pairCells(), seed, 3)]
/** Milliseconds: half a minute on a machine with nothing else to do. */
const PATIENCE_MS = 360_000

test(
  `seed ${seed}: ${cells.length} times something is pressed in Temporal's UI, and the pair ends right`,
  async () => {
    const played = await playCells(cells)
    const told = ({ how, faults, ...cell }: PlayedCell) => [inWords(cell), how, ...faults].join('; ')
    expect(played.filter(({ faults }) => faults.length > 0).map(told)).toEqual([])
    expect(played.every(({ how }) => how !== '')).toBe(true)
  },
  PATIENCE_MS,
)

test.each([
  ['of runs', allCells()],
  ['of pairs', pairCells()],
])('as many seeds as there are samples play every cell %s', (_, all) => {
  const seeds = Array.from({ length: Math.ceil(all.length / 12) }, (_, n) => n)
  const names = new Set(seeds.flatMap((one) => sampleOf(all, one, 12)).map(inWords))
  expect(names.size).toBe(all.length)
  expect(new Set(ofRuns.map(({ door }) => door)).size).toBe(5)
})
