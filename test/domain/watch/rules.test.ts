import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MissingCopies, PartitionEnds, RestRow } from '../../../src/contract/evidence.ts'
import type { LagSlot, WatchMemory } from '../../../src/contract/watch.ts'
import { judge } from '../../../src/domain/watch/judge.ts'
import type { WatchLook } from '../../../src/domain/watch/look.ts'
import { activeGroups } from '../../../src/domain/watch/rules/active-groups.ts'
import { copyChanged } from '../../../src/domain/watch/rules/copy-changed.ts'
import { growth, lagGrowth } from '../../../src/domain/watch/rules/lag-growth.ts'
import { linkState } from '../../../src/domain/watch/rules/link-state.ts'
import { missingPartitions } from '../../../src/domain/watch/rules/missing-partitions.ts'
import { retentionRace } from '../../../src/domain/watch/retention-race.ts'
import { retentionOvertakes } from '../../../src/domain/watch/rules/retention-overtakes.ts'
import { runningWithoutProgress } from '../../../src/domain/watch/rules/running-without-progress.ts'
import { settingsDrift } from '../../../src/domain/watch/rules/settings-drift.ts'
import { sourceChanged } from '../../../src/domain/watch/rules/source-changed.ts'
import { stall } from '../../../src/domain/watch/rules/stall.ts'
import { forcedReread, forcedRereadText } from '../../../src/domain/watch/forced-reread.ts'
import { untranslatedGroups } from '../../../src/domain/watch/rules/untranslated-groups.ts'
import { unselectedTopics } from '../../../src/domain/watch/rules/unselected-topics.ts'
import { followed, tracksAfter } from '../../../src/domain/watch/tracks.ts'
import { at, commits, ends, naming } from '../builders.ts'

const blank: WatchMemory = { findings: [], tracks: [], settings: null }
const link = {
  state: 'running',
  detail: 'connector RUNNING',
  selection: 't,u',
  assigned: [
    { topic: 't', partitions: [0, 1] },
    { topic: 'u', partitions: [0] },
  ],
  failedTasks: [],
}

/** [start, end, mirrored-to or null, last stable offset (the end)] of t-0, t-1 and u-0. */
type Row = [start: number, end: number, mirroredTo: number | null, stable?: number]

function aLook(second: number, rows: Row[], change: Partial<WatchLook> = {}): WatchLook {
  const names: [string, number][] = [
    ['t', 0],
    ['t', 1],
    ['u', 0],
  ]
  const of = (topic: string) => rows.flatMap((row, n) => (names[n]?.[0] === topic ? [[names[n][1], row] as const] : []))
  return {
    at: at(second),
    from: 'A',
    to: 'B',
    naming,
    topics: ['t', 'u'],
    link,
    ends: ['t', 'u'].map((topic) =>
      ends(
        topic,
        of(topic).map(([partition, [start, end, , stable]]): PartitionEnds => [partition, start, end, stable ?? end]),
      ),
    ),
    mirroredTo: ['t', 'u'].map((topic) => ({
      topic,
      offsets: of(topic).flatMap(([partition, [, , c]]): [number, number][] => (c === null ? [] : [[partition, c]])),
    })),
    target: {
      groups: [{ group: 'billing', state: 'empty', members: [] }],
      copies: [
        { topic: 't.A', partitions: 2 },
        { topic: 'u.A', partitions: 1 },
      ],
    },
    recent: [],
    rests: [],
    missing: [],
    windows: { stall: 60, growth: 300, retention: 3_600 },
    ...change,
  }
}

/** The memory after these looks. */
function seen(looks: WatchLook[], before: WatchMemory = blank): WatchMemory {
  return looks.reduce((memory, look) => ({ ...memory, tracks: tracksAfter(memory.tracks, look) }), before)
}

const caughtUp: Row[] = [
  [0, 100, 99],
  [0, 50, 49],
  [0, 10, 9],
]

test('a link that keeps up has no finding, and nothing is followed', () => {
  const memory = seen([aLook(0, caughtUp), aLook(1_000, caughtUp)])
  expect(memory.tracks).toEqual([])
  expect(judge(aLook(1_000, caughtUp), memory, { raise: 0, clear: 0 })).toEqual([])
})

describe('stall', () => {
  const one: Row[] = [
    [0, 120, 99],
    [0, 50, 49],
    [0, 30, 9],
  ]
  const other: Row[] = [
    [0, 140, 99],
    [0, 50, 49],
    [0, 40, 19],
  ]

  test('a partition that stands while another moves is named with its lag, offset and time', () => {
    const look = aLook(70, other)
    const memory = seen([aLook(0, one), look])
    expect(stall(look, memory)).toMatchObject({
      severity: 'blocking',
      text: expect.stringContaining('1 partition, 40 offsets behind: t-0 (40 behind, mirrored to 99, for 70 s)'),
    })
    expect(runningWithoutProgress(look, memory)).toBeNull()
  })

  test('a link that runs and moves nothing is told as such, and a paused one as a stall', () => {
    const look = aLook(70, one)
    const memory = seen([aLook(0, one), look])
    expect(runningWithoutProgress(look, memory)?.text).toContain('says RUNNING and mirrors nothing: 2 partitions')
    expect(stall(look, memory)).toBeNull()
    const paused = { ...look, link: { ...link, state: 'paused' } }
    expect(stall(paused, memory)?.text).toContain('The link is paused')
    expect(runningWithoutProgress(paused, memory)).toBeNull()
  })

  test('a partition whose position nobody can tell does not stand, and another one beside it does', () => {
    const untold = (seconds: number, topics: string[]): WatchLook => {
      const look = aLook(seconds, one)
      const of = (topic: string) => (topics.includes(topic) ? { incomparable: [0, 1] } : {})
      return { ...look, mirroredTo: (look.mirroredTo ?? []).map((entry) => ({ ...entry, ...of(entry.topic) })) }
    }
    const judged = (topics: string[]) =>
      runningWithoutProgress(untold(70, topics), seen([untold(0, topics), untold(70, topics)]))
    expect(judged(['t', 'u'])).toBeNull()
    expect(judged(['t'])?.text).toContain('1 partition, 20 offsets behind: u-0')
    expect(judged([])?.text).toContain('2 partitions')
  })

  test('what waits for an open transaction, and what a scan found to be markers only, is no stall', () => {
    const open: Row[] = [[0, 120, 99, 100]]
    const memory = seen([aLook(0, open), aLook(70, open)])
    expect(runningWithoutProgress(aLook(70, open), memory)).toBeNull()
    const rests = [
      { topic: 't', rows: [[0, 100, 120, 0] as RestRow] },
      { topic: 'u', rows: [[0, 10, 30, 0] as RestRow] },
    ]
    const empty = aLook(70, one, { rests })
    expect(runningWithoutProgress(empty, seen([aLook(0, one), empty]))).toBeNull()
    const rows: Row[] = [
      [0, 121, 99],
      [0, 50, 49],
      [0, 30, 9],
    ]
    const more = aLook(140, rows, { rests })
    const later = aLook(201, rows, { rests })
    expect(runningWithoutProgress(later, seen([empty, more, later]))?.text).toContain('1 partition, 1 offsets behind')
  })

  test('what is known to hold markers only takes no place among the partitions that are followed', () => {
    const many = (second: number): WatchLook =>
      aLook(second, [], {
        ends: [
          ends(
            't',
            Array.from({ length: 300 }, (_, p): PartitionEnds => [p, 0, 10, 10]),
          ),
          ends('u', [[0, 0, 36_000, 36_000]]),
        ],
        mirroredTo: [
          { topic: 't', offsets: Array.from({ length: 300 }, (_, p): [number, number] => [p, 8]) },
          { topic: 'u', offsets: [[0, 0]] },
        ],
        rests: [{ topic: 't', rows: Array.from({ length: 300 }, (_, p): RestRow => [p, 9, 10, 0]) }],
      })
    const memory = seen([many(0), many(70)])
    expect(memory.tracks.map(({ topic }) => topic)).toEqual(['u'])
    expect(runningWithoutProgress(many(70), memory)?.text).toContain('1 partition, 35999 offsets behind: u-0')
  })

  test('against a model: named exactly when the position has not changed for the window while something waits', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(3), fc.nat(3)), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(steps, (moves) => {
        let [now, end, c, movedAt] = [0, 1, -1, 0]
        let behind = false
        let memory = blank
        for (const [gap, written, copied] of moves) {
          now += gap
          end += written
          const to = Math.min(end - 1, c + copied)
          const changed = to !== c
          c = to
          // A partition that had caught up begins to wait when something comes.
          if (changed || !behind) movedAt = now
          behind = end - 1 > c
          const look = aLook(now, [[0, end, c === -1 ? null : c]])
          memory = seen([look], memory)
          const found = runningWithoutProgress(look, memory) ?? stall(look, memory)
          expect(found !== null && found !== undefined).toBe(behind && now - movedAt >= 60)
        }
      }),
    )
  })

  test('a look that saw one side only tells nothing', () => {
    const dark = { ...aLook(70, one), ends: null }
    expect(stall(dark, seen([aLook(0, one)]))).toBeUndefined()
    expect(runningWithoutProgress(dark, blank)).toBeUndefined()
    expect(retentionOvertakes(dark, blank)).toBeUndefined()
    expect(seen([dark], seen([aLook(0, one)])).tracks).toEqual(seen([aLook(0, one)]).tracks)
  })

  test('at most 200 partitions are followed, in 24 KB, and one that stands is not pushed out by those that lag more', () => {
    const many = (second: number, stuck: number) =>
      aLook(second, [], {
        ends: Array.from({ length: 1_000 }, (_, n) =>
          ends(
            `accounting.department-${n}.invoices`,
            [0, 1, 2].map((p): PartitionEnds => [p, 0, 9e15, 9e15]),
          ),
        ),
        mirroredTo: Array.from({ length: 1_000 }, (_, n) => ({
          topic: `accounting.department-${n}.invoices`,
          offsets: [0, 1, 2].map((p): [number, number] => [p, n === 7 ? stuck : second * 1_000 + n]),
        })),
      })
    const memory = seen([0, 20, 40, 60].map((second) => many(second, 0)))
    expect(memory.tracks.flatMap(({ rows }) => rows)).toHaveLength(followed)
    expect(JSON.stringify(memory).length).toBeLessThan(24 * 1024)
    expect(stall(many(60, 0), memory)?.text).toContain('department-7.invoices-0')
  })
})

describe('retention', () => {
  test('records removed before they were mirrored are named by offsets, also when nothing is left to mirror', () => {
    const rests = [{ topic: 't', rows: [[0, 50, 100, 50] as RestRow] }]
    for (const row of [
      [60, 100, 49],
      [100, 100, 49],
    ] as Row[]) {
      const look = aLook(10, [row], { rests })
      expect(retentionOvertakes(look, seen([aLook(0, [[0, 100, 49]]), look]))).toMatchObject({
        severity: 'blocking',
        text: expect.stringContaining(
          `t-0 offsets 50 to ${row[0] - 1} (${row[0] === 100 ? '' : 'at least '}${row[0] - 50} records`,
        ),
      })
    }
  })

  test('offsets of which nobody knows whether they were records are told as such, and block nothing', () => {
    const look = aLook(10, [[60, 100, 49]])
    expect(retentionOvertakes(look, seen([aLook(0, [[0, 100, 49]]), look]))).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining('Whether there were records among them is not known: t-0 offsets 50 to 59'),
    })
    const markers = aLook(10, [[100, 100, 49]], { rests: [{ topic: 't', rows: [[0, 50, 100, 0]] }] })
    expect(retentionOvertakes(markers, seen([aLook(0, [[0, 100, 49]]), markers]))).toBeNull()
  })

  test('a start that runs after the mirroring is told before it arrives', () => {
    const looks = [aLook(0, [[0, 2_000, 999]]), aLook(100, [[500, 2_500, 999]])]
    expect(retentionOvertakes(looks[1] as WatchLook, seen(looks))).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining('overtaken in about 100 s'),
    })
  })

  test('a mirroring that has caught up is not overtaken, whatever retention removes', () => {
    const looks = [aLook(0, [[0, 100, 99]]), aLook(100, [[100, 100, 99]])]
    expect(retentionOvertakes(looks[1] as WatchLook, seen(looks))).toBeNull()
  })

  test('against constant paces: told when and only when the start passes the position within the window', () => {
    const pace = fc.integer({ min: 0, max: 50 })
    fc.assert(
      fc.property(
        pace,
        pace,
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 10, max: 1_000 }),
        (removes, copies, margin, elapsed) => {
          const [start, mirroredTo] = [removes * elapsed, margin - 1 + copies * elapsed]
          fc.pre(mirroredTo + 1 >= start)
          const look = {
            start,
            mirroredTo,
            track: [0, mirroredTo, 0, [0, 0, margin - 1], [0, 0, margin - 1]] as never,
          }
          const race = retentionRace(look, elapsed)
          const overtakes = removes > copies ? (mirroredTo + 1 - start) / (removes - copies) : null
          expect(race.lost).toBeNull()
          if (overtakes === null) expect(race.overtakesInSeconds).toBeNull()
          else expect(race.overtakesInSeconds).toBeCloseTo(overtakes, 6)
        },
      ),
    )
  })
})

describe('lag growth', () => {
  const slots = (lags: number[]): LagSlot[] => lags.map((lag, n) => [n * 5, lag, lag, 0, 0, 1, 0])

  test('a lag that only grows is told with both ends, and not before the window is full', () => {
    const recent = slots(Array.from({ length: 61 }, (_, n) => n * 10))
    expect(lagGrowth(aLook(0, caughtUp, { recent }), blank)?.text).toContain('grows: from 200 to 400 offsets in 300 s')
    expect(lagGrowth(aLook(0, caughtUp, { recent: recent.slice(0, 20) }), blank)).toBeNull()
    expect(lagGrowth(aLook(0, caughtUp), blank)).toBeUndefined()
  })

  test('positions that arrive in steps, and lags that come and go, are no growth', () => {
    const sawtooth = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 2, max: 19 }))
    fc.assert(
      fc.property(sawtooth, ([rate, period]) => {
        expect(growth(slots(Array.from({ length: 61 }, (_, n) => (n % period) * rate)))).toBeNull()
      }),
    )
  })

  test('growth beneath the steps is found as soon as it exceeds one of them', () => {
    const risen = Array.from({ length: 61 }, (_, n) => (n % 12) * 10 + n * 6)
    expect(growth(slots(risen))).not.toBeNull()
  })

  test('looks that could not tell the lag are left out', () => {
    const lags = Array.from({ length: 61 }, (_, n) => (n % 2 === 0 ? -1 : n))
    expect(growth(slots(lags))).toMatchObject({ seconds: 290 })
  })
})

describe('what the link and the target show', () => {
  test.each([
    ['paused', { ...link, state: 'paused' }, 'is paused'],
    ['with a failed task', { ...link, failedTasks: ['task 0: no leader'] }, 'Failed: task 0: no leader'],
  ])('a link %s is told', (_case, changed, text) => {
    expect(linkState(aLook(0, caughtUp, { link: changed }), blank)?.text).toContain(text)
  })

  test('a group with members on the target is named with them', () => {
    const groups = [{ group: 'billing', state: 'active', members: ['c-1 on /10.0.0.1'] }]
    const look = aLook(0, caughtUp, { target: { groups, copies: [] } })
    expect(activeGroups(look, blank)?.text).toContain('billing (c-1 on /10.0.0.1)')
    expect(activeGroups({ ...look, target: null }, blank)).toBeUndefined()
  })

  test('a copy with fewer partitions, one that is missing, a partition no task has, and a topic that is gone are named', () => {
    const target = { groups: [], copies: [{ topic: 't.A', partitions: 1 }] }
    const fewer = missingPartitions(aLook(0, caughtUp, { target, topics: ['t', 'u', 'v'] }), blank)
    expect(fewer?.text).toContain('A has no topic v, t.A has 1 of 2 partitions, u.A has 0 of 1 partitions')
    const assigned = [{ topic: 't', partitions: [0] }]
    const idle = missingPartitions(aLook(0, caughtUp, { link: { ...link, assigned } }), blank)
    expect(idle?.text).toContain('no task mirrors t 1, no task mirrors u 0')
    expect(missingPartitions(aLook(0, caughtUp), blank)).toBeNull()
  })

  test('a topic that the selection does not match is named; a selection that cannot be judged is left to assess', () => {
    const selecting = (selection: string | null) =>
      unselectedTopics(aLook(0, caughtUp, { link: { ...link, selection } }), blank)
    expect(selecting('t')?.text).toContain('matches none of u')
    expect(selecting(null)?.text).toContain('matches none of t, u')
    expect(selecting('[a&&b]')).toBeNull()
    expect(selecting('[tu]')).toBeNull()
  })

  test('settings are compared with switchback.yaml, and where it is silent with what was first seen', () => {
    const settings = { 'source.tasks.max': '4', 'source.errors.tolerance': 'all' }
    const look = aLook(0, caughtUp, { link: { ...link, settings, wantedSettings: { 'source.tasks.max': '2' } } })
    const known = {
      ...blank,
      settings: { since: at(0), values: { 'source.tasks.max': '4', 'source.offset.lag.max': '0' } },
    }
    const found = settingsDrift(look, known)
    expect(found?.text).toContain('source.tasks.max is 4, switchback.yaml has 2')
    expect(found?.text).toContain('source.errors.tolerance is all, was (not set)')
    expect(found?.text).toContain('source.offset.lag.max is (not set), was 0')
    expect(settingsDrift(aLook(0, caughtUp), known)).toBeNull()
  })
})

describe('what the copies lack', () => {
  const lacking: MissingCopies[] = [
    { topic: 't', topicId: 'id-t', why: 'copy-recreated', seenAt: at(0), rows: [[0, 0, 100]] },
    { topic: 'u', topicId: 'id-u', why: 'source-truncated', seenAt: at(0), rows: [[0, 4, 10]] },
  ]

  test('another copy and another log block, with offsets and the exact calls', () => {
    const look = aLook(0, caughtUp, { missing: lacking })
    expect(copyChanged(look, blank)).toMatchObject({
      severity: 'blocking',
      text: expect.stringContaining('t-0 offsets 0 to 99'),
      todo: expect.stringContaining('{"cluster":"A","topic":"t","partition":0},"offset":null}'),
    })
    expect(sourceChanged(look, blank)?.text).toContain('it was truncated')
    expect(sourceChanged(look, blank)?.text).toContain('u-0 offsets 4 to 9')
    expect(copyChanged(aLook(0, caughtUp), blank)).toBeNull()
    expect(copyChanged({ ...look, ends: null }, blank)).toBeUndefined()
  })
})

describe('positions of groups that are not translated', () => {
  const reread = (translated: number | null, committed: number | null, end = 100) =>
    forcedReread({
      naming,
      from: 'A',
      readers: [{ group: 'billing', topics: ['t'] }],
      copyEnds: [ends('t.A', [[0, 10, end, end]])],
      translated: translated === null ? [] : [commits('billing', 't.A', [[0, translated]])],
      committed: committed === null ? [commits('billing', 't', [])] : [commits('billing', 't', [[0, committed]])],
    })
  const target = (groups: ReturnType<typeof reread>) => ({ groups: [], copies: [], reread: groups })
  const withSettings = (settings: Record<string, string> | undefined, groups: ReturnType<typeof reread>, second = 10) =>
    aLook(second, [], {
      target: target(groups),
      link: settings === undefined ? link : { ...link, settings },
    })
  const since = (second: number): WatchMemory => ({ ...blank, settings: { since: at(second), values: {} } })

  test('the copy is read from where it was translated, else from its start; what a group has not read is not read twice', () => {
    expect(reread(60, 70)).toEqual([{ group: 'billing', records: 40, untranslated: 0 }])
    expect(reread(null, 70)).toEqual([{ group: 'billing', records: 90, untranslated: 90 }])
    expect(reread(130, 70)).toEqual([{ group: 'billing', records: 90, untranslated: 90 }])
    expect(reread(null, null)).toEqual([{ group: 'billing', records: 0, untranslated: 0 }])
    expect(forcedRereadText([...reread(60, 70), { group: 'shipping', records: 0, untranslated: 0 }])).toBe('billing 40')
  })

  test("MirrorMaker's default is said at once, with the number; where translation is on it is given time", () => {
    const off = withSettings({ 'source.tasks.max': '4' }, reread(null, 70))
    expect(untranslatedGroups(off, since(10))).toMatchObject({
      severity: 'warning',
      text: 'Positions of groups are not translated by A->B (sync.group.offsets.enabled is not true). A forced move would read again: billing (at most 90 records).',
    })
    const on = { 'checkpoint.sync.group.offsets.enabled': 'true' }
    expect(untranslatedGroups(withSettings(on, reread(null, 70), 100), since(10))).toBeNull()
    expect(untranslatedGroups(withSettings(on, reread(null, 70), 1_000), since(10))).toMatchObject({
      severity: 'warning',
      text: expect.not.stringContaining('('.concat('sync')),
    })
    expect(untranslatedGroups(withSettings(undefined, reread(null, 70)), blank)).toBeNull()
  })

  test('translated positions are no finding, and a target that does not answer tells nothing', () => {
    expect(untranslatedGroups(withSettings({}, reread(60, 70)), since(10))).toBeNull()
    expect(untranslatedGroups(aLook(10, [], { target: null }), blank)).toBeUndefined()
  })

  test('however far it was translated, no more is read again than the copy holds, and no less than lies behind', () => {
    const offset = fc.nat({ max: 150 })
    fc.assert(
      fc.property(fc.option(offset, { nil: null }), fc.integer({ min: 10, max: 100 }), (translated, end) => {
        const [found] = reread(translated, 5, end)
        const known = translated !== null && translated <= end
        expect(found?.records).toBe(end - (known ? Math.max(translated, 10) : 10))
        expect(found?.untranslated).toBe(known ? 0 : end - 10)
      }),
    )
  })
})
