import { describe, expect, test } from 'vitest'
import { assess } from '../../src/activities/assess/assess.ts'
import { mirroringNow } from '../../src/activities/reads/mirroring-now.ts'
import type { Config } from '../../src/config/schema.ts'
import type { LinkDescription } from '../../src/ports/mirroring.ts'
import type { Assessment } from '../../src/contract/activities.ts'
import type { Dossier, AclEntry } from '../../src/contract/dossier.ts'
import type { Finding, GroupOffsets } from '../../src/contract/evidence.ts'
import type { Readiness } from '../../src/contract/pair-messages.ts'
import type { Plan } from '../../src/contract/plan.ts'
import { rejected, unreachable } from '../../src/ports/failures.ts'
import { packSample } from '../../src/domain/watch/packed-sample.ts'
import { aDeny, aMove } from '../domain/builders.ts'
import { sampleConfig, type Scene, scene, stagedDossier, topic, withShipping, withTwoTopics } from './scene.ts'

const signal = new AbortController().signal

function look(on: Scene, plan: Plan = on.plan(), dossier: Dossier = on.dossier): Promise<Assessment> {
  return assess(on.deps, { plan, dossier }, signal)
}

function codes(findings: Finding[], severity?: Finding['severity']): string[] {
  return findings.filter((found) => severity === undefined || found.severity === severity).map(({ code }) => code)
}

const emptySample = {
  at: '2026-01-01T00:00:00.000Z',
  sourceReachable: true,
  linkReachable: true,
  totalLag: 0,
  ends: [],
  mirroredTo: [],
  groups: [],
}

test('two healthy sides have nothing in the way, and the link is remembered as found', async () => {
  const answer = await look(scene())
  expect(codes(answer.findings, 'blocking')).toEqual([])
  expect(codes(answer.findings, 'warning')).toEqual([])
  expect(answer).toMatchObject({
    sourceReachable: true,
    linkReachable: true,
    original: { link: { from: 'A', to: 'B' }, selection: { topics: 'accounting\\.invoices' } },
    expectations: { lossRecords: 0, duplicates: [{ group: 'billing', records: 0 }], orderBreaks: [] },
  })
  expect(answer.snapshots.map(({ cluster }) => cluster)).toEqual(['A', 'B'])
})

test('copies of settled records that a provider mirrored all the same are told to a forced run, which may read them', async () => {
  const on = scene()
  const settlement = (action: 'keep' | 'discard', cluster: string) => ({
    cluster,
    episode: 1,
    at: '',
    by: 'owner',
    reason: '',
    action,
    ledger: '',
    records: 7,
    topics: [{ topic, rows: [[0, 93, 100, 7] as [number, number, number, number]] }],
  })
  const told = async (plan: Partial<Plan>, settlements: Dossier['settlements']) => {
    const { findings } = await look(on, on.plan('failover', plan), { ...on.dossier, settlements })
    return findings.filter(({ code }) => code === 'settled-records-mirrored').map(({ text }) => text)
  }
  const forced = { mode: 'forced', positionsKept: true } as const
  expect(await told(forced, [settlement('discard', 'A'), settlement('keep', 'A'), settlement('discard', 'B')])).toEqual(
    [
      expect.stringMatching(
        /^7 records of A that were settled \(discard in episode 1\) were mirrored to B all the same/,
      ),
    ],
  )
  expect(await told({ ...forced, mode: 'planned' }, [settlement('discard', 'A')])).toEqual([])
  expect(await told({ mode: 'forced' }, [settlement('discard', 'A')])).toEqual([])
})

describe("what the pair's watch found", () => {
  const now = () => new Date().toISOString()
  const answer = (change: Partial<Readiness> = {}): Readiness => ({
    version: 1,
    verdict: 'blocked',
    reasons: [
      { text: 'It stands.', blocking: true, from: 'watch', code: 'stall', since: now(), todo: 'Resume it.' },
      { text: 'It grows.', blocking: false, from: 'watch', code: 'lag-growth', since: now(), todo: 'Add tasks.' },
      { text: 'It is paused.', blocking: true, from: 'watch', code: 'link-state', since: now(), todo: 'Resume it.' },
      { text: 'A failover is under way.', blocking: true, from: 'episode' },
    ],
    sampledAt: now(),
    ageSeconds: 0,
    stale: false,
    unprotectedSince: null,
    forcedLoss: { records: 0, seconds: 0, asOf: now(), uncertaintySeconds: 0 },
    ...change,
  })
  const told = async (on: Scene, readiness: Readiness | null, mode: Plan['mode'] = 'planned') => {
    const plan = on.plan('failover', { mode })
    const { findings } = await assess(on.deps, { plan, dossier: on.dossier, readiness }, signal)
    return findings.filter(({ code }) => code.startsWith('watch-'))
  }

  test('blocks a planned run, and a forced one is told; what assess sees itself and its own episode are left out', async () => {
    const planned = await told(scene(), answer())
    expect(planned.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      'watch-stall blocking',
      'watch-lag-growth warning',
    ])
    expect(planned[0]?.text).toMatch(/^Since .*Z: It stands. Resume it.$/)
    expect((await told(scene(), answer(), 'forced')).map(({ severity }) => severity)).toEqual(['warning', 'warning'])
  })

  test('a watch that has not looked for two minutes blocks a planned run, by the clock of whoever asks', async () => {
    const old = new Date(Date.now() - 121_000).toISOString()
    const [stale] = await told(scene(), answer({ reasons: [], verdict: 'ready', sampledAt: old, ageSeconds: 3 }))
    expect(stale).toMatchObject({ code: 'watch-stale', severity: 'blocking' })
    expect(stale?.text).toContain(`is from ${old}, 121 s ago`)
    const [never] = await told(
      scene(),
      answer({ reasons: [], sampledAt: null, ageSeconds: null, stale: true }),
      'forced',
    )
    expect(never).toMatchObject({ severity: 'warning', text: expect.stringContaining('has never sampled') })
  })

  test('says nothing of a pair that is unprotected by intent, and nothing when nobody answers', async () => {
    expect(await told(scene(), answer({ stale: true, unprotectedSince: now() }))).toEqual([])
    expect(await told(scene(), null)).toEqual([])
  })
})

test('a link that copies uncommitted records is a finding for topics that transactions write, named with their ids', async () => {
  const told = async (settings: Record<string, string> | undefined, transactional: boolean) => {
    const on = scene()
    if (settings) on.ab.description.settings = settings
    on.a.writers.set(topic, [[0, 7, 0, 1, Date.now()]])
    if (transactional) on.a.transactions.set(7, 'payments-1')
    return (await look(on)).findings.find(({ code }) => code === 'link-reads-uncommitted')
  }
  expect(await told({}, true)).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining(`${topic} (by payments-1)`),
  })
  expect(await told({ 'source.consumer.isolation.level': 'read_uncommitted' }, true)).toBeDefined()
  expect(await told({}, false)).toBeUndefined()
  expect(await told({ 'source.source.consumer.isolation.level': 'read_committed' }, true)).toBeUndefined()
  expect(await told(undefined, true)).toBeUndefined()
})

test('whoever writes what it makes of its input declares the outputs of what it reads again', async () => {
  const outputs = async (change: Record<string, unknown>) => {
    const on = scene(
      sampleConfig((raw) => {
        const applications = raw.pairs['accounting']?.['applications'] as Record<string, unknown>[]
        Object.assign(applications[1] ?? {}, change)
      }),
    )
    on.b.committed = [
      {
        group: 'billing',
        topics: [
          {
            topic: `${topic}.A`,
            offsets: [
              [0, 81],
              [1, 51],
            ],
          },
        ],
      },
    ]
    const plan = on.plan('failover', { mode: 'forced' })
    const { expectations } = await look(on, plan)
    expect(expectations.duplicates).toEqual([{ group: 'billing', records: 20 }])
    return expectations.duplicateOutputs
  }
  expect(await outputs({ transactionalIds: ['billing-0'] })).toEqual([{ application: 'billing', records: 20 }])
  expect(await outputs({ kind: 'streams' })).toEqual([{ application: 'billing', records: 20 }])
  expect(await outputs({})).toBeUndefined()
})

test('what the watch saw lost is said before the approval, although the link has gone on behind it', async () => {
  const on = scene()
  const topicId = on.a.topics.get(topic)?.topicId ?? ''
  const lost = [{ topic, topicId, partition: 0, from: 10, to: 40, seenAt: '2026-01-01T00:00:00.000Z' }]
  on.dossier.lastSample = packSample({ ...emptySample, lost })
  const told = await look(on)
  expect(told.expectations).toMatchObject({ lossRecords: 0, lostBefore: 30 })
  expect(told.findings.find(({ code }) => code === 'lost-before')).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining(`${topic}-0 offsets 10 to 39`),
  })
  on.dossier.lastSample = packSample({ ...emptySample, lost: lost.map((range) => ({ ...range, topicId: 'old' })) })
  expect((await look(on)).expectations.lostBefore).toBeUndefined()
})

test('offsets that expired unseen are a warning with an unknown number of records, and no reason to refuse', async () => {
  const on = scene()
  on.a.withTopic(topic, [[0, 10, 100, 100]])
  on.ab.positions.set(topic, [[0, 2]])
  const assessed = await assess(on.deps, { plan: on.plan(), dossier: on.dossier }, new AbortController().signal)
  expect(assessed.findings.find(({ code }) => code === 'expired-unknown')).toMatchObject({
    severity: 'warning',
    text: expect.stringMatching(new RegExp(`${topic}-0 offsets 3 to 9.*the number of records lost is unknown`)),
  })
})

test('what is in the copies and was never committed is expected before the approval, as far as it is mirrored', async () => {
  const phantoms = async (change: (on: Scene) => void, more: Partial<Plan> = {}) => {
    const on = scene()
    on.ab.description.settings = {}
    on.a.writers.set(topic, [[0, 7, 0, 1, Date.now()]])
    on.a.transactions.set(7, 'payments-1')
    on.a.uncommitted.set(`${topic}/0`, { aborted: [[10, 14, 4]], open: [[90, 95, 5]] })
    change(on)
    return (await look(on, on.plan('failover', more))).expectations.phantoms
  }
  expect(await phantoms(() => undefined)).toEqual({ aborted: 4, open: 5, partitions: 1, unread: 0 })
  expect(await phantoms(({ ab }) => ab.positions.set(topic, [[0, 49]]))).toMatchObject({ aborted: 4, open: 0 })
  expect(
    await phantoms(({ ab }) => (ab.description.settings = { 'source.consumer.isolation.level': 'read_committed' })),
  ).toBeUndefined()
  expect(await phantoms(({ a }) => a.transactions.clear())).toBeUndefined()
  // It cannot be read: that is no "none".
  const silent = ({ a }: Scene) => {
    a.scanUncommitted = () => Promise.reject(unreachable('no answer'))
  }
  expect(await phantoms(silent)).toEqual({ aborted: 0, open: 0, partitions: 0, unread: 2 })
  // Dark: what was undecided when it was last seen, and is mirrored.
  const dark = await phantoms(
    ({ a, dossier }) => {
      a.dark = true
      dossier.lastSample = packSample({
        at: new Date().toISOString(),
        sourceReachable: false,
        linkReachable: true,
        totalLag: null,
        ends: [
          {
            topic,
            partitions: [
              [0, 0, 100, 92],
              [1, 0, 50, 50],
            ],
          },
        ],
        mirroredTo: [],
        groups: [],
      })
    },
    { mode: 'forced' },
  )
  expect(dark).toEqual({ aborted: 0, open: 8, partitions: 1, unread: 1 })
})

test('a producer that is never told of a refusal is warned of by name', async () => {
  const on = scene(
    sampleConfig((raw) => {
      const applications = raw.pairs['accounting']?.['applications'] as Record<string, unknown>[] | undefined
      const entry = applications?.[0]
      if (entry) entry['acks'] = 0
    }),
  )
  const { findings } = await look(on)
  expect(findings.find(({ code }) => code === 'acks-zero')).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining('entry'),
  })
})

test('an assessment writes nothing', async () => {
  const on = scene()
  await look(on)
  const verbs = on.calls.map((call) => call.split('.').at(-1))
  expect(verbs.filter((verb) => /^(create|delete|set|enable|disable|stop|start)/.test(verb ?? ''))).toEqual([])
})

test('a dark source stops a planned run and is expected by a forced one', async () => {
  const on = scene()
  on.a.dark = true
  const planned = await look(on)
  expect(codes(planned.findings, 'blocking')).toEqual(['source-unreachable'])
  expect(planned.sourceReachable).toBe(false)
  const forced = await look(on, on.plan('failover', { mode: 'forced' }))
  expect(codes(forced.findings, 'blocking')).toEqual([])
  expect(codes(forced.findings, 'info')).toContain('source-dark')
  expect(codes(forced.findings, 'warning')).toEqual(['loss-estimated'])
  expect(forced.snapshots.map(({ cluster }) => cluster)).toEqual(['B'])
})

test('what a forced run loses is null without a sample, and what the last sample knew with one', async () => {
  const on = scene()
  on.a.dark = true
  const forced = on.plan('failover', { mode: 'forced' })
  expect((await look(on, forced)).expectations.lossRecords).toBeNull()
  const lastSample = {
    at: '2026-01-01T00:00:00.000Z',
    sourceReachable: true,
    linkReachable: true,
    totalLag: 7,
    ends: [
      {
        topic,
        partitions: [
          [0, 0, 105, 105] as [number, number, number, number],
          [1, 0, 52, 52] as [number, number, number, number],
        ],
      },
    ],
    mirroredTo: [],
    groups: [],
  }
  const { expectations } = await look(on, forced, { ...on.dossier, lastSample: packSample(lastSample) })
  // 105 - 100 and 52 - 50: the link's own position is newer than the sample's.
  expect(expectations.lossRecords).toBe(7)
  expect(expectations.orderBreaks).toMatchObject([{ group: 'billing' }])
  const first: [number, number, number, number] = [0, 0, 90, 90]
  const behind = { ...lastSample, ends: [{ topic, partitions: [first, [1, 0, 40, 40] as typeof first] }] }
  const none = await look(on, forced, { ...on.dossier, lastSample: packSample(behind) })
  // An estimate of none is not none: something may have been written after the last look.
  expect(none.expectations.lossRecords).toBe(0)
  expect(none.expectations.orderBreaks).toMatchObject([{ reason: expect.stringContaining('after the last check') }])
  expect(none.findings.find(({ code }) => code === 'loss-estimated')?.text).toContain('2026-01-01T00:00:00.000Z')
  expect(none.expectations.lossSeenAt).toBe('2026-01-01T00:00:00.000Z')
  // The link has a position of partition 1, which nobody has seen on the source.
  const narrow = { ...lastSample, ends: [{ topic, partitions: [first] }] }
  const partly = await look(on, forced, { ...on.dossier, lastSample: packSample(narrow) })
  expect(partly.expectations.lossRecords).toBeNull()
  expect(partly.expectations.lossText).toBe(
    `unknown, since nothing is known of ${topic}/1, which the last sample does not cover; elsewhere at most 0 records by the last sample`,
  )
})

test('without a drain a group may read again what lies behind its translated offset', async () => {
  const on = scene()
  on.b.committed = [{ group: 'billing', topics: [{ topic: `${topic}.A`, offsets: [[0, 91]] }] }]
  const { expectations } = await look(on, on.plan('failover', { mode: 'forced' }))
  expect(expectations.duplicates).toEqual([{ group: 'billing', records: 10 + 51 }])
})

test.each<[string, (on: Scene) => void]>([
  ['partition-parity', (on) => on.b.withTopic(topic, [[0, 0, 0, 0]])],
  ['topic-missing', (on) => on.b.topics.delete(topic)],
  ['partitions-offline', (on) => on.a.offline.set(topic, [1])],
  ['link-not-running', (on) => (on.ab.description.state = 'paused')],
  ['link-unreachable', (on) => (on.ab.dark = true)],
  ['link-obstacle', (on) => (on.ab.description.obstacles = ['errors.tolerance is all'])],
  ['selection-misses-topics', (on) => (on.ab.description.selection = 'other')],
  ['topics-unassigned', (on) => (on.ab.description.assigned = [{ topic: 'x', partitions: [0] }])],
  ['truncated-or-recreated', (on) => on.ab.positions.set(topic, [[0, 500]])],
  ['target-unreachable', (on) => (on.b.dark = true)],
  [
    'target-group-active',
    (on) => on.b.groups.set('billing', { group: 'billing', state: 'active', protocol: 'classic', members: ['m'] }),
  ],
  ['access-denied', (on) => on.b.denied.set('User:entry Write', [topic])],
])('%s is in the way of a planned failover', async (code, spoil) => {
  const on = scene()
  spoil(on)
  const { findings } = await look(on)
  expect(codes(findings, 'blocking')).toContain(code)
  expect(findings.every(({ text }) => text.length > 20)).toBe(true)
})

test('a group that nobody can look into is told, and does not stop the run', async () => {
  const on = scene()
  on.b.groups.set('billing', { group: 'billing', state: 'unknown', protocol: 'unknown', members: [] })
  const { findings } = await look(on)
  expect(codes(findings, 'warning')).toEqual(['target-group-unknown'])
  expect(codes(findings, 'blocking')).toEqual([])
})

test('a share group, on either side, is said to have nothing that could be placed', async () => {
  const on = scene()
  on.a.groups.set('billing', { group: 'billing', state: 'unknown', protocol: 'share', members: [] })
  const { findings } = await look(on)
  expect(findings.filter(({ code }) => code === 'share-group')).toMatchObject([
    { severity: 'blocking', text: expect.stringContaining('Share groups on A: billing.') },
  ])
  on.b.groups.set('billing', { group: 'billing', state: 'unknown', protocol: 'share', members: [] })
  const forced = await look(on, on.plan('failover', { mode: 'forced' }))
  expect(codes(forced.findings, 'blocking')).toEqual(['share-group'])
  expect(codes(forced.findings, 'warning')).toContain('share-group')
  expect(codes(forced.findings, 'warning')).not.toContain('target-group-unknown')
})

test('members of a streams group on the target are in the way, though nobody can name them', async () => {
  const on = scene()
  on.b.groups.set('billing', { group: 'billing', state: 'active', protocol: 'streams', members: [] })
  const { findings } = await look(on)
  expect(findings.find(({ code }) => code === 'target-group-active')?.text).toContain(
    'billing (a streams group, with members that cannot be named)',
  )
})

test('where the groups would continue is foreseen from the same look, and bound without an offset', async () => {
  const on = scene()
  const { expectations, offsets } = await look(on)
  expect(expectations).toMatchObject({
    duplicates: [{ group: 'billing', records: 0 }],
    positions: [{ group: 'billing', bases: 'dd/dd' }],
  })
  expect(offsets).toEqual({
    partitions: 4,
    rows: [
      ['billing', `${topic}.A`, 0, 101, 100, -1, 0, 'end after a planned drain', 'done'],
      ['billing', `${topic}.A`, 1, 51, 50, -1, 0, 'end after a planned drain', 'done'],
      ['billing', topic, 0, 0, -1, -1, 0, 'present end: the cut is not marked yet', 'done'],
      ['billing', topic, 1, 0, -1, -1, 0, 'present end: the cut is not marked yet', 'done'],
    ],
  })
  on.b.committed = [{ group: 'billing', topics: [{ topic: `${topic}.A`, offsets: [[0, 91]] }] }]
  on.a.dark = true
  const forced = await look(on, on.plan('failover', { mode: 'forced' }))
  expect(forced.expectations.positions).toEqual([{ group: 'billing', bases: 'ru/dd' }])
  expect(forced.offsets?.rows[0]).toEqual([
    'billing',
    `${topic}.A`,
    1,
    0,
    -1,
    -1,
    51,
    'start: no translation',
    'untold',
  ])
})

test('records that a group has still to read on the source and its copy has removed are in the way before anything is stopped', async () => {
  const on = scene()
  on.b.withTopic(`${topic}.A`, [
    [0, 101, 101, 101],
    [1, 51, 51, 51],
  ])
  on.a.committed = [{ group: 'billing', topics: [{ topic, offsets: [[0, 90], [1, 50]] }] }] // prettier-ignore
  const found = async (change = {}) =>
    (await look(on, on.plan('failover', change))).findings.filter(({ code }) => code === 'copy-lacks-unread')
  expect(await found()).toMatchObject([
    {
      severity: 'blocking',
      text: expect.stringContaining(
        `billing still has to read 10 records at offsets 90 to 99 of ${topic} partition 0 on A, and the copy ${topic}.A does not hold them any more`,
      ),
    },
  ])
  expect(await found({ mode: 'forced' })).toMatchObject([{ severity: 'warning' }])
  on.a.committed = [{ group: 'billing', topics: [{ topic, offsets: [[0, 100], [1, 50]] }] }] // prettier-ignore
  expect(await found()).toEqual([])
})

test('unread records that are gone on the target are in the way before anything is stopped, and not in a forced run', async () => {
  const on = scene()
  on.b.withTopic(topic, [[0, 30, 40, 40]])
  const groups: GroupOffsets[] = [{ group: 'billing', topics: [{ topic, offsets: [[0, 20]] }] }]
  const dossier = { ...on.dossier, snapshots: [{ cluster: 'B', episode: 0, at: '2026-01-01T00:00:00.000Z', groups }] }
  const { findings, expectations } = await look(on, on.plan(), dossier)
  expect(findings.find(({ code }) => code === 'no-safe-offset')).toMatchObject({
    severity: 'blocking',
    text: expect.stringContaining('read to 20, but the topic starts at 30'),
  })
  expect(expectations.positions?.[0]?.bases).toContain('l')
  const forced = await look(on, on.plan('failover', { mode: 'forced' }), dossier)
  expect(codes(forced.findings, 'warning')).toContain('no-safe-offset')
  // The remedy that it names.
  on.b.committed = [{ group: 'billing', topics: [{ topic, offsets: [[0, 30]] }] }]
  expect((await look(on, on.plan(), dossier)).findings.filter(({ code }) => code === 'no-safe-offset')).toEqual([])
})

test('a denial by our own fence is lifted by the run and not in its way', async () => {
  const on = scene()
  on.b.denied.set('User:entry Write', [topic])
  const fences = [{ cluster: 'B', episode: 1, at: '2026-01-01T00:00:00.000Z', added: [aDeny(topic)], proof: '' }]
  const { findings } = await look(on, on.plan(), { ...on.dossier, fences })
  expect(codes(findings, 'blocking')).toEqual([])
  expect(codes(findings, 'info')).toContain('target-fenced-by-us')
})

test('committed offsets that have expired since the last snapshot are carried on', async () => {
  const on = scene()
  on.a.committed = [{ group: 'billing', topics: [{ topic, offsets: [[1, 50]] }] }]
  const groups = [
    {
      group: 'billing',
      topics: [
        {
          topic,
          offsets: [
            [0, 80],
            [1, 20],
          ] as [number, number][],
        },
      ],
    },
  ]
  const snapshots = [{ cluster: 'A', episode: 1, at: '2026-01-01T00:00:00.000Z', groups }]
  const answer = await look(on, on.plan(), { ...on.dossier, snapshots })
  const ofA = answer.snapshots.find(({ cluster }) => cluster === 'A')
  expect(ofA?.groups[0]?.topics).toEqual([
    {
      topic,
      offsets: [
        [0, 80],
        [1, 50],
      ],
    },
  ])
})

test('a group that is behind over both sides is named before the approval, with how much comes late; others are not', async () => {
  const on = scene(
    sampleConfig(({ pairs: { accounting } }) => {
      const apps = accounting?.['applications'] as Record<string, unknown>[]
      apps.push({ ...apps[1], name: 'shipping', principal: 'User:shipping', group: 'shipping' })
    }),
  )
  const mirroredTo = [
    {
      topic,
      offsets: [
        [0, 99],
        [1, 49],
      ] as [number, number][],
    },
  ]
  const dossier = { ...stagedDossier(on.dossier, 'reset'), moves: [aMove({ mode: 'forced', mirroredTo })] }
  on.a.committed = [
    {
      group: 'billing',
      topics: [
        {
          topic,
          offsets: [
            [0, 70],
            [1, 50],
          ],
        },
      ],
    },
    {
      group: 'shipping',
      topics: [
        {
          topic,
          offsets: [
            [0, 100],
            [1, 50],
          ],
        },
      ],
    },
  ]
  const forced = on.plan('failback', { mode: 'forced', source: 'B', target: 'A', link: { from: 'B', to: 'A' } })
  expect((await look(on, forced, dossier)).expectations.orderBreaks).toMatchObject([{ group: 'billing', records: 30 }])
  // Its consumers read B to its end first, what is on A is known to be read there, and nothing is late.
  const planned = { ...forced, mode: 'planned' as const }
  expect((await look(on, planned, dossier)).expectations.orderBreaks).toEqual([])
})

test('the original link is remembered on the first contact of the episode only', async () => {
  const on = scene()
  const open = { ...stagedDossier(on.dossier, 'reset'), active: 'A', standby: 'B' }
  expect((await look(on, on.plan(), open)).original).toBeNull()
})

test('a reset onto the recovered side has nothing in the way once the old link is empty', async () => {
  const on = scene()
  const dossier = stagedDossier(on.dossier, 'reset')
  on.ab.description.assigned = []
  const { findings, expectations } = await look(on, on.plan('reset'), dossier)
  expect(codes(findings, 'blocking')).toEqual([])
  expect(expectations).toEqual({ lossRecords: 0, duplicates: [], orderBreaks: [] })
})

test.each<[string, (on: Scene) => void]>([
  ['topics-still-mirrored', (on) => (on.ab.description.assigned = [{ topic, partitions: [0] }])],
  ['target-unreachable', (on) => (on.a.dark = true)],
  ['partitions-offline', (on) => on.a.offline.set(topic, [0])],
  ['next-link-unreachable', (on) => (on.ba.dark = true)],
])('%s is in the way of a reset', async (code, spoil) => {
  const on = scene()
  on.ab.description.assigned = []
  spoil(on)
  const { findings } = await look(on, on.plan('reset'), stagedDossier(on.dossier, 'reset'))
  expect(codes(findings, 'blocking')).toContain(code)
})

test('a pattern as the original selection goes back: the link of the failover is off by then', async () => {
  const on = scene()
  on.ab.description = { ...on.ab.description, assigned: [], selection: `(?!(?:accounting\\.invoices)$)(?:.*)` }
  on.ba.description.selection = 'accounting\\..*'
  const dossier = stagedDossier(on.dossier, 'reset')
  expect(codes((await look(on, on.plan('reset'), dossier)).findings, 'blocking')).toEqual([])
  // Names that do not tell where a copy came from are kept back by nobody.
  const rename = (addSuffix: string) => ({ type: 'rename' as const, rename: { addSuffix } })
  const naming = { ...on.plan('reset').naming, copies: { A: rename('.a'), B: rename('.b') } }
  expect(codes((await look(on, on.plan('reset', { naming }), dossier)).findings, 'blocking')).toContain('cycle')
})

test('a replacement whose alias was used before is refused by the topics that carry it', async () => {
  const on = scene()
  on.ab.description.assigned = []
  on.b.withTopic(`${topic}.C`, [[0, 0, 5, 5]])
  const plan = on.plan('reset', { branch: 'replace', target: 'C', nextLink: { from: 'B', to: 'C' } })
  const { findings } = await look(on, plan, stagedDossier(on.dossier, 'reset'))
  expect(codes(findings, 'blocking')).toEqual(['alias-in-use'])
  expect(codes(findings, 'warning')).toContain('topic-missing')
})

test('a failover that is not complete is in the way of a reset', async () => {
  const on = scene()
  on.ab.description.assigned = []
  const dossier = stagedDossier(on.dossier, 'reset')
  const moving = { ...dossier, episode: dossier.episode && { ...dossier.episode, stage: 'failing-over' as const } }
  const { findings } = await look(on, on.plan('reset'), moving)
  expect(codes(findings, 'blocking')).toContain('failover-incomplete')
})

const mayWrite: AclEntry = {
  resource: 'topic',
  name: 'accounting.',
  pattern: 'prefixed',
  principal: 'User:hourly',
  host: '*',
  operation: 'Write',
  permission: 'allow',
}

function withFence(fence: object) {
  return sampleConfig((raw) => Object.assign(raw.pairs['accounting'] ?? {}, { fence }))
}

test('a writer that nobody listed is in the way, with who, where and since when it writes', async () => {
  const on = scene()
  on.a.entries = [mayWrite, { ...mayWrite, principal: 'User:entry' }]
  on.a.writers.set(topic, [[0, 4711, 0, 12, Date.UTC(2026, 0, 1, 2)]])
  const found = (await look(on)).findings.filter(({ code }) => code === 'unlisted-writer')
  expect(found).toMatchObject([{ severity: 'blocking', text: expect.stringContaining('User:hourly may write') }])
  expect(found[0]?.text).toContain(topic)
  expect(found[0]?.text).toContain('4711 at 2026-01-01T02:00:00.000Z')
  const forced = await look(on, on.plan('failover', { mode: 'forced' }))
  expect(codes(forced.findings, 'warning')).toContain('unlisted-writer')
})

test('a producer that writes where no ACL lets anybody is warned of, and the approval is bound to it', async () => {
  const on = scene()
  on.a.entries = [{ ...mayWrite, principal: 'User:billing', operation: 'Read' }]
  on.a.writers.set(topic, [[0, 4711, 0, 12, Date.now()]])
  const { findings, expectations } = await look(on)
  expect(findings.find(({ code }) => code === 'producer-exempt')).toMatchObject({
    severity: 'warning',
    text: expect.stringMatching(/^User:entry is probably a super user of A.*super\.users/),
  })
  expect(expectations.exempt).toEqual([{ principal: 'User:entry', topics: [topic] }])
  on.a.entries = [mayWrite, { ...mayWrite, principal: 'User:entry' }]
  const explained = await look(on)
  expect(codes(explained.findings)).not.toContain('producer-exempt')
  expect(explained.expectations.exempt).toBeUndefined()
})

test('a writer that is declared as known, and our own login, are in nobodys way', async () => {
  const config = withFence({ ignorePrincipals: ['User:hourly'] })
  Object.assign(config.clusters['A'] ?? {}, { sasl: { mechanism: 'PLAIN', username: 'boss', password: { env: 'X' } } })
  const on = scene(config)
  on.a.entries = [mayWrite, { ...mayWrite, principal: 'User:boss', name: '*', pattern: 'literal' }]
  expect(codes((await look(on)).findings, 'blocking')).toEqual([])
})

test('a topic that somebody writes and nobody is a producer of is in the way, unless accepted', async () => {
  const written = (config = sampleConfig()) => {
    const on = scene(config)
    on.a.writers.set(topic, [[1, 815, 0, 3, -1]])
    const plan = on.plan()
    return look(on, { ...plan, applications: plan.applications.filter(({ kind }) => kind === 'consumer') })
  }
  const { findings } = await written()
  expect(findings.find(({ code }) => code === 'unlisted-producer')).toMatchObject({
    severity: 'blocking',
    text: expect.stringContaining('815'),
  })
  expect(codes((await written(withFence({ ignoreProducersOf: [topic] }))).findings, 'blocking')).toEqual([])
})

test('writers that cannot be looked for are a warning with the reason', async () => {
  const on = scene()
  on.a.producers = () => Promise.reject(rejected('Cannot see who writes: it answered TOPIC_AUTHORIZATION_FAILED.'))
  expect((await look(on)).findings.find(({ code }) => code === 'writers-unknown')).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining('TOPIC_AUTHORIZATION_FAILED'),
  })
})

test('a loop that the other links close is told on the link as it is, with every station', async () => {
  const on = scene()
  on.ba.description = { ...on.ba.description, state: 'running', selection: '.*' }
  const found = (await look(on)).findings.filter(({ code }) => code.startsWith('cycle'))
  expect(found).toMatchObject([{ code: 'cycle-by-others', severity: 'warning' }])
  expect(found[0]?.text).toContain(`A ${topic} -> B ${topic}.A -> A ${topic}.A.B`)
  on.ba.description.state = 'stopped'
  expect(codes((await look(on)).findings, 'warning')).not.toContain('cycle-by-others')
})

test('where copies keep their names nothing is in the way of a failover, but a loop is: no guard sees it', async () => {
  const config = sampleConfig((raw) => {
    Object.assign(raw.pairs['accounting'] ?? {}, { naming: { kind: 'none' } })
  })
  const on = scene(config)
  on.b.withTopic(topic, [
    [0, 0, 100, 100],
    [1, 0, 50, 50],
  ])
  expect(codes((await look(on)).findings, 'blocking')).toEqual([])
  on.ba.description = { ...on.ba.description, state: 'running', selection: '.*' }
  const found = (await look(on)).findings.filter(({ code }) => code.startsWith('cycle'))
  expect(found).toMatchObject([{ code: 'cycle-unguarded', severity: 'blocking' }])
  expect(found[0]?.text).toContain(`A ${topic} -> B ${topic} -> A ${topic}`)
  expect(codes((await look(on, on.plan('failover', { mode: 'forced' }))).findings, 'warning')).toContain(
    'cycle-unguarded',
  )
})

test('groups that are called otherwise on the target are told with their ids', async () => {
  const on = scene()
  const { findings } = await look(on, on.plan('failover', { groupIds: { B: { billing: 'billing-dr' } } }))
  expect(findings.filter(({ code }) => code === 'groups-renamed')).toMatchObject([
    { severity: 'info', text: expect.stringContaining('billing is billing-dr') },
  ])
})

test.each([
  ['looks-like-a-copy', 'orders.B'],
  ['copy-collides', `${topic}.A`],
])('%s: a local topic named by an alias is in the way', async (code, name) => {
  const config = sampleConfig((raw) => {
    Object.assign(raw.pairs['accounting'] ?? {}, { topics: [topic, name] })
  })
  const on = scene(config)
  const plan = on.plan('failover', { topics: [topic] })
  expect(codes((await look(on, plan)).findings, 'blocking')).toContain(code)
  const forced = await look(on, { ...plan, mode: 'forced' })
  expect(codes(forced.findings, 'warning')).toContain(code)
})

test('settings that differ are told by setting, with both values and what it means', async () => {
  const on = scene()
  on.a.settings.set(topic, { 'retention.ms': '604800000', 'cleanup.policy': 'delete' })
  on.b.settings.set(topic, { 'retention.ms': '86400000', 'cleanup.policy': 'compact' })
  const found = (await look(on)).findings.filter(({ code }) => code === 'settings-differ')
  expect(found).toMatchObject([{ severity: 'warning' }, { severity: 'warning' }])
  expect(found.map(({ text }) => text).join('\n')).toContain(
    `retention.ms differs: ${topic} (A: 604800000, B: 86400000): records expire sooner there`,
  )
  const reset = await look(on, on.plan('reset'), stagedDossier(on.dossier, 'reset'))
  expect(codes(reset.findings, 'warning').filter((code) => code === 'settings-differ')).toHaveLength(2)
})

test('fewer replicas than writes need are in the way, before anything is stopped', async () => {
  const on = scene()
  on.b.settings.set(topic, { 'min.insync.replicas': '2' })
  on.b.replicas.set(topic, 1)
  const { findings } = await look(on)
  expect(findings.find(({ code }) => code === 'too-few-replicas')).toMatchObject({
    severity: 'blocking',
    text: expect.stringContaining(`${topic} (1 of 2)`),
  })
  on.b.replicas.set(topic, 2)
  expect(codes((await look(on)).findings, 'blocking')).toEqual([])
})

test('settings that cannot be read are a warning with the reason', async () => {
  const on = scene()
  on.b.topicSettings = () => Promise.reject(rejected('Cannot read the settings: TOPIC_AUTHORIZATION_FAILED.'))
  expect((await look(on)).findings.find(({ code }) => code === 'settings-unknown')).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining('on B'),
  })
})

test('a missing local topic is in the way, and is to be created where that was asked for', async () => {
  const on = scene()
  on.b.topics.delete(topic)
  expect(codes((await look(on)).findings, 'blocking')).toContain('topic-missing')
  const { findings } = await look(on, on.plan('failover', { createTopics: true }))
  expect(codes(findings, 'blocking')).toEqual([])
  expect(findings.find(({ code }) => code === 'topic-to-create')).toMatchObject({
    severity: 'info',
    text: expect.stringContaining(`B has no topic ${topic}: the run creates it right after the approval`),
  })
})

test('a consumer that may not read as its group on the target is in the way', async () => {
  const on = scene()
  on.b.denied.set('User:billing Group', ['billing'])
  expect((await look(on)).findings.find(({ code }) => code === 'access-denied')).toMatchObject({
    severity: 'blocking',
    text: expect.stringContaining('User:billing may not read as the group billing on B'),
  })
})

test('applications whose state does not move are warned of, and have their step in the plan', async () => {
  const config = sampleConfig((raw) => {
    const applications = raw.pairs['accounting']?.['applications'] as Record<string, unknown>[] | undefined
    if (applications?.[1]) applications[1]['kind'] = 'streams'
  })
  const on = scene(config)
  const plan = on.plan()
  expect(plan.applications.map(({ kind, stays }) => [kind, stays])).toEqual([
    ['producer', undefined],
    ['consumer', 'streams'],
  ])
  const ids = plan.steps.map(({ id }) => id)
  expect(ids.indexOf('hand-over-consumers')).toBe(ids.indexOf('start-consumers') - 1)
  expect(ids).not.toContain('hand-over-producers')
  expect((await look(on, plan)).findings.find(({ code }) => code === 'state-by-hand')).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining('billing (Kafka Streams'),
  })
  expect(codes((await look(scene())).findings)).not.toContain('state-by-hand')
})

test('a prefixed fence that hits a topic somebody writes blocks a planned run, and is bound by the approval', async () => {
  const on = scene()
  on.ab.description.copiesAcls = true
  on.b.openWithoutAcl = true
  const late = `${topic}.late`
  on.a.withTopic(late, [[0, 0, 5, 5]])
  const quiet = await look(on)
  expect(quiet.findings.find(({ code }) => code === 'fence-hits')).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining(`${late} (User:entry)`),
  })
  expect(quiet.expectations.fence).toEqual({ denies: [{ topic: late, principals: ['User:entry'] }], admits: [] })
  on.a.writers.set(late, [[0, 7, 0, 1, Date.now()]])
  expect(codes((await look(on)).findings, 'blocking')).toContain('fence-hits-writer')
  expect(codes((await look(on, on.plan('failover', { mode: 'forced' }))).findings, 'blocking')).toEqual([])
  on.ab.description.copiesAcls = false
  expect((await look(on)).expectations.fence).toBeUndefined()
})

test('a topic that a prefixed fence hits and that cannot be seen hides no writer of another one, and is not said to be without', async () => {
  const on = scene()
  on.ab.description.copiesAcls = true
  on.b.openWithoutAcl = true
  const [live, hidden] = [`${topic}.live`, `${topic}.hidden`]
  for (const name of [live, hidden]) on.a.withTopic(name, [[0, 0, 5, 5]])
  on.a.writers.set(live, [[0, 7, 0, 1, Date.now()]])
  const all = on.a.producers.bind(on.a)
  on.a.producers = async (topics: string[]) => {
    if (topics.includes(hidden)) throw rejected(`${hidden} is not shown to us.`)
    return all(topics)
  }
  const { findings } = await look(on)
  expect(findings.find(({ code }) => code === 'fence-hits-writer')).toMatchObject({
    severity: 'blocking',
    text: expect.stringContaining(`${live} (User:entry)`),
  })
  expect(findings.filter(({ code }) => code === 'fence-hits').map(({ text }) => text)).toEqual([
    expect.stringContaining(`${hidden} (User:entry). Whether somebody writes there could not be seen.`),
  ])
})

test('a source that admits everybody without ACLs is declared, and a fence that would shut somebody out blocks', async () => {
  const on = scene()
  on.a.openWithoutAcl = true
  const open = await look(on)
  expect(open.expectations.fence).toEqual({ denies: [], admits: [topic] })
  expect(codes(open.findings, 'blocking')).toEqual([])
  expect(codes(open.findings)).toContain('fence-open')
  on.a.openWithoutAcl = null
  const unknown = await look(on)
  expect(unknown.findings.find(({ code }) => code === 'fence-harms')?.text).toMatch(/openWithoutAcls/)
  expect(codes(unknown.findings, 'blocking')).toContain('fence-harms')
})

test('what our own standing fence admits is no writer that nobody listed', async () => {
  const on = scene()
  on.a.openWithoutAcl = true
  const ours: AclEntry[] = [
    {
      resource: 'topic',
      name: topic,
      pattern: 'literal',
      principal: 'User:*',
      host: '*',
      operation: 'All',
      permission: 'allow',
    },
  ]
  on.a.entries = ours
  const fences = [{ cluster: 'A', episode: 1, at: '', added: ours, proof: '' }]
  expect(codes((await look(on, on.plan(), { ...on.dossier, fences })).findings)).not.toContain('unlisted-writer')
  expect(codes((await look(on)).findings)).toContain('unlisted-writer')
})

test('a way back whose Connect hangs with the lost side holds up no assessment', async () => {
  const on = scene()
  on.ba.describe = (signal?: AbortSignal) =>
    new Promise<LinkDescription>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
  const began = performance.now()
  expect(codes((await look(on)).findings)).not.toContain('no-way-back')
  expect(performance.now() - began).toBeLessThan(20_000)
}, 30_000)

test('a way back that does not exist is found before the failover: absent with nothing to create it, or not in the file', async () => {
  const on = scene()
  expect(codes((await look(on)).findings)).not.toContain('no-way-back')
  on.ba.description.creatable = false
  const { findings } = await look(on)
  expect(findings.find(({ code }) => code === 'no-way-back')).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining('B->A does not exist on Kafka Connect'),
  })
  const none = scene(sampleConfig((raw) => void raw.pairs['accounting']?.links.splice(1, 1)))
  expect((await look(none)).findings.find(({ code }) => code === 'no-way-back')?.text).toContain('has no link B->A')
  // Of an unreachable Connect nothing is claimed.
  on.ba.dark = true
  expect(codes((await look(on)).findings)).not.toContain('no-way-back')
})

const assigned = (...topics: string[]) => topics.map((name) => ({ topic: name, partitions: [0] }))

test('a reset names what else loses its mirroring; a connector stays on for another pair that relies on it', async () => {
  const on = scene(withShipping())
  const dossier = stagedDossier(on.dossier, 'reset')
  const found = async () => {
    const { findings } = await look(on, on.plan('reset'), dossier)
    return findings.filter(({ code }) => code.startsWith('link-'))
  }
  // Heartbeats are copied whatever is selected, and nobody loses anything by them.
  on.ab.description = { ...on.ab.description, selection: 'hr\\..*', assigned: assigned('hr.pay', 'heartbeats') }
  expect(await found()).toMatchObject([{ code: 'link-carries-others', severity: 'warning' }])
  on.ab.description = { ...on.ab.description, selection: 'shipping.orders', assigned: assigned('shipping.orders') }
  const [used, ...rest] = await found()
  expect(rest).toEqual([])
  expect(used).toMatchObject({ code: 'link-stays-on', severity: 'info' })
  expect(used?.text).toContain('shipping (shipping.orders)')
})

test("a connector stays on for the pair's own topics that stayed; where the cluster is replaced they lose their mirroring, by name", async () => {
  const on = scene(withTwoTopics())
  on.ab.description = {
    ...on.ab.description,
    selection: 'accounting.ledger',
    assigned: assigned('accounting.ledger'),
  }
  const dossier = stagedDossier(on.dossier, 'reset')
  const found = async (change: Partial<Plan>) => {
    const plan = { ...on.plan('reset'), topics: ['accounting.invoices'], ...change }
    const { findings } = await look(on, plan, dossier)
    return findings.find(({ code }) => code === 'link-stays-on' || code === 'link-carries-others')
  }
  expect(await found({})).toMatchObject({
    code: 'link-stays-on',
    text: expect.stringContaining('accounting itself (accounting.ledger)'),
  })
  expect(await found({ branch: 'replace' })).toMatchObject({
    code: 'link-carries-others',
    text: expect.stringContaining('accounting.ledger'),
  })
})

/** The pairs accounting and shipping on a provider's instances, with these links. */
function onInstances(...links: string[]): Config {
  return withShipping((raw) => {
    for (const [alias, cluster] of Object.entries(raw.clusters))
      cluster['eventStreams'] = {
        crn: `crn:v1:bluemix:public:messagehub:us-south:a/x:${alias}::`,
        adminUrl: 'https://es.example.org',
      }
    for (const pair of Object.values(raw.pairs)) {
      pair['mirroring'] = { backend: 'event-streams' }
      pair.links = links.map((link) => ({ from: link.slice(0, 1), to: link.slice(-1) }))
    }
    raw.ibmCloud = { apiKey: { env: 'IBMCLOUD_API_KEY' } }
  })
}

test('two mirrorings into one instance are two links for the guard against loops, and one that pairs share is one', async () => {
  const on = scene(onInstances('A->B', 'B->A', 'B->C', 'C->B'))
  on.bc.description = { ...on.bc.description, state: 'running', selection: '.*' }
  const own = { pair: 'accounting', from: 'B', to: 'A' }
  const { otherLinks, configured } = await mirroringNow(on.deps, own, new Map(), new AbortController().signal)
  const named = (links: { from: string; to: string }[]) => links.map(({ from, to }) => `${from}->${to}`)
  expect(named(configured)).toEqual(['A->B', 'B->A', 'B->C', 'C->B'])
  expect(named(otherLinks)).toEqual(['A->B', 'B->C'])
})

test('a reset and a failback are refused where a provider would disable the mirroring of another pair too', async () => {
  const config = onInstances('A->B', 'B->A')
  const on = scene(config)
  on.ab.description = { ...on.ab.description, selection: 'shipping.orders', assigned: assigned('shipping.orders') }
  on.ba.description = { ...on.ba.description, selection: 'shipping.orders', assigned: assigned('shipping.orders') }
  for (const operation of ['reset', 'failback'] as const) {
    const { findings } = await look(on, on.plan(operation), stagedDossier(on.dossier, operation))
    expect(
      findings.find(({ code }) => code === 'link-used-by-pair'),
      operation,
    ).toMatchObject({
      severity: 'blocking',
      text: expect.stringContaining('shipping (shipping.orders)'),
    })
  }
})

describe('what only a person can decide', () => {
  const otherTopic = (rows: [number, number, number, number | null][]) => [{ topic, topicId: expect.any(String), rows }]

  test('records in the local topic of the target are to be decided on before the approval, with their number', async () => {
    const on = scene()
    on.b.withTopic(topic, [
      [0, 0, 40, 40],
      [1, 0, 0, 0],
    ])
    on.b.data = (_topic, _partition, offset) => offset % 2 === 0
    const answer = await look(on)
    expect(answer.open).toEqual([{ about: 'early', topics: otherTopic([[0, 0, 40, 20]]) }])
    expect(codes(answer.findings, 'warning')).toContain('target-topic-not-empty')
    expect(answer.offsets?.rows.find((row) => row[1] === topic && row[2] === 0)?.[3]).toBe(0)

    const choices = [{ ...answer.open?.[0], action: 'cut', by: 'kim' }] as Plan['choices']
    const decided = await look(on, on.plan('failover', choices ? { choices } : {}))
    expect(decided.open).toBeUndefined()
    expect(decided.offsets?.rows.find((row) => row[1] === topic && row[2] === 0)?.[3]).toBe(40)
    expect(decided.findings.find(({ code }) => code === 'target-topic-not-empty')?.text).toBe(
      `Left unread in local topics on B: 20 records from before the cut (${topic}: 20 records), chosen by kim.`,
    )
    // A source that is lost asks the same.
    on.a.dark = true
    expect((await look(on, on.plan('failover', { mode: 'forced' }))).open).toHaveLength(1)
  })

  test('markers alone ask nobody; what is too long to be counted is an upper bound', async () => {
    const on = scene()
    on.b.withTopic(topic, [
      [0, 0, 9, 9],
      [1, 0, 0, 0],
    ])
    on.b.data = () => false
    expect((await look(on)).open).toBeUndefined()
    on.b.withTopic(topic, [
      [0, 0, 90_000, 90_000],
      [1, 0, 0, 0],
    ])
    expect((await look(on)).open).toEqual([{ about: 'early', topics: otherTopic([[0, 0, 90_000, null]]) }])
  })

  test('a group without a commit where there is something to read is asked about by name; a group that just commits is not', async () => {
    const on = scene()
    on.a.committed = [{ group: 'billing', topics: [{ topic, offsets: [[0, 100]] }] }]
    const answer = await look(on)
    expect(answer.open).toEqual([{ about: 'uncommitted', group: 'billing', topics: otherTopic([[1, 0, 50, 50]]) }])
    expect(codes(answer.findings, 'warning')).toEqual(['group-without-commit'])
    // A forced move waits for no group.
    expect((await look(on, on.plan('failover', { mode: 'forced' }))).open).toBeUndefined()

    on.a.groups.set('billing', { group: 'billing', state: 'active', protocol: 'classic', members: ['one'] })
    const looking = look(on)
    setTimeout(() => {
      on.a.committed = [
        {
          group: 'billing',
          topics: [
            {
              topic,
              offsets: [
                [0, 100],
                [1, 50],
              ],
            },
          ],
        },
      ]
    }, 200)
    expect((await looking).open).toBeUndefined()
  })

  test('an old copy whose commits have expired is asked about, and counts as chosen', async () => {
    const on = scene()
    on.a.withTopic(`${topic}.B`, [[0, 0, 30, 30]])
    const [open] = (await look(on)).open ?? []
    expect(open).toMatchObject({ about: 'uncommitted', group: 'billing', topics: [{ topic: `${topic}.B` }] })
    if (open === undefined) throw new Error('nothing is asked')
    const choices = [{ ...open, action: 'end' as const, by: 'kim' }]
    expect((await look(on, on.plan('failover', { choices }))).open).toBeUndefined()
  })

  test('a group without a member that has records to read, and static members, are said before anything is stopped', async () => {
    const on = scene()
    on.a.committed = [
      {
        group: 'billing',
        topics: [
          {
            topic,
            offsets: [
              [0, 90],
              [1, 50],
            ],
          },
        ],
      },
    ]
    const { findings } = await look(on)
    expect(findings.find(({ code }) => code === 'group-without-members')?.text).toContain('billing (10 records)')
    on.a.groups.set('billing', {
      group: 'billing',
      state: 'active',
      protocol: 'classic',
      members: ['one'],
      instances: ['billing-0'],
    })
    const active = await look(on)
    expect(codes(active.findings)).not.toContain('group-without-members')
    expect(active.findings.find(({ code }) => code === 'static-members')?.text).toContain('billing (billing-0)')
  })
})
