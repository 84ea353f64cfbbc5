import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AclEntry, Dossier, DossierEntry, Obligation, StepFact } from '../../../src/contract/dossier.ts'
import type { LossLedger } from '../../../src/contract/evidence.ts'
import {
  applyEntry,
  closeEpisode,
  factOf,
  lastCut,
  lastMove,
  lastSnapshot,
  newDossier,
  openEpisode,
  ourFence,
} from '../../../src/domain/dossier/dossier.ts'
import { aDossier, aMove, anAcl, at } from '../builders.ts'

const applyAll = (dossier: Dossier, entries: DossierEntry[]) => entries.reduce(applyEntry, dossier)

const aFact = (change: Partial<StepFact>): DossierEntry => ({
  type: 'fact',
  fact: { operation: 'failover', step: 'fence-source', state: 'begun', at: at(2), fact: { n: 1 }, ...change },
})
const aFence = (added: AclEntry[], second = 3): DossierEntry => ({
  type: 'fence',
  fence: { cluster: 'A', episode: 1, at: at(second), added, proof: 'ends stood still' },
})
const aCut = (episode: number, offset: number): DossierEntry => ({
  type: 'cut',
  cut: { cluster: 'B', episode, at: at(episode), topics: [{ topic: 't', offsets: [[0, offset]] }] },
})
const ledger = (second: number): LossLedger => ({
  kind: 'exact',
  takenAt: at(second),
  cluster: 'A',
  sampleAgeSeconds: null,
  records: second,
  topics: [],
})
const obligation: Obligation = { id: 'fence/A', kind: 'fence', cluster: 'A', text: 'fence A', since: at(4) }

test('episodes are numbered from one, are not opened twice, and an ended one is put away', () => {
  const fresh = newDossier({ pair: 'p', primary: 'A', secondary: 'B', at: at(0) })
  const first = openEpisode(fresh, at(1))
  expect(first.episode).toMatchObject({ number: 1, startedAt: at(1), stage: 'failing-over', facts: [] })
  expect(openEpisode(first, at(2))).toEqual(first)
  const ended = applyEntry(first, { type: 'stage', stage: 'closed' })
  expect(openEpisode(ended, at(3)).episode).toMatchObject({ number: 2, startedAt: at(3) })
  expect(openEpisode(closeEpisode(first), at(3)).episode?.number).toBe(2)
  expect(closeEpisode(closeEpisode(first))).toEqual(closeEpisode(first))
})

test('the pre-image of a step stays when the step is done, and the latest fact is the one told', () => {
  const dossier = applyAll(aDossier(), [aFact({}), aFact({ state: 'done', at: at(5), fact: { n: 2 } })])
  expect(dossier.episode?.facts).toHaveLength(2)
  expect(factOf(dossier, 'failover', 'fence-source')).toMatchObject({ state: 'done', fact: { n: 2 } })
  expect(factOf(dossier, 'failback', 'fence-source')).toBeUndefined()
  expect(applyEntry(dossier, aFact({}))).toEqual(dossier)
  expect(factOf(closeEpisode(dossier), 'failover', 'fence-source')).toBeUndefined()
})

test('a step begun anew after it was undone is begun', () => {
  const dossier = applyAll(aDossier(), [
    aFact({}),
    aFact({ state: 'undone', at: at(6) }),
    aFact({ state: 'begun', at: at(7), fact: { n: 3 } }),
  ])
  expect(factOf(dossier, 'failover', 'fence-source')).toMatchObject({ state: 'begun', fact: { n: 3 } })
})

test('a fact that arrives late does not replace a newer one', () => {
  const dossier = applyAll(aDossier(), [aFact({ at: at(9), fact: { n: 9 } }), aFact({ at: at(8), fact: { n: 8 } })])
  expect(factOf(dossier, 'failover', 'fence-source')).toMatchObject({ fact: { n: 9 } })
})

test('exactly what we added and did not lift is ours', () => {
  const [write, read] = [anAcl({}), anAcl({ operation: 'Read' })]
  const fenced = applyAll(aDossier(), [aFence([write, read]), aFence([], 9)])
  expect(ourFence(fenced, 'A')).toEqual([write, read])
  expect(ourFence(fenced, 'B')).toEqual([])
  const lifted = applyEntry(fenced, { type: 'fence-lifted', cluster: 'A', lifted: [anAcl({ operation: 'WRITE' })] })
  expect(ourFence(lifted, 'A')).toEqual([read])
  expect(ourFence(applyEntry(lifted, { type: 'fence-lifted', cluster: 'B', lifted: [read] }), 'A')).toEqual([read])
  expect(applyEntry(lifted, { type: 'fence-lifted', cluster: 'A', lifted: [read] }).fences).toEqual([])
})

test('the selection on first contact is kept against later ones', () => {
  const link = { from: 'A', to: 'B' }
  const original = (topics: string): DossierEntry => ({ type: 'original', link, selection: { link, topics } })
  const dossier = applyAll(aDossier(), [original('t'), original('^$')])
  expect(dossier.episode?.original?.selection.topics).toBe('t')
})

test('a discharged obligation stays discharged when it is recorded again', () => {
  const dossier = applyAll(aDossier(), [
    { type: 'obligation', obligation },
    { type: 'obligation-discharged', id: 'fence/A', at: at(8), by: 'pair' },
    { type: 'obligation', obligation },
    { type: 'obligation-discharged', id: 'fence/A', at: at(9), by: 'somebody' },
  ])
  expect(dossier.obligations).toEqual([{ ...obligation, dischargedAt: at(8), dischargedBy: 'pair' }])
})

test('a move recorded in parts is one move', () => {
  const dossier = applyAll(aDossier(), [
    { type: 'move', move: aMove({ mirroredTo: [{ topic: 't', offsets: [[0, 9]] }] }) },
    { type: 'move', move: aMove({ drainedGroups: ['billing'], at: at(20) }) },
  ])
  expect(dossier.moves).toHaveLength(1)
  expect(lastMove(dossier, 'A', 'B')).toMatchObject({ drainedGroups: ['billing'], mirroredTo: [{ topic: 't' }] })
  expect(lastMove(dossier, 'B')).toBeUndefined()
})

test('unprotected counts from the first moment, until there is a link again', () => {
  const off = (second: number): DossierEntry => ({ type: 'protection', link: null, at: at(second) })
  const on: DossierEntry = { type: 'protection', link: { from: 'B', to: 'A' }, at: at(9) }
  expect(applyAll(aDossier(), [off(5), off(7)]).unprotectedSince).toBe(at(5))
  expect(applyAll(aDossier(), [off(5), on])).toMatchObject({ unprotectedSince: null, protectedBy: { from: 'B' } })
})

test('of the open episode all is kept, of others the last six', () => {
  const old = Array.from({ length: 9 }, (_, i) => aCut(0, i))
  const now = Array.from({ length: 9 }, (_, i) => aCut(1, i))
  const dossier = applyAll(aDossier(), [...old, ...now])
  expect(dossier.cuts.map(({ episode }) => episode)).toEqual([...Array(6).fill(0), ...Array(9).fill(1)])
  expect(lastCut(dossier, 'B')?.topics[0]?.offsets).toEqual([[0, 8]])
  expect(lastCut(dossier, 'A')).toBeUndefined()
})

test('ledgers are bounded by the start of the episode', () => {
  const before = Array.from({ length: 9 }, (_, i) => ({ type: 'ledger' as const, ledger: ledger(-9 + i) }))
  const during = Array.from({ length: 8 }, (_, i) => ({ type: 'ledger' as const, ledger: ledger(2 + i) }))
  expect(applyAll(aDossier(), [...before, ...during]).ledgers).toHaveLength(14)
})

const anEntry: fc.Arbitrary<DossierEntry> = fc.oneof(
  fc
    .record({
      step: fc.constantFrom('fence-source' as const, 'mark-cut' as const),
      state: fc.constantFrom('begun' as const, 'done' as const, 'undone' as const),
      at: fc.integer({ min: 0, max: 9 }).map(at),
      fact: fc.jsonValue(),
    })
    .map(aFact),
  fc
    .tuple(fc.uniqueArray(fc.constantFrom('t', 'u', 'v'), { maxLength: 3 }), fc.integer({ min: 0, max: 9 }))
    .map(([names, second]) =>
      aFence(
        names.map((name) => anAcl({ name })),
        second,
      ),
    ),
  fc
    .constantFrom('t', 'u')
    .map((name): DossierEntry => ({ type: 'fence-lifted', cluster: 'A', lifted: [anAcl({ name })] })),
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 3 })).map(([e, offset]) => aCut(e, offset)),
  fc.integer({ min: 0, max: 12 }).map((second): DossierEntry => ({ type: 'ledger', ledger: ledger(second) })),
  fc.integer({ min: 0, max: 2 }).map((episode): DossierEntry => ({ type: 'move', move: aMove({ episode }) })),
  fc.integer({ min: 0, max: 2 }).map((episode): DossierEntry => ({
    type: 'snapshot',
    snapshot: { cluster: 'A', episode, at: at(episode), groups: [] },
  })),
  fc.integer({ min: 0, max: 2 }).map((episode): DossierEntry => ({
    type: 'settlement',
    settlement: {
      cluster: 'A',
      episode,
      at: at(3),
      by: 'you',
      reason: 'r',
      action: 'discard',
      ledger: at(3),
      records: 4,
      topics: [],
    },
  })),
  fc.constant<DossierEntry>({ type: 'obligation', obligation }),
  fc.constant<DossierEntry>({ type: 'obligation-discharged', id: 'fence/A', at: at(8), by: 'pair' }),
  fc.constantFrom('failed-over' as const, 'closed' as const).map((stage): DossierEntry => ({ type: 'stage', stage })),
  fc.constant<DossierEntry>({ type: 'active', active: 'B', standby: 'A' }),
  fc.integer({ min: 0, max: 9 }).map((second): DossierEntry => ({ type: 'protection', link: null, at: at(second) })),
)

test('an entry applied twice is applied once, with and without an open episode, and changes nothing it was given', () => {
  fc.assert(
    fc.property(fc.array(anEntry, { maxLength: 20 }), anEntry, fc.boolean(), (entries, entry, open) => {
      const start = open ? aDossier() : closeEpisode(aDossier())
      const before = applyAll(start, entries)
      const copy = JSON.stringify(before)
      const once = applyEntry(before, entry)
      expect(applyEntry(once, entry)).toEqual(once)
      expect(JSON.stringify(before)).toBe(copy)
    }),
  )
})

test('the dossier stays bounded over any number of episodes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 7, max: 30 }), (episodes) => {
      let dossier = newDossier({ pair: 'p', primary: 'A', secondary: 'B', at: at(0) })
      for (let n = 1; n <= episodes; n++) {
        dossier = applyAll(openEpisode(dossier, at(n * 10)), [
          aFact({ at: at(n * 10) }),
          aCut(n, n),
          { type: 'move', move: aMove({ episode: n }) },
          { type: 'snapshot', snapshot: { cluster: 'A', episode: n, at: at(n), groups: [] } },
          { type: 'ledger', ledger: ledger(n * 10 + 1) },
        ])
        dossier = closeEpisode(dossier)
      }
      for (const list of [dossier.cuts, dossier.moves, dossier.snapshots, dossier.ledgers]) {
        expect(list.length).toBeLessThanOrEqual(7)
      }
      expect(dossier.episodesClosed).toBe(episodes)
      expect(lastSnapshot(dossier, 'A')?.episode).toBe(episodes)
    }),
  )
})
