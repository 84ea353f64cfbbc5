import { expect, test } from 'vitest'
import type { Dossier, StepFact } from '../../../src/contract/dossier.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import { statusMarkdown } from '../../../src/domain/pages/status.ts'
import { watchedScope } from '../../../src/domain/watch/watched-scope.ts'
import { whereItStood } from '../../../src/domain/dossier/where-it-stood.ts'
import { aDeny, aDossier, aStatus, at } from '../builders.ts'

const fact = (step: StepId, state: StepFact['state'], seconds: number): StepFact => ({
  operation: 'failover',
  step,
  state,
  at: at(seconds),
  fact: {},
})
const deny = aDeny('t')
const inDoubt = { since: at(50), operation: 'failover' as const, workflowId: 'failover/x', why: 'it was terminated' }

function left(facts: StepFact[], change: Partial<Dossier> = {}): Dossier {
  const dossier = aDossier()
  return { ...dossier, episode: dossier.episode && { ...dossier.episode, inDoubt, facts }, ...change }
}

test('of a failover that died behind its fence: producers are down, who is refused, and the step it was in', () => {
  const fences = [{ cluster: 'A', episode: 1, at: at(12), added: [deny], proof: 'asked of 3 leaders' }]
  const stood = whereItStood(
    left(
      [fact('stop-producers', 'done', 10), fact('fence-source', 'done', 14), fact('confirm-mirrored', 'begun', 15)],
      {
        fences,
      },
    ),
  )
  expect(stood).toEqual([
    `Producers are stopped since ${at(10)}, and were not started again.`,
    `A refuses User:entry since ${at(12)} (1 DENY entries of ours).`,
    `The failover had begun confirm-mirrored at ${at(15)}.`,
  ])
})

test('what was ordered and not confirmed is said so', () => {
  const fences = [{ cluster: 'A', episode: 1, at: at(12), added: [deny], proof: 'begun' }]
  const stood = whereItStood(
    left(
      [
        fact('stop-producers', 'done', 10),
        fact('start-producers', 'begun', 20),
        fact('stop-consumers', 'begun', 21),
        fact('disable-topics', 'begun', 22),
      ],
      { fences },
    ),
  ).join('\n')
  expect(stood).toContain('Producers may have been started on the other side')
  expect(stood).toContain('Consumers may be stopped')
  expect(stood).toContain('whether all of it was applied is not confirmed')
  expect(stood).toContain('or partly: it was begun')
})

test('what an earlier run withdrew is not said of this one; what this one withdrew is', () => {
  const withdrawn = fact('open-ticket', 'undone', 10)
  expect(whereItStood(left([withdrawn]))).toEqual(['The failover had not begun a step: nothing was changed by it.'])
  expect(whereItStood(left([fact('open-ticket', 'done', 9), withdrawn]))).toEqual([
    `The failover had undone open-ticket at ${at(10)}.`,
  ])
})

test('a run that had begun nothing has changed nothing, and without doubt there is nothing to say', () => {
  expect(whereItStood(left([]))).toEqual(['The failover had not begun a step: nothing was changed by it.'])
  expect(whereItStood(aDossier())).toEqual([])
})

test('the page of a pair in doubt begins with it, and has no check mark before what nobody has confirmed', () => {
  const status = aStatus({
    episode: { number: 1, stage: 'failing-over', inDoubt },
    alerts: ['Episode 1 is in doubt'],
    stood: ['Producers are stopped since then.'],
  })
  const page = statusMarkdown(status, { namespace: 'default', taskQueue: 'q' })
  expect(page.indexOf('what is down now')).toBeLessThan(page.indexOf('✖ Episode 1'))
  expect(page).not.toContain('✔')
})

test.each<[string, Parameters<typeof aStatus>[0], string]>([
  ['answers', {}, '✔ mirrored A->B'],
  ['was not sampled', { lag: null }, '⚠ A->B is to mirror; it was not checked yet'],
  [
    'has a dark source',
    { lag: { at: at(100), records: null, sourceReachable: false, linkReachable: true } },
    '⚠ A->B is to mirror; whether it does could not be checked',
  ],
  [
    'has stopped',
    {
      findings: [
        {
          code: 'link-state',
          severity: 'blocking',
          text: 'The link A->B is paused.',
          todo: 'Resume the connector.',
          since: at(90),
          lastSeen: at(100),
          raisedAt: at(95),
        },
      ],
    },
    '✖ A->B is to mirror, and does not mirror everything',
  ],
])('a check mark stands only before what was seen: a link that %s', (_, change, text) => {
  const page = statusMarkdown(aStatus(change), { namespace: 'default', taskQueue: 'q' })
  expect(page).toContain(text)
  expect(page.includes('✔')).toBe(text.startsWith('✔'))
})

test('between a failover of some topics and its failback only those are watched', () => {
  const plan = { topics: ['t'], groups: ['g'] }
  const assessed = { ...fact('assess', 'done', 2), fact: { result: { plan } } }
  const dossier = aDossier()
  const staged = (stage: 'failing-over' | 'reset'): Dossier => ({
    ...dossier,
    episode: dossier.episode && { ...dossier.episode, stage, facts: [assessed] },
  })
  const all = { topics: ['t', 'u'], groups: ['g', 'h'] }
  expect(watchedScope(staged('reset'), all)).toEqual({ topics: ['t'], groups: ['g'] })
  expect(watchedScope(staged('failing-over'), all)).toEqual(all)
  expect(watchedScope({ ...dossier, episode: null }, all)).toEqual(all)
})
