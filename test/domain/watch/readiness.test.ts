import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dossier } from '../../../src/contract/dossier.ts'
import type { LagSample } from '../../../src/contract/evidence.ts'
import { closeEpisode } from '../../../src/domain/dossier/dossier.ts'
import { readiness } from '../../../src/domain/watch/readiness.ts'
import { packSample } from '../../../src/domain/watch/packed-sample.ts'
import { aDossier, at } from '../builders.ts'

const unpacked: LagSample = {
  at: at(100),
  sourceReachable: true,
  linkReachable: true,
  totalLag: 3,
  ends: [],
  mirroredTo: [],
  groups: [],
}
const sample = packSample(unpacked)
const healthy: Dossier = { ...closeEpisode(aDossier()), lastSample: sample }
const reasons = (change: Partial<Dossier>, now = at(110)) =>
  readiness({ ...healthy, ...change }, null, now, 30).reasons.map(({ text }) => text)
const { episode } = aDossier()
const staged = (change: object): Partial<Dossier> => ({ episode: episode && { ...episode, stage: 'reset', ...change } })

test('a pair that is mirrored, sampled lately and owes nothing is ready, whatever its lag', () => {
  expect(readiness(healthy, null, at(110), 30)).toMatchObject({
    verdict: 'ready',
    reasons: [],
    sampledAt: at(100),
    ageSeconds: 10,
    stale: false,
  })
})

test('a pair that failed over and is mirrored back is ready to return', () => {
  expect(reasons({ ...staged({}), active: 'B', standby: 'A', protectedBy: { from: 'B', to: 'A' } })).toEqual([])
})

test.each<[string, string, Partial<Dossier>]>([
  ['no link', 'A is not mirrored to B since', { protectedBy: null, unprotectedSince: at(3) }],
  ['a link the wrong way', 'does not protect B', { active: 'B', standby: 'A' }],
  ['no sample', 'never sampled', { lastSample: null }],
  ['a source that is dark', 'A did not answer', { lastSample: { ...sample, sourceReachable: false } }],
  ['a link that is dark', 'A->B did not answer', { lastSample: { ...sample, linkReachable: false } }],
  ['a lag that is not known', 'could not be determined', { lastSample: { ...sample, totalLag: null } }],
  ['a run under way', 'A failover is under way', staged({ stage: 'failing-over' })],
  [
    'an episode in doubt',
    '"adopt": true',
    staged({ inDoubt: { since: at(1), operation: 'failover', workflowId: 'w', why: 'terminated' } }),
  ],
  [
    'an obligation',
    'Outstanding on A',
    { obligations: [{ id: 'x', kind: 'fence', cluster: 'A', text: 'fence A', since: at(2) }] },
  ],
])('%s is a reason', (_case, text, change) => {
  expect(reasons(change)).toEqual([expect.stringContaining(text)])
})

test('what was discharged is no reason any more', () => {
  const obligation = {
    id: 'x',
    kind: 'fence' as const,
    cluster: 'A',
    text: 'fence A',
    since: at(2),
    dischargedAt: at(4),
  }
  expect(reasons({ obligations: [obligation] })).toEqual([])
})

test('a sample is believed exactly as long as allowed, and a time nobody can read is too old', () => {
  fc.assert(
    fc.property(fc.nat({ max: 100 }), fc.nat({ max: 100 }), (age, allowed) => {
      expect(readiness(healthy, null, at(100 + age), allowed).stale).toBe(age > allowed)
    }),
  )
  expect(readiness(healthy, null, 'yesterday', 30).verdict).toBe('blocked')
})
