import * as fc from 'fast-check'
import type { Settlement } from '../../../src/contract/dossier.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import { pairNames, sharing, type PairName } from './scene.ts'

/** One operation of one pair. */
export type Act = { pair: PairName; operation: OperationName }
/** Acts that are played at the same time: of different pairs, and of pairs that share a connector one only. */
export type Wave = Act[]

/** In which order four pairs leave A, and come back to it. All of it follows from the seed. */
export type Interleaving = {
  seed: number
  /** Moved in order, before A is lost. */
  early: Wave[]
  /** A's Connect worker is lost with it, and comes back with it. */
  withConnect: boolean
  /** Milliseconds for which all links are held before: the backlog that A takes along. */
  heldMs: number
  /** Forced, while A is gone. */
  lost: Wave[]
  /** After A is back. */
  back: Wave[]
  /** What each pair's owner decides on stranded records. */
  settle: Record<PairName, Settlement['action']>
}

const shares = (one: PairName, other: PairName): boolean =>
  one !== other && [one, other].every((name) => sharing.some((each) => each === name))

/** `now` may begin when its own pair's act before it is over. */
export function mayBegin(now: Act, done: readonly Act[]): boolean {
  const order: OperationName[] = ['failover', 'reset', 'failback']
  const before = order[order.indexOf(now.operation) - 1]
  return before === undefined || done.some((act) => act.pair === now.pair && act.operation === before)
}

/** Puts acts into waves: `draws` chooses among those that may begin, and how many go at the same time (1 or 2). */
export function wavesOf(acts: readonly Act[], already: readonly Act[], draws: readonly number[]): Wave[] {
  const left = [...acts]
  const done = [...already]
  const waves: Wave[] = []
  let drawn = 0
  const draw = (below: number) => (draws[drawn++ % draws.length] ?? 0) % below
  while (left.length > 0) {
    const wave: Wave = []
    for (let wanted = 1 + draw(2); wanted > 0; wanted--) {
      const able = left.filter(
        (act) => mayBegin(act, done) && !wave.some((other) => other.pair === act.pair || shares(other.pair, act.pair)),
      )
      const next = able[able.length > 0 ? draw(able.length) : 0]
      if (next === undefined) break
      wave.push(next)
      left.splice(left.indexOf(next), 1)
    }
    if (wave.length === 0) throw new Error('no act may begin: an act before it is missing')
    done.push(...wave)
    waves.push(wave)
  }
  return waves
}

const draws = fc.array(fc.nat({ max: 999 }), { minLength: 24, maxLength: 24 })
const settle = fc.constantFrom('keep' as const, 'replay' as const, 'quarantine' as const, 'discard' as const)

const interleavings: fc.Arbitrary<Omit<Interleaving, 'seed'>> = fc
  .record({
    // Somebody is always left on A when it is lost.
    early: fc.subarray([...pairNames], { maxLength: 3 }),
    withConnect: fc.boolean(),
    heldMs: fc.integer({ min: 500, max: 3_000 }),
    draws: fc.tuple(draws, draws, draws),
    settle: fc.record({ ledger: settle, orders: settle, parts: settle, fleet: settle }),
  })
  .map(({ early, draws: [first, second, third], ...rest }) => {
    const failover = (pair: PairName): Act => ({ pair, operation: 'failover' })
    const acts = (...operations: OperationName[]) =>
      operations.flatMap((operation) => pairNames.map((pair): Act => ({ pair, operation })))
    return {
      ...rest,
      early: wavesOf(early.map(failover), [], first),
      lost: wavesOf(pairNames.filter((pair) => !early.includes(pair)).map(failover), early.map(failover), second),
      back: wavesOf(acts('reset', 'failback'), acts('failover'), third),
    }
  })

/** `count` interleavings of the seeds `seed`, `seed + 1`, …: each can be had again alone. */
export function interleavingsFrom(seed: number, count: number): Interleaving[] {
  return Array.from({ length: count }, (_, index) => {
    const own = seed + index
    const [drawn] = fc.sample(fc.noBias(interleavings), { seed: own, numRuns: 1 })
    if (!drawn) throw new Error(`nothing was drawn from seed ${own}`)
    return { seed: own, ...drawn }
  })
}

/** In a few words, for a table. */
export function inWords({ early, withConnect, heldMs, lost, back }: Interleaving): string {
  const told = (waves: Wave[]) =>
    waves.map((wave) => wave.map(({ pair, operation }) => `${pair} ${operation}`).join(' + ')).join(', ')
  return [
    ...(early.length > 0 ? [`in order: ${told(early)}`] : []),
    `links held ${heldMs} ms, A killed${withConnect ? ' with its Connect' : ''}`,
    `forced: ${told(lost)}`,
    `back: ${told(back)}`,
  ].join('; ')
}
