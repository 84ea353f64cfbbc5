import { expect, test } from 'vitest'
import { createWaitActivities } from '../../src/activities/waits.ts'
import { lookUntil } from '../../src/activities/waits/look-until.ts'
import type { WatchMemory } from '../../src/contract/watch.ts'
import { refusalText } from '../../src/domain/certificate/refusal.ts'
import { ledgerOfCertificate } from '../../src/domain/losses/ledger.ts'
import { packSample, unpackSample } from '../../src/domain/watch/packed-sample.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { LagSample } from '../../src/contract/evidence.ts'
import { configurationFault, rejected, unreachable } from '../../src/ports/failures.ts'
import { anOpenTransaction } from '../domain/builders.ts'
import { failureOf, type MemoryCluster } from './memory-ports.ts'
import { activity, doors, scene, topic } from './scene.ts'

const link = { pair: 'accounting', from: 'A', to: 'B' }
const naming = { kind: 'suffix' as const, separator: '.', aliases: ['A', 'B', 'C'] }
const soon = { pollMs: 10, maxMs: 300 }
const copy = `${topic}.B`

test('ends that stand still for the whole window are still', async () => {
  const { deps } = scene()
  const { awaitStill } = doors(createWaitActivities(deps))
  const began = performance.now()
  const verdict = await activity().run(awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 120, maxMs: 2_000 })
  expect(verdict).toMatchObject({ still: true, offenders: [], openTransactions: [] })
  expect(performance.now() - began).toBeGreaterThanOrEqual(120)
})

const refused = { principals: ['User:producer-app'], stabilityMs: 60 }

test('once every leader refuses the producers the window only covers what is in flight', async () => {
  const { deps, a } = scene()
  a.denied.set('User:producer-app Write', [topic])
  const { awaitStill } = doors(createWaitActivities(deps))
  const input = { cluster: 'A', topics: [topic], stabilityMs: 5_000, refused, maxMs: 2_000 }
  const verdict = await activity().run(awaitStill, input)
  expect(verdict).toMatchObject({
    still: true,
    stillMs: 60,
    access: [{ principal: 'User:producer-app', evidence: 'asked-as-principal', allowed: [] }],
  })
})

test('records that a leader has taken and nobody has copied yet are told, and are in no proof', async () => {
  const { deps, a } = scene()
  a.denied.set('User:producer-app Write', [topic])
  a.ahead = 2
  const { awaitStill } = doors(createWaitActivities(deps))
  const input = { cluster: 'A', topics: [topic], stabilityMs: 50, refused, maxMs: 400 }
  const verdict = await activity().run(awaitStill, input)
  expect(verdict.still).toBe(false)
  expect(verdict.unreplicated?.[0]).toMatchObject({ topic, partition: 0, highWatermark: 100, logEnd: 102 })
})

test('where log ends cannot be had, or the leaders change, only the long window counts', async () => {
  for (const spoil of [
    (a: MemoryCluster) => (a.logEnds = () => Promise.reject(rejected('A does not know replica -2'))),
    (a: MemoryCluster) => (a.onEnds = () => (a.leader += 1)),
  ]) {
    const { deps, a } = scene()
    a.denied.set('User:producer-app Write', [topic])
    spoil(a)
    const { awaitStill } = doors(createWaitActivities(deps))
    const input = { cluster: 'A', topics: [topic], stabilityMs: 400, refused, maxMs: 2_000 }
    expect(await activity().run(awaitStill, input)).toMatchObject({ still: true, stillMs: 400 })
  }
})

test('a principal that is not refused ends the wait early: an ACL that was just added gets its time', async () => {
  const { deps, a } = scene()
  const { awaitStill } = doors(createWaitActivities(deps))
  const input = { cluster: 'A', topics: [topic], stabilityMs: 50, refused, maxMs: 60_000 }
  const verdict = await activity().run(awaitStill, input)
  expect(verdict).toMatchObject({ still: false, access: [{ allowed: [topic] }] })
  setTimeout(() => a.denied.set('User:producer-app Write', [topic]), 500)
  expect(await activity().run(awaitStill, input)).toMatchObject({ still: true, access: [{ allowed: [] }] })
})

test('somebody who writes is named with offsets and time, and the window begins anew', async () => {
  const { deps, a } = scene()
  let end = 100
  a.onEnds = () => {
    end += 1
    a.withTopic(topic, [
      [0, 0, end, end],
      [1, 0, 50, 50],
    ])
  }
  const { awaitStill } = doors(createWaitActivities(deps))
  const verdict = await activity().run(awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 400, maxMs: 500 })
  expect(verdict.still).toBe(false)
  expect(verdict.offenders).toMatchObject([{ topic, partition: 0, from: 101 }])
  expect(verdict.offenders[0]?.to).toBeGreaterThan(102)
  expect(verdict.offenders[0]?.seconds).toBeGreaterThan(0)
})

test('whoever writes is named by the ids that moved meanwhile, with their transactional ids', async () => {
  const { deps, a } = scene()
  let end = 100
  a.transactions.set(7, 'hourly-1')
  a.writers.set(topic, [
    [0, 5, 0, 1, 1],
    [1, 6, 0, 1, 1],
  ])
  a.onEnds = () => {
    end += 1
    a.withTopic(topic, [
      [0, 0, end, end],
      [1, 0, 50, 50],
    ])
    const [first] = a.writers.get(topic) ?? []
    if (end > 102 && first) a.writers.set(topic, [first, [0, 7, 0, end, end], [1, 6, 0, 1, 1]])
  }
  const { awaitStill } = doors(createWaitActivities(deps))
  const verdict = await activity().run(awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 400, maxMs: 500 })
  expect(verdict.offenders).toMatchObject([{ topic, partition: 0, producers: [[7, 'hourly-1']] }])
})

test('a broker that does not tell who writes does not end the wait', async () => {
  const { deps, a } = scene()
  let end = 100
  a.onEnds = () => a.withTopic(topic, [[0, 0, ++end, end]])
  a.producers = () => Promise.reject(unreachable('not now'))
  const { awaitStill } = doors(createWaitActivities(deps))
  const verdict = await activity().run(awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 400, maxMs: 300 })
  expect(verdict.offenders).toMatchObject([{ partition: 0, producers: null }])
})

test('ends that stand still over an open transaction are not still', async () => {
  const { deps, a } = scene()
  a.withTopic(topic, [
    [0, 0, 100, 90],
    [1, 0, 50, 50],
  ])
  const { awaitStill } = doors(createWaitActivities(deps))
  const verdict = await activity().run(awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 50, maxMs: 300 })
  expect(verdict).toMatchObject({
    still: false,
    openTransactions: [{ topic, partition: 0, highWatermark: 100, lastStable: 90 }],
  })
})

test('who holds a partition open is named in the verdict, in the live numbers, and in the certificate', async () => {
  const { deps, a } = scene()
  a.withTopic(topic, [
    [0, 0, 100, 90],
    [1, 0, 50, 50],
  ])
  a.undecided = [anOpenTransaction({ partitions: [[topic, 0, 90]] })]
  const beats: unknown[] = []
  const env = activity()
  env.onHeartbeat((details) => beats.push(details))
  const waits = doors(createWaitActivities(deps))
  const still = await env.run(waits.awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 50, maxMs: 200 })
  expect(still).toMatchObject({ still: false, transactions: [{ transactionalId: 'app-1' }] })
  expect(beats.at(-1)).toMatchObject({ transactions: ['app-1 (producer 7, Ongoing), open for 12 s'] })
  const input = { ...link, topics: [topic], fencedEnds: null, stallMs: 60_000, ...soon }
  const { certificate } = await env.run(waits.awaitMirrored, input)
  expect(certificate).toMatchObject({ complete: false, transactions: [{ transactionalId: 'app-1' }] })
  expect(beats.at(-1)).toMatchObject({ transactions: ['app-1 (producer 7, Ongoing), open for 12 s'] })
})

test('nobody who names an open transaction costs no verdict', async () => {
  const { deps, a } = scene()
  a.withTopic(topic, [
    [0, 0, 100, 90],
    [1, 0, 50, 50],
  ])
  a.openTransactions = () => Promise.reject(rejected('A does not tell.'))
  const { awaitStill } = doors(createWaitActivities(deps))
  const verdict = await activity().run(awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 50, maxMs: 200 })
  expect(verdict).toMatchObject({
    still: false,
    transactions: [{ transactionalId: null, partitions: [[topic, 0, -1]], unknown: 'A does not tell.' }],
  })
})

test('names are asked for once in a while, not at every look', async () => {
  const { deps, a, calls } = scene()
  a.withTopic(topic, [
    [0, 0, 100, 90],
    [1, 0, 50, 50],
  ])
  const { awaitStill } = doors(createWaitActivities(deps))
  await activity().run(awaitStill, { cluster: 'A', topics: [topic], stabilityMs: 50, maxMs: 600 })
  expect(calls.filter((call) => call === 'A.ends').length).toBeGreaterThan(3)
  expect(calls.filter((call) => call === 'A.openTransactions')).toHaveLength(1)
})

test('what expired since the last wait stays lost in the next one', async () => {
  const { deps, a, ab } = scene()
  ab.positions.set(topic, [
    [0, 49],
    [1, 49],
  ])
  const { awaitMirrored } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], fencedEnds: null, stallMs: 60_000, ...soon }
  const { certificate: previous } = await activity().run(awaitMirrored, input)
  a.withTopic(topic, [
    [0, 80, 100, 100],
    [1, 0, 50, 50],
  ])
  ab.positions.set(topic, [
    [0, 99],
    [1, 49],
  ])
  expect(await activity().run(awaitMirrored, input)).toMatchObject({ verdict: 'complete' })
  const { verdict, certificate } = await activity().run(awaitMirrored, { ...input, previous })
  expect(verdict).toBe('not-yet')
  expect(certificate.topics[0]?.rows[0]?.slice(6, 8)).toEqual(['expired-before-mirrored', [50, 80]])
})

test('a cluster that never answers is no verdict: the wait ends with the reason, and is not repeated by itself', async () => {
  const { deps, a } = scene()
  a.dark = true
  const waits = doors(createWaitActivities(deps))
  for (const wait of [
    () => waits.awaitStill({ cluster: 'A', topics: [topic], stabilityMs: 50, maxMs: 100 }),
    () => waits.awaitDrained({ cluster: 'A', groups: [{ group: 'billing', topics: [topic] }], ...soon }),
    () => waits.awaitGroupsEmpty({ cluster: 'A', groups: ['billing'], ...soon }),
  ]) {
    const failure = await failureOf(activity().run<[], unknown>(wait))
    expect(failure).toMatchObject({ type: errorTypes.notYet, nonRetryable: true })
    expect(failure.message).toContain('No broker of A answers')
  }
})

test('a wait outlives an outage in the middle', async () => {
  const { deps, a } = scene()
  a.dark = true
  setTimeout(() => (a.dark = false), 100)
  const { awaitGroupsEmpty } = doors(createWaitActivities(deps))
  const verdict = await activity().run(awaitGroupsEmpty, {
    cluster: 'A',
    groups: ['billing'],
    pollMs: 20,
    maxMs: 2_000,
  })
  expect(verdict).toEqual({ empty: true, active: [] })
})

test('a fault of the configuration ends a wait at once', async () => {
  const failing = activity().run(() =>
    lookUntil({ pollMs: 10, maxMs: 60_000 }, () => Promise.reject(configurationFault('there is no cluster X'))),
  )
  expect(await failureOf(failing)).toMatchObject({ type: errorTypes.configuration })
})

test('a cancelled wait ends at once, and its look is told', async () => {
  const env = activity()
  let told = false
  const waiting = env.run(() =>
    lookUntil({ pollMs: 10, maxMs: 60_000 }, async (signal) => {
      signal.addEventListener('abort', () => (told = true))
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(unreachable('aborted'))))
      return { verdict: {}, done: false, live: {} }
    }),
  )
  setTimeout(() => env.cancel(), 50)
  await expect(waiting).rejects.toMatchObject({ name: 'CancelledFailure' })
  expect(told).toBe(true)
})

test('a look that hangs is cut off when the time is over', async () => {
  const began = performance.now()
  const waited = await activity().run(() =>
    lookUntil<object>(
      { pollMs: 10, maxMs: 50 },
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    ),
  )
  expect(waited).toEqual({ verdict: undefined, problem: 'no answer within the time of this wait' })
  expect(performance.now() - began).toBeLessThan(4_000)
})

test('live numbers travel in heartbeats', async () => {
  const { deps, ab } = scene()
  ab.positions.set(topic, [
    [0, 89],
    [1, 49],
  ])
  const beats: unknown[] = []
  const env = activity()
  env.onHeartbeat((details) => beats.push(details))
  const { awaitMirrored } = doors(createWaitActivities(deps))
  await env.run(awaitMirrored, { ...link, topics: [topic], fencedEnds: null, stallMs: 60_000, ...soon })
  expect(beats.at(-1)).toMatchObject({ lag: 10, proven: '1 of 2 partitions', worst: [`${topic}-0 10 behind`] })
})

test('mirroring that catches up ends the wait with a complete certificate', async () => {
  const { deps, ab } = scene()
  ab.positions.set(topic, [
    [0, 89],
    [1, 49],
  ])
  setTimeout(
    () =>
      ab.positions.set(topic, [
        [0, 99],
        [1, 49],
      ]),
    100,
  )
  const { awaitMirrored } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], fencedEnds: null, stallMs: 60_000, pollMs: 20, maxMs: 3_000 }
  expect(await activity().run(awaitMirrored, input)).toMatchObject({
    verdict: 'complete',
    certificate: { complete: true, totalLag: 0 },
  })
})

test('a complete certificate tells what is in the copies and was never committed', async () => {
  const { deps, ab, a } = scene()
  ab.description.settings = {}
  a.writers.set(topic, [[0, 7, 0, 1, Date.now()]])
  a.transactions.set(7, 'payments-1')
  a.uncommitted.set(`${topic}/0`, { aborted: [[10, 14, 4]], open: [] })
  const { awaitMirrored } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], fencedEnds: null, stallMs: 60_000, pollMs: 20, maxMs: 3_000 }
  const { certificate } = await activity().run(awaitMirrored, input)
  expect(certificate).toMatchObject({
    complete: true,
    phantoms: { aborted: 4, open: 0, partitions: 1, unread: 0, topics: [{ topic, rows: [[0, 10, 14, 4, 0]] }] },
  })
  expect(ledgerOfCertificate(certificate, 'A')).toMatchObject({ kind: 'exact', records: 0, phantoms: { aborted: 4 } })
})

test('mirroring that does not move is a stall', async () => {
  const { deps, ab } = scene()
  ab.positions.set(topic, [
    [0, 89],
    [1, 49],
  ])
  const { awaitMirrored } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], fencedEnds: null, stallMs: 150, pollMs: 20, maxMs: 5_000 }
  expect(await activity().run(awaitMirrored, input)).toMatchObject({
    verdict: 'stalled',
    certificate: { complete: false, totalLag: 10 },
  })
})

test('what no waiting cures ends the wait at once, after a second look, and only where that is asked for', async () => {
  const { deps, ab, b } = scene()
  ab.positions.set(topic, [
    [0, 99],
    [1, 49],
  ])
  b.topics.delete(`${topic}.A`)
  const { awaitMirrored } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], fencedEnds: null, stallMs: 60_000, pollMs: 50, maxMs: 8_000 }
  const began = performance.now()
  const refused = await activity().run(awaitMirrored, { ...input, endOnRefusal: true })
  expect(refused.verdict).toBe('refused')
  expect(performance.now() - began).toBeGreaterThan(4_900)
  expect(refusalText(refused.certificate)).toContain('no copy holds them')
  expect(await activity().run(awaitMirrored, { ...input, maxMs: 5_500 })).toMatchObject({ verdict: 'not-yet' })
}, 30_000)

test('a contradiction that one look alone shows is a race, and no refusal', async () => {
  const { deps, ab, b } = scene()
  ab.positions.set(topic, [
    [0, 99],
    [1, 49],
  ])
  const copy = b.topics.get(`${topic}.A`)
  b.topics.delete(`${topic}.A`)
  setTimeout(() => copy && b.topics.set(`${topic}.A`, copy), 2_000)
  const { awaitMirrored } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], fencedEnds: null, stallMs: 60_000, pollMs: 50, maxMs: 5_000 }
  expect(await activity().run(awaitMirrored, { ...input, endOnRefusal: true })).toMatchObject({ verdict: 'complete' })
})

test('a certificate does not survive a look that failed after it', async () => {
  const { deps, ab, a } = scene()
  ab.positions.set(topic, [
    [0, 89],
    [1, 49],
  ])
  setTimeout(() => (a.dark = true), 60)
  const { awaitMirrored } = doors(createWaitActivities(deps))
  const verdict = await activity().run(awaitMirrored, {
    ...link,
    topics: [topic],
    fencedEnds: null,
    stallMs: 60_000,
    ...soon,
  })
  expect(verdict.verdict).toBe('not-yet')
  expect(verdict.certificate.complete).toBe(false)
  expect(verdict.certificate.obstacles.join()).toContain('No broker of A answers')
})

test('a group one short of the end has drained when only markers are left', async () => {
  const { deps, a } = scene()
  a.committed = [
    {
      group: 'billing',
      topics: [
        {
          topic,
          offsets: [
            [0, 99],
            [1, 50],
          ],
        },
      ],
    },
  ]
  a.data = (_topic, _partition, offset) => offset !== 99
  const { awaitDrained } = doors(createWaitActivities(deps))
  const groups = [{ group: 'billing', topics: [topic, `${topic}.B`] }]
  expect(await activity().run(awaitDrained, { cluster: 'A', groups, ...soon })).toEqual({
    drained: true,
    drainedGroups: ['billing'],
    remaining: [],
  })
  a.data = () => true
  expect(await activity().run(awaitDrained, { cluster: 'A', groups, ...soon })).toEqual({
    drained: false,
    drainedGroups: [],
    remaining: [{ group: 'billing', topic, partition: 0, committed: 99, end: 100 }],
  })
})

test('a group without a commit has everything from the log start to read', async () => {
  const { deps, a } = scene()
  a.committed = []
  a.withTopic(topic, [
    [0, 40, 100, 100],
    [1, 50, 50, 50],
  ])
  const { awaitDrained } = doors(createWaitActivities(deps))
  const groups = [{ group: 'billing', topics: [topic] }]
  const verdict = await activity().run(awaitDrained, { cluster: 'A', groups, ...soon })
  expect(verdict.remaining).toEqual([{ group: 'billing', topic, partition: 0, committed: 40, end: 100 }])
})

test.each<[string, (a: MemoryCluster) => void, [partition: number, committed: number, end: number][]]>([
  ['is as it was', () => undefined, []],
  ['has grown', (a) => a.withTopic(copy, [[0, 0, 30, 30]]), [[0, 20, 30]]],
  ['was made anew', (a) => a.withTopic(copy, [[0, 0, 5, 5]]), [[0, 5, 20]]],
  ['is gone', (a) => a.topics.delete(copy), [[0, 0, 20]]],
])(
  'a group at the end of a copy has drained it only as long as that end is there: the copy %s',
  async (_is, change, left) => {
    const { deps, a } = scene()
    a.withTopic(copy, [[0, 0, 20, 20]])
    a.committed = [{ group: 'billing', topics: [{ topic: copy, offsets: [[0, 20]] }] }]
    a.data = () => true
    change(a)
    const { awaitDrained } = doors(createWaitActivities(deps))
    const groups = [{ group: 'billing', topics: [copy] }]
    const atLeast = [{ topic: copy, offsets: [[0, 20]] as [number, number][] }]
    expect(await activity().run(awaitDrained, { cluster: 'A', groups, atLeast, ...soon })).toMatchObject({
      drained: left.length === 0,
      drainedGroups: left.length === 0 ? ['billing'] : [],
      remaining: left.map(([partition, committed, end]) => ({
        group: 'billing',
        topic: copy,
        partition,
        committed,
        end,
      })),
    })
  },
)

test('a local topic that is gone is no drained topic', async () => {
  const { deps, a } = scene()
  a.topics.delete(topic)
  const { awaitDrained } = doors(createWaitActivities(deps))
  const groups = [{ group: 'billing', topics: [topic] }]
  const failure = await failureOf(activity().run(awaitDrained, { cluster: 'A', groups, ...soon }))
  expect(failure.message).toContain(`A has no topic ${topic}`)
})

test('a group that cannot be looked into is not empty', async () => {
  const { deps, a } = scene()
  a.groups.set('billing', { group: 'billing', state: 'unknown', protocol: 'unknown', members: [] })
  const { awaitGroupsEmpty } = doors(createWaitActivities(deps))
  expect(await activity().run(awaitGroupsEmpty, { cluster: 'A', groups: ['billing'], ...soon })).toMatchObject({
    empty: false,
    active: [{ group: 'billing', state: 'unknown' }],
  })
})

test('assignments are awaited in both directions, and a link that does not run assigns nothing', async () => {
  const { deps, ab } = scene()
  const { awaitAssigned } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], ...soon }
  expect(await activity().run(awaitAssigned, { ...input, present: true })).toMatchObject({ reached: true })
  const still = await activity().run(awaitAssigned, { ...input, present: false })
  expect(still).toMatchObject({ reached: false })
  expect(still.detail).toContain(topic)
  ab.description.state = 'paused'
  expect(await activity().run(awaitAssigned, { ...input, present: true })).toMatchObject({ reached: false })
  ab.dark = true
  expect(await activity().run(awaitAssigned, { ...input, present: false })).toMatchObject({ reached: false })
})

test('remote topics are verified when they are all there and mirroring keeps up', async () => {
  const { deps, b } = scene()
  const { awaitRemoteTopics } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], naming, ...soon }
  expect(await activity().run(awaitRemoteTopics, input)).toMatchObject({ verified: true, missing: [] })
  b.withTopic(`${topic}.A`, [[0, 0, 1, 1]])
  expect(await activity().run(awaitRemoteTopics, input)).toMatchObject({ verified: false, missing: [`${topic}.A`] })
})

test('a link that is behind is verified when it moves, and not when it stands', async () => {
  const { deps, ab } = scene()
  ab.positions.set(topic, [
    [0, 9],
    [1, 49],
  ])
  const { awaitRemoteTopics } = doors(createWaitActivities(deps))
  const input = { ...link, topics: [topic], naming, ...soon }
  const stands = await activity().run(awaitRemoteTopics, input)
  expect(stands).toMatchObject({ verified: false, missing: [] })
  expect(stands.detail).toContain('has not moved')
  setTimeout(
    () =>
      ab.positions.set(topic, [
        [0, 19],
        [1, 49],
      ]),
    60,
  )
  expect(await activity().run(awaitRemoteTopics, input)).toMatchObject({ verified: true })
})

test('producers that write and a group at the end are progress', async () => {
  const { deps, b } = scene()
  let end = 0
  b.onEnds = () => {
    end += 5
    b.withTopic(topic, [[0, 0, end, end]])
    b.committed = [{ group: 'billing', topics: [{ topic, offsets: [[0, end]] }] }]
  }
  const { awaitProgress } = doors(createWaitActivities(deps))
  const groups = [{ group: 'billing', topics: [topic] }]
  const verdict = await activity().run(awaitProgress, { cluster: 'B', producerTopics: [topic], groups, ...soon })
  expect(verdict).toMatchObject({ verified: true, idle: [] })
  expect(verdict.recordsPerSecond).toBeGreaterThan(0)
})

test('a group with records to read that does not move is no progress', async () => {
  const { deps, b } = scene()
  let end = 0
  b.onEnds = () => {
    end += 5
    b.withTopic(topic, [[0, 0, end, end]])
  }
  const { awaitProgress } = doors(createWaitActivities(deps))
  const groups = [{ group: 'billing', topics: [topic] }]
  const verdict = await activity().run(awaitProgress, { cluster: 'B', producerTopics: [topic], groups, ...soon })
  expect(verdict.verified).toBe(false)
  expect(verdict.detail).toContain('not moving with records to read: billing')
})

test('a pair without traffic is verified when its groups are at the end, and says so', async () => {
  const { deps, a } = scene()
  const { awaitProgress } = doors(createWaitActivities(deps))
  const groups = [{ group: 'billing', topics: [topic] }]
  const input = { cluster: 'A', producerTopics: [topic], ...soon }
  expect(await activity().run(awaitProgress, { ...input, groups })).toMatchObject({ verified: true, idle: [topic] })
  // Without groups nothing tells a quiet producer from one that does not run.
  expect(await activity().run(awaitProgress, { ...input, groups: [] })).toMatchObject({
    verified: false,
    idle: [topic],
  })
  a.committed = []
  expect(await activity().run(awaitProgress, { ...input, groups })).toMatchObject({ verified: false })
})

const watch = {
  ...link,
  topics: [topic],
  groups: ['billing'],
  intervalMs: 10,
  maxMs: 150,
  previous: null,
  memory: null,
  recent: [],
  windows: { stall: 60, growth: 300, retention: 3_600 },
  judge: true,
}

test('the first look at a link is told at once', async () => {
  const { deps } = scene()
  const { watchLink } = doors(createWaitActivities(deps))
  const { sample, changed } = await activity().run(watchLink, { ...watch, lastReachable: null })
  expect(changed).toBe(true)
  expect(sample).toMatchObject({ sourceReachable: true, linkReachable: true, totalLag: 0 })
  expect(unpackSample(sample).groups).toMatchObject([{ group: 'billing' }])
})

test('a source that goes dark is told at once, with its last numbers and their age', async () => {
  const { deps, a } = scene()
  setTimeout(() => (a.dark = true), 60)
  const { watchLink } = doors(createWaitActivities(deps))
  const began = performance.now()
  const { sample, changed } = await activity().run(watchLink, {
    ...watch,
    maxMs: 60_000,
    lastReachable: { source: true, link: true },
  })
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(changed).toBe(true)
  expect(sample).toMatchObject({ sourceReachable: false, linkReachable: true, totalLag: null })
  expect(unpackSample(sample).ends).toMatchObject([
    {
      topic,
      partitions: [
        [0, 0, 100, 100],
        [1, 0, 50, 50],
      ],
    },
  ])
  expect(Date.parse(sample.sourceSeenAt ?? '')).toBeLessThanOrEqual(Date.parse(sample.at))
})

test('numbers of a source that stays dark keep the time they are from', async () => {
  const { deps, a } = scene()
  a.dark = true
  const previous: LagSample = {
    at: '2026-01-01T01:00:00.000Z',
    sourceSeenAt: '2026-01-01T00:00:00.000Z',
    sourceReachable: false,
    linkReachable: true,
    totalLag: null,
    ends: [{ topic, partitions: [[0, 0, 5, 5]] }],
    mirroredTo: [],
    groups: [],
  }
  const { watchLink } = doors(createWaitActivities(deps))
  const { sample, changed } = await activity().run(watchLink, {
    ...watch,
    previous: packSample(previous),
    lastReachable: { source: false, link: true },
  })
  expect(changed).toBe(false)
  expect(unpackSample(sample)).toMatchObject({ sourceSeenAt: '2026-01-01T00:00:00.000Z', ends: previous.ends })
})

test('a watch whose worker died goes on from its last heartbeat', async () => {
  const { deps, a } = scene()
  a.dark = true
  const lost = {
    at: '2026-01-01T01:00:00.000Z',
    sourceReachable: true,
    linkReachable: true,
    totalLag: 3,
    mirroredTo: [],
    groups: [],
  }
  const ends: LagSample['ends'] = [{ topic, partitions: [[0, 0, 7, 7]] }]
  const { watchLink } = doors(createWaitActivities(deps))
  const memory: WatchMemory = { findings: [], tracks: [], settings: null }
  const details = { sample: packSample({ ...lost, ends }), points: [], memory }
  const env = activity({ heartbeatDetails: details })
  const { sample } = await env.run(watchLink, { ...watch, lastReachable: { source: true, link: true } })
  expect(unpackSample(sample)).toMatchObject({ sourceReachable: false, sourceSeenAt: lost.at, ends })
})

const owed = {
  pair: 'accounting',
  cluster: 'A',
  fence: { principals: ['User:entry'], topics: [topic], operations: ['Write' as const] },
  ...soon,
}

test('an obligation is told first and kept second, once the cluster answers', async () => {
  const { deps, a } = scene()
  a.dark = true
  setTimeout(() => (a.dark = false), 60)
  const { keepObligation } = doors(createWaitActivities(deps))
  const told = await activity().run(keepObligation, { ...owed, maxMs: 3_000, apply: false })
  expect(told).toMatchObject({ reached: true, missing: [{ principal: 'User:entry', permission: 'deny' }] })
  expect(a.entries).toEqual([])
  const kept = await activity().run(keepObligation, { ...owed, apply: true })
  expect(kept).toMatchObject({ reached: true, missing: told.missing })
  expect(a.entries).toEqual(told.missing)
  expect(await activity().run(keepObligation, { ...owed, apply: true })).toMatchObject({ reached: true, missing: [] })
  expect(a.entries).toEqual(told.missing)
})

test('an obligation is not kept while brokers do not list the same ACLs: whether an entry is ours is not known yet', async () => {
  const { deps, a } = scene()
  const { keepObligation } = doors(createWaitActivities(deps))
  const { missing } = await activity().run(keepObligation, { ...owed, apply: false })
  a.entries = missing
  a.entriesOfAnother = []
  const kept = await activity().run(keepObligation, { ...owed, apply: true })
  expect(kept).toMatchObject({ reached: false, missing: [], detail: expect.stringContaining('1 of the 1 entries') })
  a.entriesOfAnother = null
  expect(await activity().run(keepObligation, { ...owed, apply: true })).toMatchObject({ reached: true, missing: [] })
})

test.each([
  ['no authorizer', {}, false],
  ['nobody to deny', { fence: { ...owed.fence, principals: [] } }, true],
])('an obligation with %s is never kept by itself', async (_what, change, authorizer) => {
  const { deps, a } = scene()
  a.authorizer = authorizer
  const { keepObligation } = doors(createWaitActivities(deps))
  const kept = await activity().run(keepObligation, { ...owed, ...change, apply: true })
  expect(kept.reached).toBe(false)
  expect(kept.detail).toContain('manually')
  expect(a.entries).toEqual([])
})

test('the scope to watch is that of the configuration, and null for a pair it does not know', async () => {
  const { watchScope } = doors(createWaitActivities(scene().deps))
  expect(await watchScope({ pair: 'accounting' })).toEqual({
    topics: [topic],
    groups: ['billing'],
    intervalMs: 5_000,
    // Nobody answers here: not known is not registered.
    searchAttributes: false,
    clusters: ['A', 'B', 'C'],
    windows: { stall: 60, growth: 300, retention: 3_600 },
  })
  expect(await watchScope({ pair: 'other' })).toBeNull()
})

test('a wait whose looks fail for `failingMs` ends with the cause; one that is answered in between goes on', async () => {
  const failing = async () => Promise.reject(unreachable('B does not answer'))
  const waiting = (look: () => Promise<never>, failingMs?: number) =>
    activity().run(() =>
      lookUntil({ pollMs: 5, maxMs: 5_000, ...(failingMs === undefined ? {} : { failingMs }) }, look),
    )
  expect(await waiting(failing, 20)).toEqual({ verdict: undefined, problem: 'B does not answer' })
  const began = performance.now()
  let looks = 0
  const waited = await activity().run(() =>
    lookUntil({ pollMs: 5, maxMs: 5_000, failingMs: 1_000 }, async () => {
      looks += 1
      if (looks % 2 === 1) throw unreachable('B does not answer')
      return { verdict: { looks }, done: looks === 20, live: {} }
    }),
  )
  expect(waited).toEqual({ verdict: { looks: 20 }, problem: null })
  expect(performance.now() - began).toBeLessThan(5_000)
})

/** Looks of a wait of which nothing else would end it: `marks` are of one look after the other, the last stays. */
function looking(times: object, marks: Record<string, number>[]) {
  let looks = 0
  return activity().run(() =>
    lookUntil({ pollMs: 5, maxMs: 60_000, ...times }, async () => {
      const now = marks[Math.min(looks, marks.length - 1)] ?? {}
      looks += 1
      return { verdict: { looks }, done: false, live: {}, outstanding: new Map(Object.entries(now)) }
    }),
  )
}

test('a wait in which one part does not move ends, while the others move; asked, it ends when that part moves', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => ({ billing: 1, audit: index }))
  expect((await looking({ stillMs: 60 }, many)).verdict?.pace).toMatchObject({ still: ['billing'], moved: true })
  const again = [...many.slice(0, 40), { billing: 2, audit: 40 }]
  const { verdict } = await looking({ stillMs: 60, untilItMoves: true }, again)
  expect(verdict).toMatchObject({ looks: 41, pace: { allMoved: true } })
})

test('a group that is up and does not read is told apart from one that reads', async () => {
  const { deps, a } = scene()
  a.withTopic(topic, [[0, 0, 10_000, 10_000]])
  a.data = () => true
  let read = 0
  a.onEnds = () => {
    read += 1
    const committed = (group: string, offset: number) => ({ group, topics: [{ topic, offsets: [[0, offset]] }] })
    a.committed = [committed('billing', 7), committed('audit', read)] as typeof a.committed
  }
  const { awaitDrained } = doors(createWaitActivities(deps))
  const groups = ['billing', 'audit'].map((group) => ({ group, topics: [topic] }))
  const input = { cluster: 'A', groups, pollMs: 5, maxMs: 60_000, stillMs: 100 }
  expect((await activity().run(awaitDrained, input)).pace).toMatchObject({ still: ['billing'] })
})

test('members that come back again and again are no progress; static ones leave by themselves', async () => {
  const { deps, a } = scene()
  const { awaitGroupsEmpty } = doors(createWaitActivities(deps))
  let looks = 0
  const group = { group: 'billing', state: 'active', protocol: 'classic' } as const
  a.groupStates = async () => [{ ...group, members: [`a-${(looks += 1)}`, ...(looks % 2 === 0 ? ['b'] : [])] }]
  const input = { cluster: 'A', groups: ['billing'], pollMs: 5, maxMs: 60_000, stillMs: 100 }
  expect((await activity().run(awaitGroupsEmpty, input)).pace).toMatchObject({ still: ['billing'] })
  a.groupStates = async () => [{ ...group, members: ['a'], instances: ['billing-0'] }]
  const verdict = await activity().run(awaitGroupsEmpty, { ...input, maxMs: 300 })
  expect(verdict).toMatchObject({ empty: false, pace: { still: [], moved: false } })
})

test('a move after which no record arrives does not wait for its time to be over', async () => {
  const { deps } = scene()
  const { awaitProgress } = doors(createWaitActivities(deps))
  const input = { cluster: 'A', producerTopics: [topic], groups: [], pollMs: 5, maxMs: 60_000, stillMs: 100 }
  expect((await activity().run(awaitProgress, input)).pace).toMatchObject({ still: ['the producers'] })
})

test('a link whose tasks stay as they are does not advance', async () => {
  const { deps } = scene()
  const { awaitAssigned, awaitLinkChange } = doors(createWaitActivities(deps))
  const input = { ...link, pollMs: 5, maxMs: 60_000, stillMs: 100 }
  const still = { pace: { still: ['A->B'], moved: false } }
  expect(await activity().run(awaitAssigned, { ...input, topics: [topic], present: false })).toMatchObject(still)
  const changing = { ...input, wanted: 'disabled' as const, idleMs: 60_000 }
  expect(await activity().run(awaitLinkChange, changing)).toMatchObject(still)
})
