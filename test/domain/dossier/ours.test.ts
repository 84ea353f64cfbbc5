import { expect, test } from 'vitest'
import type { Dossier, Settlement } from '../../../src/contract/dossier.ts'
import { oursOf, tidyOf } from '../../../src/domain/dossier/ours.ts'
import { aDeny, aDossier, aMove, at } from '../builders.ts'

const deny = aDeny('t')
const id = 'switchback.accounting.1.replay'
const settled: Settlement = {
  cluster: 'A',
  episode: 1,
  at: at(60),
  by: 'kim',
  reason: 'x',
  action: 'replay',
  ledger: at(50),
  records: 3,
  copied: { cluster: 'B', into: '{topic}', records: 3, id, at: at(60) },
  topics: [{ topic: 't', rows: [] }],
}

/** A planned round trip that is over: B is fenced, and a replay was done. */
function over(change: Partial<Dossier> = {}): Dossier {
  return {
    ...aDossier(),
    episode: null,
    moves: [aMove({}), aMove({ operation: 'failback', from: 'B', to: 'A', at: at(90) })],
    fences: [{ cluster: 'B', episode: 1, at: at(80), added: [deny], proof: 'asked' }],
    copies: [{ id, cluster: 'B', episode: 1, at: at(55), action: 'replay' }],
    settlements: [settled],
    ...change,
  }
}
const inEpisode = (stage: 'failed-over' | 'reset' | 'resetting'): Dossier['episode'] => {
  const { episode } = aDossier()
  return episode && { ...episode, stage }
}

test('when its episode is closed the fence of a planned failback is lifted, and the group of a settled replay deleted', () => {
  expect(tidyOf(over())).toEqual({
    lift: [{ cluster: 'B', acls: [deny] }],
    groups: [{ cluster: 'B', id }],
  })
})

test.each<[string, Partial<Dossier>]>([
  ['the episode is open', { episode: inEpisode('reset') }],
  ['the side was given up', { moves: [aMove({ operation: 'failback', from: 'B', to: 'A', mode: 'forced' })] }],
  ['the episode was handed over before its failback', { moves: [aMove({})] }],
  ['the pair has moved again', { active: 'B', standby: 'A' }],
  ['the fence is of another episode', { fences: [{ cluster: 'B', episode: 0, at: at(1), added: [deny], proof: 'x' }] }],
])('a fence stays where %s', (_, change) => {
  expect(tidyOf(over(change)).lift).toEqual([])
})

test.each<[string, Partial<Dossier>]>([
  ['nothing was settled by it', { settlements: [] }],
  ['the reset may begin again', { episode: inEpisode('failed-over') }],
  ['the reset is under way', { episode: inEpisode('resetting') }],
])('the group of a copy stays where %s', (_, change) => {
  expect(tidyOf(over(change)).groups).toEqual([])
})

test('everything of ours is listed with its purpose, also what is of no use any more', () => {
  const known = { clusters: ['A', 'B'], memoryTopic: 'switchback' }
  const listed = oursOf(over(), known).map(
    ({ cluster, kind, name, purpose }) => `${cluster} ${kind} ${name}: ${purpose}`,
  )
  expect(listed).toEqual([
    'B entry deny Write User:entry on t: fence of an episode that is over: it is lifted',
    `B group ${id}: progress of a replay that is over: it is deleted`,
    "A topic switchback: the pairs' memory, for as long as there are pairs",
    "B topic switchback: the pairs' memory, for as long as there are pairs",
  ])
  const open = oursOf(over({ episode: inEpisode('failed-over'), active: 'B', standby: 'A' }), known)
  expect(open.find(({ kind }) => kind === 'entry')?.purpose).toContain('the next run from here lifts it')
})
