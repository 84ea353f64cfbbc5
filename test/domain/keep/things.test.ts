import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dossier, Episode, StepFact } from '../../../src/contract/dossier.ts'
import type { KeptThing } from '../../../src/contract/watch.ts'
import { alsoHeldOf, heldOf } from '../../../src/domain/keep/held.ts'
import {
  bothTold,
  mostRestored,
  restoredAt,
  thingsAfter,
  thingText,
  toRestore,
} from '../../../src/domain/keep/things.ts'
import { aDeny, aDossier, aMove, at, ends } from '../builders.ts'

const gone = { 'fence-changed': { where: 'A', what: '1 of 2 entries of our fence are missing on A.' } }
const there = { 'fence-changed': { where: 'A', what: null } }
const unseen = { 'fence-changed': { where: 'A', what: undefined } }

test('what is found otherwise is put back at the second check, and told for a while with how often', () => {
  let things = thingsAfter([], gone, at(0))
  expect(things.map((one) => toRestore(one, at(0)))).toEqual([false])
  things = thingsAfter(things, gone, at(15))
  expect(things.map((one) => toRestore(one, at(15)))).toEqual([true])
  things = restoredAt(things, things[0] as KeptThing, at(15))
  things = thingsAfter(things, there, at(30))
  expect(things.map(thingText)).toEqual([
    `1 of 2 entries of our fence are missing on A. Since ${at(0)}. It was put back once within an hour, last at ${at(15)}.`,
  ])
  expect(thingsAfter(things, there, at(2_000))).toEqual([])
})

test('a side that does not answer changes nothing of what is known', () => {
  const things = thingsAfter(thingsAfter([], gone, at(0)), gone, at(15))
  expect(thingsAfter(things, unseen, at(30))).toEqual(things)
  expect(thingsAfter([], unseen, at(30))).toEqual([])
})

test('records on the side that was left are told and never undone', () => {
  const sign = {
    'left-side-written': { where: 'A', what: 'A was written after it was left: 3 offsets, t-0 from 5 to 8.' },
  }
  const things = [0, 15, 30].reduce<KeptThing[]>((known, second) => thingsAfter(known, sign, at(second)), [])
  expect(things.map((one) => toRestore(one, at(30)))).toEqual([false])
  expect(things.map(thingText).join()).toContain('3 offsets')
})

test('property: whoever takes it away how often, it is put back three times an hour at most, and never at a first sight', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(gone, there, unseen), { maxLength: 400 }), (seen) => {
      let things: KeptThing[] = []
      const restored: number[] = []
      let inARow = 0
      for (const [index, sign] of seen.entries()) {
        const now = index * 15
        things = thingsAfter(things, sign, at(now))
        inARow = sign === gone ? inARow + 1 : sign === there ? 0 : inARow
        for (const thing of things) {
          if (sign === gone && toRestore(thing, at(now))) {
            expect(inARow).toBeGreaterThanOrEqual(2)
            restored.push(now)
            things = restoredAt(things, thing, at(now))
          }
        }
        expect(restored.filter((one) => now - one < 3_600).length).toBeLessThanOrEqual(mostRestored)
      }
    }),
  )
})

test('after that it says that it is not put back any more', () => {
  const restored = [at(0), at(30), at(60)]
  const thing: KeptThing = {
    kind: 'fence-changed',
    where: 'A',
    what: 'Gone.',
    since: at(0),
    lastSeen: at(90),
    checks: 2,
    times: 4,
    restored,
  }
  expect(toRestore(thing, at(90))).toBe(false)
  expect(thingText(thing)).toContain('4 times since')
  expect(thingText(thing)).toContain('it is not put back any more')
})

const fact = (operation: StepFact['operation'], step: StepFact['step'], value: unknown = {}): StepFact => ({
  operation,
  step,
  state: 'done',
  at: at(20),
  fact: { result: value },
})
const deny = aDeny('t')

function staged(stage: Episode['stage'], change: Partial<Dossier> = {}, inDoubt: Episode['inDoubt'] = null): Dossier {
  const dossier = aDossier()
  const facts = [
    fact('failover', 'assess', { plan: { topics: ['t'], groups: [] } }),
    fact('failover', 'disable-topics'),
    ...(stage === 'reset' ? [fact('reset', 'confirm-disabled')] : []),
  ]
  return {
    ...dossier,
    active: 'B',
    standby: 'A',
    episode: dossier.episode && { ...dossier.episode, stage, facts, inDoubt },
    moves: [aMove({ fencedEnds: [ends('t', [[0, 0, 5, 5]]), ends('u', [[0, 0, 9, 9]])] })],
    fences: [{ cluster: 'A', episode: 1, at: at(5), added: [deny], proof: 'asked' }],
    ...change,
  }
}

test('after a failover its fence, its selection and the ends of the side that was left are held, of what moved only', () => {
  expect(heldOf(staged('failed-over'))).toMatchObject({
    restore: true,
    left: 'A',
    active: 'B',
    topics: ['t'],
    fence: [deny],
    unselected: true,
    stopped: false,
    ends: [{ topic: 't' }],
  })
  expect(heldOf(staged('reset'))).toMatchObject({ stopped: true, unselected: true })
})

test('a link that stays on for topics that did not move is never held stopped: what counts is what it selects', () => {
  const { episode, ...rest } = staged('reset')
  const door = (value: string) =>
    heldOf({
      ...rest,
      episode: episode && { ...episode, facts: [...episode.facts, fact('reset', 'open-ticket', { door: value })] },
    })
  expect(door('ticket')).toMatchObject({ stopped: true })
  expect(door('self-service')).toMatchObject({ stopped: true })
  expect(door('kept')).toMatchObject({ stopped: false, unselected: true })
})

/** In the middle of a move, with these of its steps done. */
function moving(stage: 'failing-over' | 'failing-back', steps: StepFact['step'][], inDoubt: Episode['inDoubt'] = null) {
  const operation = stage === 'failing-over' ? 'failover' : 'failback'
  const fenced = { ends: [ends('t', [[0, 0, 5, 5]]), ends('u', [[0, 0, 9, 9]])] }
  const before = staged(stage === 'failing-over' ? stage : 'reset', {}, inDoubt)
  const facts = [
    ...(before.episode?.facts ?? []).filter(({ step }) => stage === 'failing-back' || step === 'assess'),
    ...steps.map((step) => fact(operation, step, step === 'fence-source' ? fenced : {})),
  ]
  const [left, other] = stage === 'failing-over' ? ['A', 'B'] : ['B', 'A']
  const started = steps.includes('start-producers')
  return {
    ...before,
    active: started ? other : left,
    standby: started ? left : other,
    episode: before.episode && { ...before.episode, stage, facts },
    fences: [
      ...before.fences,
      { cluster: left, episode: 1, at: at(5), added: [{ ...aDeny('t'), principal: 'User:now' }], proof: 'asked' },
    ],
  } as Dossier
}

test('in a move what its steps have set is held on the side it leaves, and put back behind the last step that changes it', () => {
  const fence = ['fence-source'] satisfies StepFact['step'][]
  const started = [...fence, 'start-producers'] satisfies StepFact['step'][]
  const behind = [...started, 'disable-topics'] satisfies StepFact['step'][]
  for (const [stage, left, active] of [
    ['failing-over', 'A', 'B'],
    ['failing-back', 'B', 'A'],
  ] as const) {
    const side = { left, active, stopped: false, ends: [{ topic: 't' }] }
    expect(heldOf(moving(stage, fence))).toMatchObject({ ...side, restore: false, settled: false })
    expect(heldOf(moving(stage, started))).toMatchObject({ ...side, restore: true, settled: true, unselected: false })
    const last = heldOf(moving(stage, behind))
    expect(last).toMatchObject({ ...side, settled: true, unselected: true })
    expect(last?.fence).toContainEqual({ ...aDeny('t'), principal: 'User:now' })
    const doubt = { since: at(9), operation: 'failover' as const, workflowId: 'w', why: 'x' }
    expect(heldOf(moving(stage, behind, doubt))).toMatchObject({ restore: false })
  }
})

test('until a failback has fenced what the reset left is held and only told', () => {
  expect(heldOf(moving('failing-back', []))).toMatchObject({
    restore: false,
    settled: false,
    left: 'A',
    stopped: true,
    unselected: true,
    fence: [deny],
  })
})

test('from its fence on until it opens the side it returns to, a failback tells of both sides', () => {
  const fence = ['fence-source'] satisfies StepFact['step'][]
  const also = alsoHeldOf(moving('failing-back', fence))
  expect(also).toMatchObject({ restore: false, left: 'A', active: 'B', stopped: true, unselected: true, fence: [deny] })
  expect(heldOf(moving('failing-back', fence))).toMatchObject({ left: 'B' })
  // The run lifts it in its next step, and the link and the ends are still as the reset left them.
  const next = alsoHeldOf(moving('failing-back', [...fence, 'confirm-mirrored']))
  expect(next).toMatchObject({ fence: [], stopped: true, ends: [{ topic: 't' }] })
  expect(alsoHeldOf(moving('failing-back', [...fence, 'start-producers']))).toBeNull()
  expect(alsoHeldOf(moving('failing-back', []))).toBeNull()
  expect(alsoHeldOf(moving('failing-over', fence))).toBeNull()
  expect(alsoHeldOf(staged('failed-over'))).toBeNull()
})

test('of two sides each is told, and what nobody saw on one hides nothing of the other', () => {
  const [told, fine, unseen] = ['Gone.', null, undefined].map((what) => ({ 'fence-changed': { where: 'B', what } }))
  const other = {
    'fence-changed': { where: 'A', what: 'Gone there.' },
    'link-restarted': { where: 'A->B', what: null },
  }
  expect(bothTold(told ?? {}, other)).toMatchObject({ 'fence-changed': { where: 'B', what: 'Gone. Gone there.' } })
  for (const sign of [fine, unseen]) expect(bothTold(sign ?? {}, other)).toEqual(other)
  expect(bothTold(told ?? {}, { 'fence-changed': { where: 'A', what: null } })).toEqual(told)
  expect(bothTold({}, other)).toEqual(other)
})

test('nothing is held of a pair at rest or before a move has fenced, and in doubt or in a reset nothing is put back', () => {
  expect(heldOf({ ...staged('failed-over'), episode: null })).toBeNull()
  expect(heldOf(moving('failing-over', []))).toBeNull()
  expect(heldOf(staged('resetting'))).toMatchObject({ restore: false })
  const doubt = { since: at(9), operation: 'reset' as const, workflowId: 'w', why: 'x' }
  expect(heldOf(staged('failed-over', {}, doubt))).toMatchObject({ restore: false })
})

test('a fence that is on record before it exists is not held', () => {
  const reads = [{ cluster: 'A', episode: 1, at: at(5), added: [deny], proof: 'reads, begun' }]
  expect(heldOf(staged('failed-over', { fences: reads }))).toMatchObject({ fence: [] })
  const fences = [{ cluster: 'A', episode: 1, at: at(5), added: [deny], proof: 'begun' }]
  expect(heldOf(staged('failed-over', { fences }))).toMatchObject({ fence: [] })
  const obligations = [{ id: 'fence/A/1', kind: 'fence' as const, cluster: 'A', text: 'x', since: at(4) }]
  expect(heldOf(staged('failed-over', { obligations }))).toMatchObject({ fence: [] })
})
