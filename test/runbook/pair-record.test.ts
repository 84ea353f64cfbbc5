import { defaultPayloadConverter } from '@temporalio/common'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DossierEntry } from '../../src/contract/dossier.ts'
import { operations, type OperationName } from '../../src/contract/names.ts'
import type { AcquireRequest, ReleaseRequest } from '../../src/contract/pair-messages.ts'
import type { LeaseToken } from '../../src/contract/lease.ts'
import type { LagSample, PartitionEnds } from '../../src/contract/evidence.ts'
import {
  type LagPoint,
  type WatchCode,
  type WatchFinding,
  type WatchMemory,
  watchCodes,
} from '../../src/contract/watch.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { packSample } from '../../src/domain/watch/packed-sample.ts'
import { readiness } from '../../src/domain/watch/readiness.ts'
import type { WatchLook } from '../../src/domain/watch/look.ts'
import { kept } from '../../src/domain/compare/kept.ts'
import { tracksAfter } from '../../src/domain/watch/tracks.ts'
import { compressing } from '../../src/payloads/compress.ts'
import { LeaseLostError, PairRecord } from '../../src/workflows/pair/pair-record.ts'
import { anId, spread } from '../domain/spread.ts'

const at = '2026-01-17T09:00:00.000Z'

function newPair(): PairRecord {
  return new PairRecord({
    dossier: newDossier({ pair: 'accounting', primary: 'A', secondary: 'B', at }),
    lease: null,
    epoch: 0,
    adopted: false,
    keys: [],
    events: [],
  })
}

function request(run: string, operation: OperationName, extra: Partial<AcquireRequest> = {}): AcquireRequest {
  return { workflowId: `w/${run}`, runId: `r/${run}`, operation, adopt: false, holderClosed: null, at, ...extra }
}

function token(run: string, epoch: number): LeaseToken {
  return { pair: 'accounting', workflowId: `w/${run}`, runId: `r/${run}`, epoch }
}

function acquire(pair: PairRecord, run: string, operation: OperationName, extra: Partial<AcquireRequest> = {}) {
  return token(run, pair.acquire(request(run, operation, extra)).epoch)
}

function carryThrough(pair: PairRecord, run: string, operation: OperationName): LeaseToken {
  const lease = acquire(pair, run, operation)
  pair.release({ lease, outcome: 'succeeded', entries: [] }, at)
  return lease
}

const fact = (n: number): DossierEntry => ({
  type: 'fact',
  fact: { operation: 'failover', step: 'assess', state: 'done', at, fact: { n } },
})

test('what the watch has removed of ours leaves the dossier once, and groups that were deleted are not asked for again', () => {
  const pair = newPair()
  const deny = { resource: 'topic', name: 't', pattern: 'literal', principal: 'User:entry', host: '*' } as const
  const added = [{ ...deny, operation: 'Write', permission: 'deny' as const }]
  const fence: DossierEntry = { type: 'fence', fence: { cluster: 'B', episode: 1, at, added, proof: 'asked' } }
  const failback = { operation: 'failback', from: 'B', to: 'A', mode: 'planned' } as const
  pair.apply([fence, { type: 'move', move: { ...failback, drainedGroups: [], episode: 1, at } }])
  expect(pair.tidy()).toEqual({ tidy: { lift: [{ cluster: 'B', acls: added }], groups: [] } })
  const tidied = { lifted: [{ cluster: 'B', acls: added }], groups: ['switchback.accounting.1.replay'] }
  pair.watched('A->B', [], { findings: [], tracks: [], settings: null, tidied }, at)
  expect(pair.state.dossier.fences).toEqual([])
  expect(pair.tidy()).toEqual({})
  expect(pair.state.watch?.memory.tidied).toEqual({ lifted: [], groups: tidied.groups })
  // The next episode's fence of the same entries is its own.
  pair.apply([fence])
  pair.watched('A->B', [], { findings: [], tracks: [], settings: null, tidied: { ...tidied, lifted: [] } }, at)
  expect(pair.state.dossier.fences).toHaveLength(1)
  acquire(pair, 'x', 'failover')
  expect(pair.tidy()).toEqual({})
})

describe('episodes', () => {
  test('go from failover over reset to failback, and are put away', () => {
    const pair = newPair()
    carryThrough(pair, '1', 'failover')
    expect(pair.status().episode).toMatchObject({ number: 1, stage: 'failed-over' })
    carryThrough(pair, '2', 'reset')
    expect(pair.status().episode).toMatchObject({ number: 1, stage: 'reset' })
    carryThrough(pair, '3', 'failback')
    expect(pair.status()).toMatchObject({ episode: null, lease: null })
    carryThrough(pair, '4', 'failover')
    expect(pair.status().episode).toMatchObject({ number: 2 })
  })

  test('out of order are refused with what comes next', () => {
    const pair = newPair()
    expect(() => acquire(pair, '1', 'reset')).toThrow('reset comes after failover')
    expect(() => acquire(pair, '1', 'failback')).toThrow('failback comes after reset')
    carryThrough(pair, '1', 'failover')
    expect(() => acquire(pair, '2', 'failover')).toThrow('the next operation is reset')
    expect(() => acquire(pair, '2', 'failback')).toThrow('the next operation is reset')
    carryThrough(pair, '2', 'reset')
    expect(() => acquire(pair, '3', 'reset')).toThrow('the next operation is failback')
  })

  test('that are aborted go back to where they were', () => {
    const pair = newPair()
    const abort = (run: string, operation: OperationName) =>
      pair.release({ lease: acquire(pair, run, operation), outcome: 'aborted', entries: [] }, at)
    abort('1', 'failover')
    expect(pair.status().episode).toBeNull()
    carryThrough(pair, '2', 'failover')
    abort('3', 'reset')
    expect(pair.status().episode?.stage).toBe('failed-over')
    carryThrough(pair, '4', 'reset')
    abort('5', 'failback')
    expect(pair.status().episode?.stage).toBe('reset')
  })

  test('that were handed over by their run are closed, and the next one begins anew', () => {
    const pair = newPair()
    const lease = acquire(pair, '1', 'failover')
    pair.release({ lease, outcome: 'handed-over', entries: [{ type: 'active', active: 'B', standby: 'A' }] }, at)
    expect(pair.status()).toMatchObject({ episode: null, active: 'B', standby: 'A' })
    expect(acquire(pair, '2', 'failover').epoch).toBe(2)
  })

  test('facts of an operation are forgotten when it begins again, and kept for the one that adopts', () => {
    const pair = newPair()
    const first = acquire(pair, '1', 'failover')
    pair.record({ lease: first, key: 'a', entries: [fact(1)] })
    pair.leaveInDoubt('it was terminated', at)
    const adopted = pair.acquire(request('2', 'failover', { adopt: true }))
    expect(adopted).toMatchObject({ adopted: true, dossier: { episode: { facts: [{ fact: { n: 1 } }] } } })
  })
})

describe('the lease', () => {
  test('is asked for again by its own run: the same answer', () => {
    const pair = newPair()
    const first = pair.acquire(request('1', 'failover'))
    const state = JSON.stringify(pair.state)
    expect(pair.acquire(request('1', 'failover'))).toEqual(first)
    expect(JSON.stringify(pair.state)).toBe(state)
  })

  test('is taken from a run only when that very run is known to be closed', () => {
    const pair = newPair()
    const held = acquire(pair, '1', 'failover')
    const closed = (run: string) => ({ workflowId: `w/${run}`, runId: `r/${run}`, status: 'TERMINATED' })
    expect(() => acquire(pair, '2', 'failover')).toThrow('is held by the failover w/1')
    expect(() => acquire(pair, '2', 'failover', { adopt: true })).toThrow('two runs never change one pair')
    expect(() => acquire(pair, '2', 'failover', { adopt: true, holderClosed: closed('9') })).toThrow('is held by')
    const taken = acquire(pair, '2', 'failover', { adopt: true, holderClosed: closed('1') })
    expect(taken.epoch).toBe(held.epoch + 1)
    expect(() => pair.record({ lease: held, key: 'late', entries: [fact(1)] })).toThrow(LeaseLostError)
    expect(() => pair.release({ lease: held, outcome: 'succeeded', entries: [] }, at)).toThrow(LeaseLostError)
    expect(pair.state.lease).toMatchObject({ workflowId: 'w/2', epoch: 2 })
  })

  test('of a run that ended without handing it in is gone, and only adopt or handOver go on', () => {
    const pair = newPair()
    const held = acquire(pair, '1', 'failover')
    pair.leaveInDoubt('it ended as TERMINATED', at)
    expect(pair.status()).toMatchObject({ lease: null, episode: { inDoubt: { operation: 'failover' } } })
    expect(pair.alerts.join()).toContain('Start failover with "adopt": true, or send handOver')
    expect(() => acquire(pair, '2', 'failover')).toThrow('in doubt')
    expect(() => acquire(pair, '2', 'reset', { adopt: true })).toThrow('in doubt')
    expect(() => pair.record({ lease: held, key: 'k', entries: [] })).toThrow(LeaseLostError)
    expect(pair.handOver({ by: 'ann', reason: 'by hand' }, at)).toContain('Episode 1 is closed')
    expect(acquire(pair, '3', 'failover').epoch).toBe(2)
  })

  test('is not adopted when nothing is in doubt', () => {
    expect(() => acquire(newPair(), '1', 'failover', { adopt: true })).toThrow('there is nothing to adopt')
  })

  test('handed in twice is handed in once', () => {
    const pair = newPair()
    const lease = carryThrough(pair, '1', 'failover')
    const state = JSON.stringify(pair.state)
    pair.release({ lease, outcome: 'succeeded', entries: [{ type: 'active', active: 'B', standby: 'A' }] }, at)
    pair.release({ lease, outcome: 'aborted', entries: [] }, at)
    expect(JSON.stringify(pair.state)).toBe(state)
  })

  test('cannot be handed in by a run that never held it, nor by the copy that a reset in the UI makes', () => {
    const pair = newPair()
    const lease = acquire(pair, '1', 'failover')
    expect(() => pair.release({ lease: token('9', 1), outcome: 'succeeded', entries: [] }, at)).toThrow(LeaseLostError)
    pair.leaveInDoubt('it ended as TERMINATED', at)
    const copy = { ...lease, runId: 'r/1-again' }
    for (const gone of [lease, copy, token('9', 1)]) {
      expect(() => pair.release({ lease: gone, outcome: 'succeeded', entries: [] }, at)).toThrow(LeaseLostError)
    }
    expect(pair.status().episode?.inDoubt).not.toBeNull()
  })
})

describe('records', () => {
  test('with the same key count once, in any number and with anything in them', () => {
    const pair = newPair()
    const lease = acquire(pair, '1', 'failover')
    pair.record({ lease, key: 'k', entries: [fact(1)] })
    const state = JSON.stringify(pair.state)
    pair.record({ lease, key: 'k', entries: [fact(1)] })
    pair.record({ lease, key: 'k', entries: [fact(2)] })
    expect(JSON.stringify(pair.state)).toBe(state)
  })

  test('are taken whole or not at all', () => {
    const pair = newPair()
    const lease = acquire(pair, '1', 'failover')
    const state = JSON.stringify(pair.state)
    const stranger = { type: 'weather' } as unknown as DossierEntry
    const entries = [{ type: 'active', active: 'B', standby: 'A' } as const, stranger]
    expect(() => pair.record({ lease, key: 'k', entries })).toThrow('no entry of type "weather"')
    expect(() => pair.release({ lease, outcome: 'succeeded', entries }, at)).toThrow('no entry of type "weather"')
    expect(JSON.stringify(pair.state)).toBe(state)
    pair.record({ lease, key: 'k', entries: [fact(1)] })
    expect(pair.status().dossierEntries).toBe(1)
  })

  test('answer what is owed; what is owed is discharged by name, once', () => {
    const pair = newPair()
    const lease = acquire(pair, '1', 'failover')
    const obligation = { id: 'fence/A/1', kind: 'fence', cluster: 'A', text: 'Fence A', since: at } as const
    const { obligations } = pair.record({ lease, key: 'k', entries: [{ type: 'obligation', obligation }] })
    expect(obligations).toEqual([obligation])
    expect(() => pair.discharge({ id: 'fence/B/1', by: 'ann' }, at)).toThrow('Open: fence/A/1.')
    expect(pair.discharge({ id: 'fence/A/1', by: 'ann' }, at)).toBe('Discharged: Fence A')
    expect(() => pair.discharge({ id: 'fence/A/1', by: 'ann' }, at)).toThrow('Open: none.')
    expect(pair.status().obligations).toEqual([])
  })
})

test('events and unknown signals are kept in bounds', () => {
  const pair = newPair()
  for (let i = 0; i < 300; i += 1) {
    carryThrough(pair, `f${i}`, 'failover')
    pair.handOver({ by: 'ann', reason: 'again' }, at)
    pair.unknownSignal(`${i} ${'x'.repeat(1_000)}`)
  }
  expect(pair.state.events).toHaveLength(200)
  expect(pair.state.keys.length).toBeLessThanOrEqual(100)
  expect(pair.status().unknownMessages?.count).toBe(300)
  expect(JSON.stringify(pair.status()).length).toBeLessThan(5_000)
})

const outcomes = ['succeeded', 'aborted', 'failed', 'handed-over'] as const satisfies ReleaseRequest['outcome'][]
const stageOf: Record<OperationName, string> = {
  failover: 'failing-over',
  reset: 'resetting',
  failback: 'failing-back',
}
/** From a stage, with nobody at work, to the next one. */
const moves: Record<string, string[]> = {
  none: ['failing-over'],
  'failing-over': ['failed-over', 'none'],
  'failed-over': ['resetting', 'none'],
  resetting: ['reset', 'failed-over', 'none'],
  reset: ['failing-back', 'none'],
  'failing-back': ['reset', 'none'],
}

const runs = fc.constantFrom('1', '2', '3')
/** How old a token is, in epochs. */
const ages = fc.constantFrom(0, 0, 0, 1, 2, -1)
/** What runs, the pair itself and people do, in any order; tokens are any a run ever got, or could make up. */
const deed = fc.oneof(
  fc.record({
    do: fc.constant('acquire' as const),
    run: runs,
    operation: fc.constantFrom(...operations),
    adopt: fc.boolean(),
    closed: fc.option(runs, { nil: null }),
  }),
  fc.record({ do: fc.constant('record' as const), run: runs, age: ages, key: fc.nat(3), n: fc.nat(5) }),
  fc.record({
    do: fc.constant('release' as const),
    run: runs,
    age: ages,
    outcome: fc.constantFrom(...outcomes),
  }),
  fc.record({ do: fc.constant('lose' as const) }),
  fc.record({ do: fc.constant('handOver' as const) }),
)
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never

function carryOut(pair: PairRecord, one: Deed): void {
  const epoch = pair.state.epoch - ('age' in one ? one.age : 0)
  switch (one.do) {
    case 'acquire': {
      const holderClosed =
        one.closed === null ? null : { workflowId: `w/${one.closed}`, runId: `r/${one.closed}`, status: 'TERMINATED' }
      pair.acquire(request(one.run, one.operation, { adopt: one.adopt, holderClosed }))
      return
    }
    case 'record':
      pair.record({ lease: token(one.run, epoch), key: `${epoch}:${one.key}`, entries: [fact(one.n)] })
      return
    case 'release':
      pair.release({ lease: token(one.run, epoch), outcome: one.outcome, entries: [] }, at)
      return
    case 'lose':
      pair.leaveInDoubt('it ended as TERMINATED', at)
      return
    case 'handOver':
      pair.handOver({ by: 'ann', reason: 'by hand' }, at)
  }
}

function view(pair: PairRecord) {
  const { lease, epoch, dossier } = pair.state
  return {
    lease,
    epoch,
    stage: dossier.episode?.stage ?? 'none',
    number: dossier.episode?.number ?? null,
    closed: dossier.episodesClosed,
    inDoubt: dossier.episode?.inDoubt ?? null,
    facts: JSON.stringify(dossier.episode?.facts),
  }
}

test('in any order of deeds: one holder, epochs that only grow, no old epoch that writes, stages that follow each other', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
      const pair = newPair()
      for (const one of deeds) {
        const before = view(pair)
        const whole = JSON.stringify(pair.state)
        let done = true
        try {
          carryOut(pair, one)
        } catch (refusal) {
          done = false
          expect((refusal as Error).message.length).toBeGreaterThan(20)
        }
        const after = view(pair)
        const label = JSON.stringify({ one, before, after, done })

        // A holder goes by handing in, by being lost, or by being known as closed; never because another one came.
        const { lease } = before
        const holderKnownClosed = one.do === 'acquire' && lease?.workflowId === `w/${one.closed}`
        if (lease && after.lease?.runId !== lease.runId) {
          const handedIn = one.do === 'release' && done && one.age === 0 && lease.runId === `r/${one.run}`
          expect(handedIn || one.do === 'lose' || holderKnownClosed, label).toBe(true)
        }
        if (!done && !holderKnownClosed) expect(JSON.stringify(pair.state), label).toBe(whole)

        expect(after.epoch - before.epoch, label).toBe(after.lease && after.lease.epoch !== lease?.epoch ? 1 : 0)
        if (after.lease) {
          expect(after.lease.epoch, label).toBe(after.epoch)
          expect(after.stage, label).toBe(stageOf[after.lease.operation])
          expect(after.inDoubt, label).toBeNull()
        } else if (!after.inDoubt) {
          expect(['none', 'failed-over', 'reset'], label).toContain(after.stage)
        }

        // Only the holder, by its own epoch, writes.
        if (one.do === 'record') {
          const holds = lease?.runId === `r/${one.run}` && one.age === 0
          expect(done, label).toBe(holds)
          if (!holds) expect(after.facts, label).toBe(before.facts)
        }

        // Said by anybody but the holder, handing in is refused, or a repetition that changes nothing.
        if (one.do === 'release' && done && lease?.runId !== `r/${one.run}`) {
          expect(JSON.stringify(pair.state), label).toBe(whole)
          expect(pair.state.released, label).toMatchObject({ runId: `r/${one.run}` })
        }

        if (after.stage !== before.stage) {
          // Taking over from a lost run does two things at once: the doubt, then the adoption or its refusal.
          expect(moves[before.stage], label).toContain(after.stage)
        }
        expect(after.closed, label).toBeGreaterThanOrEqual(before.closed)
        if (after.number !== null) expect(after.number, label).toBe(after.closed + 1)

        // Said again at once, nothing more happens.
        if (done && one.do !== 'handOver') {
          const once = JSON.stringify(pair.state)
          carryOut(pair, one)
          expect(JSON.stringify(pair.state), label).toBe(once)
        }
      }
    }),
    { numRuns: 400 },
  )
})

describe('what the watch found', () => {
  const finding = (code: WatchCode, raisedAt: string | null = at): WatchFinding => ({
    code,
    severity: 'blocking',
    text: `${code} it is`,
    todo: 'mend it',
    since: at,
    lastSeen: at,
    raisedAt,
  })
  const memory = (...findings: WatchFinding[]): WatchMemory => ({ findings, tracks: [], settings: null })
  const point: LagPoint = {
    at,
    lag: 5,
    ends: 10,
    mirrored: 5,
    sourceReachable: true,
    linkReachable: true,
    worst: [['t', 5]],
  }

  test('is told in status, readiness and events when it is raised, and in events when it is cleared', () => {
    const pair = newPair()
    pair.watched('A->B', [point], memory(finding('stall'), finding('lag-growth', null)), at)
    expect(pair.status().findings?.map(({ code }) => code)).toEqual(['stall'])
    const { dossier, watch = null } = pair.state
    expect(readiness(dossier, watch, at, 120).reasons).toContainEqual(
      expect.objectContaining({ from: 'watch', code: 'stall', blocking: true, todo: 'mend it' }),
    )
    pair.watched('A->B', [], memory(), at)
    expect(pair.status().findings).toBeUndefined()
    expect(pair.state.events.map(({ text }) => text)).toEqual([
      'finding stall: stall it is',
      'finding stall is cleared',
    ])
  })

  test('what a run that holds the pair changes on purpose is not found anew, and what was found stays', () => {
    const pair = newPair()
    pair.watched('A->B', [], memory(finding('settings-drift')), at)
    acquire(pair, '1', 'failover')
    pair.watched('A->B', [], memory(finding('topic-unselected'), finding('settings-drift'), finding('stall')), at)
    expect(pair.findings.map(({ code }) => code)).toEqual(['settings-drift', 'stall'])
  })

  test('the lag is kept for the link it is of', () => {
    const pair = newPair()
    pair.watched('A->B', [point], memory(), at)
    pair.watched('A->B', [point], memory(), at)
    expect(pair.lag()).toMatchObject({ link: 'A->B', history: { slots: [[Date.parse(at) / 1000, 5, 5, 10, 5, 2, 0]] } })
    pair.watched('B->A', [point], memory(), at)
    expect(pair.lag()).toMatchObject({ link: 'B->A', history: { slots: [[Date.parse(at) / 1000, 5, 5, 10, 5, 1, 0]] } })
    expect(pair.watchOf('A->B')).toBeNull()
  })

  test('a forced failover would lose what was not mirrored at the last contact; a dark source adds what came since', () => {
    const pair = newPair()
    const ends: LagSample['ends'] = [{ topic: 't', partitions: [[0, 0, 10, 10]] }]
    const sample: LagSample = {
      at,
      sourceReachable: true,
      linkReachable: true,
      totalLag: 5,
      ends,
      mirroredTo: [{ topic: 't', offsets: [[0, 4]] }],
      groups: [],
    }
    const early = { ...point, at: '2026-01-17T08:59:20.000Z', ends: 5, lag: 0 }
    pair.sampled(packSample(sample))
    pair.watched('A->B', [early, point], memory(), at)
    const later = '2026-01-17T09:00:30.000Z'
    expect(pair.status(later).forcedLoss).toEqual({ records: 5, seconds: 40, asOf: at, uncertaintySeconds: 30 })
    pair.sampled(packSample({ ...sample, at: later, sourceReachable: false, totalLag: null, sourceSeenAt: at }))
    expect(pair.status(later).forcedLoss).toEqual({ records: 5, seconds: 40, asOf: at, uncertaintySeconds: 30 })
    pair.apply([{ type: 'protection', link: null, at }])
    expect(pair.status(later).forcedLoss).toMatchObject({ records: null, seconds: 30 })
  })

  test('what continues as new takes less than 192 KB with Temporal for 1,000 topics of three partitions, all behind, with copies, rests and comparisons, after a day', async () => {
    const pair = newPair()
    const names = Array.from({ length: 1_000 }, (_, n) => `accounting.department-${n}.invoices`)
    const rows = <T>(row: (partition: number) => T) => [0, 1, 2].map(row)
    const next = spread()
    const look = (second: number): WatchLook => ({
      at: new Date(Date.parse(at) + second * 1_000).toISOString(),
      from: 'A',
      to: 'B',
      naming: { kind: 'suffix', separator: '.', aliases: ['A', 'B'] },
      topics: names,
      link: null,
      ends: names.map((topic) => ({
        topic,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        partitions: rows((p): PartitionEnds => {
          const end = 1_200_000_000 + next(90_000_000)
          return [p, next(2_000_000), end, end]
        }),
      })),
      mirroredTo: names.map((topic) => ({
        topic,
        offsets: rows((p): [number, number] => [p, 1_199_000_000 + next(900_000)]),
      })),
      target: null,
      recent: [],
      rests: [],
      missing: [],
      windows: { stall: 60, growth: 300, retention: 3_600 },
    })
    const last = look(90_000)
    pair.sampled(
      packSample({
        at: last.at,
        sourceReachable: true,
        linkReachable: true,
        totalLag: 3_000_000_000,
        ends: [...(last.ends ?? [])],
        mirroredTo: [...(last.mirroredTo ?? [])].map(({ topic, offsets }) => ({ topic, offsets: [...offsets] })),
        topicIds: names.map((topic) => ({ topic, topicId: anId(next) })),
        groups: ['billing', 'audit'].map((group) => ({
          group,
          topics: names.map((topic) => ({
            topic,
            offsets: rows((p): [number, number] => [p, 1_190_000_000 + next(9_000_000)]),
          })),
        })),
        copies: names.map((topic) => ({
          topic,
          copyId: anId(next),
          rows: rows((p): [number, number, number] => [
            p,
            1_100_000_000 + next(90_000_000),
            1_190_000_000 + next(9_000_000),
          ]),
        })),
        rests: names.map((topic) => ({
          topic,
          rows: rows((p): [number, number, number, number] => [p, 1_200_000_000, 1_200_000_000 + next(2_000), 0]),
        })),
      }),
    )
    const worst = names.slice(0, 10).map((topic): [string, number] => [topic, 3_000_000])
    const points = Array.from({ length: 9_000 }, (_, n) => ({
      ...point,
      at: look(n * 10).at,
      lag: 3_000_000_000,
      ends: 3_703_703_670_000,
      mirrored: 3_700_703_670_000,
      worst,
    }))
    const tracks = tracksAfter(tracksAfter([], look(0)), last)
    const long = { text: 'x'.repeat(900), todo: 'x'.repeat(300) }
    const findings = watchCodes.map((code) => ({ ...finding(code), ...long }))
    const compared = kept({
      topics: names.map((topic) => [
        topic,
        'abcdefABCDEF',
        1_700_000_000,
        'same',
        rows((p) => [p, 1_234_567_890, 1_234_667_890, 1_700_000_000, 1_234_567_890, 1_234_667_890]),
      ]),
      differences: names.slice(0, 30).map((topic) => ({
        topic,
        copy: `${topic}.A`,
        partition: 0,
        from: 1_234_567_890,
        to: 1_234_567_899,
        records: 9,
        at: 1_700_000_000,
      })),
    })
    const settings = { since: at, values: { 'source.tasks.max': '4' } }
    pair.watched('A->B', points, { findings, tracks, settings, compared }, at)
    expect(JSON.stringify(pair.state).length).toBeLessThan(384 * 1024)
    // Temporal refuses 2 MB, and warns of 256 KB.
    const [stored] = await compressing.encode([defaultPayloadConverter.toPayload(pair.state)])
    expect(stored?.data?.length).toBeLessThan(192 * 1024)
    const [read] = await compressing.decode([stored ?? {}])
    expect(defaultPayloadConverter.fromPayload(read ?? {})).toEqual(pair.state)
    expect(JSON.stringify(pair.lag()).length).toBeLessThan(64 * 1024)
  })
})
