import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Dossier, DossierEntry, Fence, Obligation, StepFact } from '../../../src/contract/dossier.ts'
import { applyEntry } from '../../../src/domain/dossier/dossier.ts'
import { dischargeOver, obligationsOver } from '../../../src/domain/dossier/obligations-over.ts'
import { aDossier, aMove, at } from '../builders.ts'

const stop = (change: Partial<Obligation> = {}): Obligation => ({
  id: 'stop-producers/A/1',
  kind: 'stop-application',
  cluster: 'A',
  text: 'See that invoicing cannot write on A',
  since: at(20),
  ...change,
})
const fence = (change: Partial<Obligation> = {}): Obligation => ({
  id: 'fence/A/1',
  kind: 'fence',
  cluster: 'A',
  text: 'Fence the writes on A',
  since: at(20),
  fence: { principals: ['User:entry'], topics: ['t'], operations: ['Write'] },
  ...change,
})
const guard = (strangers: string[], when = 60): StepFact => ({
  operation: 'reset',
  step: 'guard-returning',
  state: 'done',
  at: at(when),
  fact: { pre: {}, result: { ends: [], strangers } },
})
const guardFence = (proof: string, when = 60): Fence => ({ cluster: 'A', episode: 1, at: at(when), added: [], proof })

const failedOver = (change: Partial<Dossier> = {}): Dossier => {
  const dossier = aDossier()
  return { ...dossier, active: 'B', standby: 'A', moves: [aMove({ at: at(15), mode: 'forced' })], ...change }
}
const withFacts = (dossier: Dossier, ...facts: StepFact[]): Dossier => ({
  ...dossier,
  episode: dossier.episode && { ...dossier.episode, facts },
})
const over = (dossier: Dossier) => obligationsOver(dossier).map(({ id }) => id)
const back = aMove({ operation: 'failback', from: 'B', to: 'A', at: at(90) })

describe('an order to stop an application on the side that was given up', () => {
  test('is outstanding after the applications were started on the other side: nobody has seen the side that was left', () => {
    const started: StepFact = { ...guard([]), operation: 'failover', step: 'start-producers', at: at(30) }
    expect(over(withFacts(failedOver({ obligations: [stop(), fence()] }), started))).toEqual([])
  })

  test('is over when a reset has fenced that side', () => {
    const dossier = failedOver({ obligations: [stop()], fences: [guardFence('asked of 3 leaders; ends still')] })
    expect(over(withFacts(dossier, guard(['t-0 from 3 to 9'])))).toEqual(['stop-producers/A/1'])
  })

  test('without an authorizer it is over when nothing was written there since, and of readers nothing is known', () => {
    const fences = [guardFence('procedural; ends still')]
    const readers = stop({ id: 'stop-consumers/A/1' })
    const dossier = failedOver({ obligations: [stop(), readers], fences })
    expect(over(withFacts(dossier, guard([])))).toEqual(['stop-producers/A/1'])
    expect(over(withFacts(dossier, guard(['t-0 from 3 to 9'])))).toEqual([])
  })

  test('is over when the pair has put up the fence that was outstanding beside it, and not when a person says so', () => {
    const done = (dischargedBy: string) =>
      failedOver({ obligations: [stop(), fence({ dischargedAt: at(40), dischargedBy })] })
    expect(over(done('pair/accounting'))).toEqual(['stop-producers/A/1'])
    expect(over(done('kim'))).toEqual([])
  })

  test('a fence that is on record only, or of before, proves nothing', () => {
    const dossier = (one: Fence) => failedOver({ obligations: [stop()], fences: [one] })
    expect(over(withFacts(dossier(guardFence('begun')), guard([])))).toEqual([])
    expect(over(withFacts(dossier(guardFence('by the pair, as outstanding')), guard([])))).toEqual([])
    expect(over(withFacts(dossier(guardFence('asked', 10)), guard([])))).toEqual([])
    expect(over(withFacts(dossier(guardFence('asked')), guard([], 10)))).toEqual([])
  })
})

test('whatever its kind, it is over when the failback has brought the applications there again', () => {
  const obligations = [stop(), fence(), stop({ id: 'stop-consumers/A/1' })]
  const home = { ...failedOver({ obligations }), active: 'A', standby: 'B', moves: [aMove({}), back] }
  expect(over(home)).toEqual(['stop-producers/A/1', 'fence/A/1', 'stop-consumers/A/1'])
})

test('what a forced failback gave up stays outstanding after it', () => {
  const obligations = [
    stop({ id: 'stop-producers/B/1', cluster: 'B', since: at(95) }),
    fence({ id: 'fence/B/1', cluster: 'B', since: at(95) }),
  ]
  const home = { ...failedOver({ obligations }), active: 'A', standby: 'B', moves: [aMove({}), back] }
  expect(over(home)).toEqual([])
})

test('a fence that is outstanding while its cluster is still the active one of a forced run is not over', () => {
  expect(over(aDossier({ obligations: [fence()], moves: [back] }))).toEqual(['fence/A/1'])
  expect(over(aDossier({ obligations: [fence({ since: at(100) })], moves: [back] }))).toEqual([])
})

test('property: it is never over while its side is the one that was left and nothing was seen there', () => {
  const anything = fc.record({
    kind: fc.constantFrom('stop-application' as const, 'fence' as const),
    id: fc.constantFrom('stop-producers/A/1', 'stop-consumers/A/1', 'fence/A/1', 'fence-reads/A/1'),
    since: fc.nat(200),
    moved: fc.array(fc.record({ to: fc.constantFrom('A', 'B'), at: fc.nat(200) }), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(anything, ({ kind, id, since, moved }) => {
      const moves = moved.map((move) => aMove({ operation: 'failback', to: move.to, at: at(move.at) }))
      const obligations = [{ id, kind, cluster: 'A', text: 'x', since: at(since) }]
      expect(over(failedOver({ obligations, moves }))).toEqual([])
    }),
  )
})

test('a discharge is an entry with its reason, and changes nothing a second time', () => {
  const dossier = { ...failedOver({ obligations: [stop()] }), active: 'A', standby: 'B', moves: [back] }
  const entries: DossierEntry[] = dischargeOver(dossier, 'pair/accounting', at(100))
  const after = entries.reduce(applyEntry, dossier)
  expect(after.obligations).toMatchObject([
    { dischargedAt: at(100), dischargedBy: 'pair/accounting: the applications are back on A' },
  ])
  expect(dischargeOver(after, 'pair/accounting', at(101))).toEqual([])
})
