import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { interleavingsFrom, inWords, mayBegin, type Act } from './pairs/interleaving.ts'
import { playPairs } from './pairs/play.ts'
import { pairNames, sharing } from './pairs/scene.ts'

const MINUTE_MS = 60_000
/** One pair has moved before A is lost, and shares its connector with one that has not. */
const always = 1
const [interleaving] = interleavingsFrom(Number(process.env['SWITCHBACK_SEED'] ?? always), 1)

test('whatever is drawn, each pair leaves and returns once, and those that share a connector never move at the same time', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const [drawn] = interleavingsFrom(seed, 1)
      if (!drawn) throw new Error('nothing was drawn')
      const acts: Act[] = []
      for (const wave of [...drawn.early, ...drawn.lost, ...drawn.back]) {
        for (const act of wave) expect(mayBegin(act, acts)).toBe(true)
        expect(wave.filter(({ pair }) => sharing.some((one) => one === pair)).length).toBeLessThan(2)
        acts.push(...wave)
      }
      expect(acts.map(({ pair, operation }) => `${pair} ${operation}`).sort()).toEqual(
        pairNames
          .flatMap((pair) => ['failback', 'failover', 'reset'].map((operation) => `${pair} ${operation}`))
          .sort(),
      )
      expect(drawn.lost.length).toBeGreaterThan(0)
    }),
    { numRuns: 200 },
  )
})

test(
  `four pairs over two clusters, seed ${interleaving?.seed}: ${interleaving ? inWords(interleaving) : ''}`,
  { timeout: 15 * MINUTE_MS },
  async () => {
    if (!interleaving) throw new Error('nothing was drawn')
    const { faults, accounts, operations } = await playPairs(interleaving)
    expect(faults).toEqual([])
    expect(operations).toHaveLength(12)
    for (const { sent, received, stranded } of accounts) expect(received + stranded).toBe(sent)
  },
)
