import { expect, test } from 'vitest'
import { checkKept } from '../../src/activities/keep/in-background.ts'
import { createWaitActivities } from '../../src/activities/waits.ts'
import type { Dossier, StepFact } from '../../src/contract/dossier.ts'
import type { KeptThing } from '../../src/contract/watch.ts'
import { raised } from '../../src/domain/watch/hysteresis.ts'
import { aDeny, aMove, ends } from '../domain/builders.ts'
import { activity, doors, sampleConfig, type Scene, scene, stagedDossier, topic } from './scene.ts'

const at = '2026-01-02T00:00:00.000Z'
const fact = (operation: StepFact['operation'], step: StepFact['step'], result: unknown = {}): StepFact => ({
  operation,
  step,
  state: 'done',
  at,
  fact: { result },
})
const deny = aDeny(topic)

/** As a failover has left it: A is fenced, and the topic is out of the selection of A->B. */
function failedOver(on: Scene, operation: 'reset' | 'failback' = 'reset'): Dossier {
  const dossier = stagedDossier(on.dossier, operation)
  on.a.entries = [deny]
  on.ab.description.selection = 'other'
  on.ab.description.assigned = []
  const facts = [
    fact('failover', 'assess', { plan: { topics: [topic], groups: ['billing'] } }),
    fact('failover', 'disable-topics'),
    ...(operation === 'failback' ? [fact('reset', 'confirm-disabled')] : []),
  ]
  return {
    ...dossier,
    protectedBy: null,
    episode: dossier.episode && { ...dossier.episode, facts },
    fences: [{ cluster: 'A', episode: 1, at, added: [deny], proof: 'asked' }],
    moves: [
      aMove({
        at,
        fencedEnds: [
          ends(topic, [
            [0, 0, 100, 100],
            [1, 0, 50, 50],
          ]),
        ],
      }),
    ],
  }
}

function keeper(on: Scene, dossier: Dossier, lease: object | null = null) {
  let things: KeptThing[] = []
  const door = { dossier: () => Promise.resolve(dossier), lease: () => Promise.resolve(lease as null) }
  return async () => {
    things = await checkKept(on.deps, { pair: 'accounting', before: things, door }, new AbortController().signal)
    return things
  }
}

test('what is as it was left is no thing, and nothing is written', async () => {
  const on = scene()
  const check = keeper(on, failedOver(on))
  expect(await check()).toEqual([])
  expect(on.calls.filter((call) => /createAcls|setSelection|disable/.test(call))).toEqual([])
})

test('an entry of our fence that somebody removed is put back at the second check, and no other entry is touched', async () => {
  const on = scene()
  const check = keeper(on, failedOver(on))
  on.a.entries = []
  expect(await check()).toMatchObject([{ kind: 'fence-changed', where: 'A', times: 1, restored: [] }])
  expect(on.a.entries).toEqual([])
  expect((await check())[0]?.restored).toHaveLength(1)
  expect(on.a.entries).toEqual([deny])
  expect(await check()).toMatchObject([{ checks: 0, times: 1 }])
})

test('an entry of our fence that one broker has not is missing, and is added for all', async () => {
  const on = scene()
  const check = keeper(on, failedOver(on))
  on.a.entriesOfAnother = []
  expect(await check()).toMatchObject([
    {
      kind: 'fence-changed',
      what: expect.stringContaining('1 of 1 entries of our fence are on some brokers of A only'),
    },
  ])
  await check()
  expect(on.calls.filter((call) => call.startsWith('A.createAcls'))).toHaveLength(1)
  on.a.entriesOfAnother = null
  expect(await check()).toMatchObject([{ checks: 0 }])
})

test('whoever removes it again and again is named as an owner: after three times it is put back no more', async () => {
  const on = scene()
  const check = keeper(on, failedOver(on))
  for (let round = 0; round < 6; round += 1) {
    on.a.entries = []
    await check()
    await check()
  }
  on.a.entries = []
  const [thing] = await check()
  expect(on.calls.filter((call) => call.startsWith('A.createAcls'))).toHaveLength(3)
  expect(thing).toMatchObject({ times: 4 })
})

test('topics that somebody selected again are taken out by entry; what else was selected stays', async () => {
  const on = scene()
  const check = keeper(on, failedOver(on))
  on.ab.description.selection = `other,accounting\\.invoices,third`
  await check()
  await check()
  expect(on.ab.description.selection).toBe('other,third')
})

test('a link that the reset stopped is stopped again, but not where another pair uses its connector', async () => {
  const shared = (raw: Parameters<NonNullable<Parameters<typeof sampleConfig>[0]>>[0]) => {
    raw.pairs['other'] = { ...raw.pairs['accounting'], links: [...(raw.pairs['accounting']?.links ?? [])] }
  }
  for (const [config, stops] of [
    [sampleConfig(), true],
    [sampleConfig(shared), false],
  ] as const) {
    const on = scene(config)
    const check = keeper(on, failedOver(on, 'failback'))
    on.ab.description.state = 'running'
    await check()
    await check()
    expect(on.calls.some((call) => call.includes('disable'))).toBe(stops)
  }
})

test('while a run holds the pair, or an episode is in doubt, it is told and left', async () => {
  for (const doubtful of [false, true]) {
    const on = scene()
    const dossier = failedOver(on)
    const inDoubt = { since: at, operation: 'reset' as const, workflowId: 'w', why: 'x' }
    const check = keeper(
      on,
      doubtful ? { ...dossier, episode: dossier.episode && { ...dossier.episode, inDoubt } } : dossier,
      doubtful ? null : { workflowId: 'reset/1' },
    )
    on.a.entries = []
    await check()
    await check()
    expect(await check()).toMatchObject([{ kind: 'fence-changed', restored: [] }])
    expect(on.a.entries).toEqual([])
  }
})

test('a run that is behind all steps that change it does not keep it from being put back, and one before them does', async () => {
  for (const started of [true, false]) {
    const on = scene()
    const before = failedOver(on)
    const facts = [
      ...(before.episode?.facts ?? []).filter(({ step }) => step === 'assess'),
      fact('failover', 'fence-source', { ends: [ends(topic, [[0, 0, 100, 100]])] }),
      ...(started ? [fact('failover', 'start-producers'), fact('failover', 'disable-topics')] : []),
    ]
    const sides = started ? {} : { active: before.standby, standby: before.active }
    const episode = before.episode && { ...before.episode, stage: 'failing-over' as const, facts }
    const check = keeper(on, { ...before, ...sides, episode }, { workflowId: 'failover/1' })
    on.a.entries = []
    on.ab.description.selection = `${topic},other`
    await check()
    const things = await check()
    expect(things.map(({ kind, restored }) => `${kind} ${restored.length}`)).toEqual(
      started ? ['fence-changed 1', 'selection-changed 1'] : ['fence-changed 0'],
    )
    expect(on.a.entries).toEqual(started ? [deny] : [])
    expect(on.ab.description.selection).toBe(started ? 'other' : `${topic},other`)
  }
})

test('writes on the side that was left are told with the offsets, and a side that is dark gives no sign', async () => {
  const on = scene()
  const check = keeper(on, failedOver(on))
  on.a.withTopic(topic, [
    [0, 0, 103, 103],
    [1, 0, 50, 50],
  ])
  expect((await check())[0]?.what).toContain(`3 offsets, ${topic}-0 from 100 to 103`)
  on.a.dark = true
  expect(await check()).toMatchObject([{ kind: 'left-side-written' }])
})

test('the watch of an unprotected pair raises it, with what to do', async () => {
  const on = scene()
  const dossier = failedOver(on)
  on.a.entries = []
  const door = { dossier: () => Promise.resolve(dossier), lease: () => Promise.resolve(null) }
  const { watchLink } = doors(createWaitActivities(on.deps, { door, keeping: { startAfter: 1, every: 20 } }))
  const input = {
    pair: 'accounting',
    from: 'B',
    to: 'A',
    topics: [topic],
    groups: ['billing'],
    intervalMs: 20,
    maxMs: 5_000,
    lastReachable: { source: true, link: true },
    previous: null,
    memory: null,
    recent: [],
    windows: { stall: 1, growth: 300, retention: 3_600 },
    judge: false,
    keep: true as const,
  }
  const seen = await activity().run(watchLink, input)
  expect(raised(seen.memory.findings)).toMatchObject([{ code: 'fence-changed', severity: 'warning' }])
  expect(seen.memory.tracks).toEqual([])
})

test('in the middle of a failback, behind its fence on B, a fence of A that somebody removes is told and not put back', async () => {
  const on = scene()
  const dossier = failedOver(on, 'failback')
  const fenced = fact('failback', 'fence-source', { ends: [] })
  const facts = [...(dossier.episode?.facts ?? []), fenced]
  const check = keeper(on, {
    ...dossier,
    episode: dossier.episode && { ...dossier.episode, stage: 'failing-back', facts },
  })
  expect((await check()).filter(({ kind }) => kind === 'fence-changed')).toEqual([])
  on.a.entries = []
  await check()
  expect((await check()).find(({ kind }) => kind === 'fence-changed')).toMatchObject({
    where: 'A',
    what: '1 of 1 entries of our fence are missing on A: deny Write of User:entry on accounting.invoices.',
    restored: [],
  })
  expect(on.a.entries).toEqual([])
})
