import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { assess } from '../../src/activities/assess/assess.ts'
import { assessNow } from '../../src/activities/assess/ahead.ts'
import type { PairDoor } from '../../src/activities/pair-door.ts'
import { createWaitActivities } from '../../src/activities/waits.ts'
import type { Dossier } from '../../src/contract/dossier.ts'
import type { WatchMemory } from '../../src/contract/watch.ts'
import { judgedAtEveryLook } from '../../src/domain/assess/assessed-ahead.ts'
import { readiness, sampleAgeLimit } from '../../src/domain/watch/readiness.ts'
import { activity, aStretch, doors, sampleConfig, type Scene, scene, topic } from './scene.ts'

const input = { ...aStretch, intervalMs: 5, maxMs: 40, windows: { stall: 3_600, growth: 300, retention: 3_600 } }

const silent: Pick<PairDoor, 'dossier' | 'lease'> = {
  dossier: () => Promise.resolve(undefined),
  lease: () => Promise.resolve(undefined),
}

/** What can be wrong with a pair, each as somebody finds it. */
const faults: Record<string, (on: Scene) => void> = {
  'a paused link': ({ ab }) => void (ab.description.state = 'paused'),
  'a link that is gone': ({ ab }) =>
    Object.assign(ab.description, { state: 'absent', selection: null, assigned: [], runningTasks: 0 }),
  'a failed task': ({ ab }) => void (ab.description.failedTasks = ['mirror-A-B 0: out of memory']),
  'an obstacle': ({ ab }) => void (ab.description.obstacles = ['errors.tolerance=all skips records']),
  'another selection': ({ ab }) => void (ab.description.selection = 'other'),
  'a pattern': ({ ab }) => void (ab.description.selection = 'accounting\\..*'),
  'no assignment': ({ ab }) => void (ab.description.assigned = []),
  'a partition that no task mirrors': ({ ab }) => void (ab.description.assigned = [{ topic, partitions: [0] }]),
  'members on the target': ({ b }) =>
    void b.groups.set('billing', { group: 'billing', state: 'active', protocol: 'classic', members: ['c-1'] }),
  'a share group on the target': ({ b }) =>
    void b.groups.set('billing', { group: 'billing', state: 'empty', protocol: 'share', members: [] }),
  'no local topic on the target': ({ b }) => void b.topics.delete(topic),
  'no copy': ({ b }) => void b.topics.delete(`${topic}.A`),
  'fewer partitions on the target': ({ b }) => void b.withTopic(topic, [[0, 0, 0, 0]]),
  'a copy of fewer partitions': ({ b }) => void b.withTopic(`${topic}.A`, [[0, 0, 101, 101]]),
  'no authorizer': ({ a }) => void (a.authorizer = false),
  'no way back': ({ ba }) => void (ba.description.creatable = false),
  'a copy that is another one': ({ b }) =>
    void b.withTopic(
      `${topic}.A`,
      [
        [0, 0, 1, 1],
        [1, 0, 0, 0],
      ],
      'another',
    ),
  'a source that was cut': ({ a }) =>
    void a.withTopic(topic, [
      [0, 0, 40, 40],
      [1, 0, 50, 50],
    ]),
}

/** The pair's memory after some looks at it, and after it was assessed. */
async function watched(on: Scene, dossier: Dossier): Promise<{ dossier: Dossier; memory: WatchMemory }> {
  const { watchLink } = doors(createWaitActivities(on.deps, { door: silent }))
  let [previous, memory] = [null, null] as [Dossier['lastSample'], WatchMemory | null]
  // A finding that is raised ends a stretch.
  for (let stretch = 0; stretch < 3; stretch += 1) {
    const seen = await activity().run(watchLink, { ...input, previous, memory })
    previous = seen.sample
    memory = seen.memory
  }
  const assessed = await activity().run(() =>
    assessNow(on.deps, { pair: 'accounting', dossier, move: 'failover' }, new AbortController().signal),
  )
  return { dossier: { ...dossier, lastSample: previous }, memory: { ...(memory as WatchMemory), assessed } }
}

const asked = (dossier: Dossier, memory: WatchMemory) =>
  readiness(
    dossier,
    { link: 'A->B', history: { slots: [], worst: [] }, memory },
    new Date().toISOString(),
    sampleAgeLimit,
  )

test('over any world, what blocks or warns at assess was in readiness before, and nothing blocks there that would not block a run', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...Object.keys(faults)), { maxLength: 4 }), async (chosen) => {
      const on = scene()
      // What was there before is remembered, as on a pair that was watched for a day.
      const before = await watched(on, on.dossier)
      for (const name of chosen) faults[name]?.(on)
      const { dossier, memory } = await watched(on, before.dossier)
      const answer = asked(dossier, memory)
      const { findings } = await activity().run(() =>
        assess(on.deps, { plan: on.plan(), dossier, readiness: answer }, new AbortController().signal),
      )
      const grave = findings.filter(({ severity }) => severity !== 'info')
      const missed = grave.filter(({ code, severity }) => {
        const known = judgedAtEveryLook[code] ?? code.replace(/^watch-/, '')
        return !answer.reasons.some(
          (reason) =>
            (reason.code === code || reason.code === known || reason.from === known) &&
            (severity === 'warning' || reason.blocking),
        )
      })
      expect(missed).toEqual([])
      expect({ chosen, verdict: answer.verdict, blocked: answer.reasons.filter(({ blocking }) => blocking) }).toEqual({
        chosen,
        verdict:
          grave.length === 0 ? 'ready' : grave.some(({ severity }) => severity === 'blocking') ? 'blocked' : 'warned',
        blocked: grave.some(({ severity }) => severity === 'blocking') ? expect.any(Array) : [],
      })
    }),
    { numRuns: 25 },
  )
}, 120_000)

test('the watch asks assess beside its looks, for the move that could begin, and not while a run holds the pair', async () => {
  const on = scene()
  faults['an obstacle']?.(on)
  const times = { startAfter: 1, checkEvery: 5 }
  const look = async (door: Pick<PairDoor, 'dossier' | 'lease'>) => {
    const other = { ...on, deps: { ...on.deps } }
    const { watchLink } = doors(createWaitActivities(other.deps, { door, times }))
    const seen = await activity().run(watchLink, { ...input, maxMs: 400 })
    return seen.memory.assessed
  }
  const free = { dossier: () => Promise.resolve(on.dossier), lease: () => Promise.resolve(null) }
  expect((await look(free))?.findings).toContainEqual(
    expect.objectContaining({ code: 'link-obstacle', severity: 'blocking' }),
  )
  const held = { workflowId: 'w', runId: 'r', operation: 'failover' as const, epoch: 1, acquiredAt: '' }
  expect(await look({ ...free, lease: () => Promise.resolve(held) })).toBeUndefined()
})

test('what refuses the plan itself is a reason as well', async () => {
  const on = scene(sampleConfig((raw) => raw.pairs['accounting']?.links.splice(0, 1)))
  const { memory, dossier } = await watched(on, on.dossier)
  const answer = asked(dossier, memory)
  expect(answer.reasons).toContainEqual(
    expect.objectContaining({ from: 'assess', code: 'plan-refused', blocking: true }),
  )
})
