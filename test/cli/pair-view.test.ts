import { expect, test } from 'vitest'
import { checkLines, failed, ok } from '../../src/cli/check/line.ts'
import { expectationLines } from '../../src/cli/render/expectations.ts'
import { lagLines } from '../../src/cli/render/lag.ts'
import { outcomeCode } from '../../src/cli/render/outcome.ts'
import { runRows } from '../../src/cli/render/runs.ts'
import { statusLines } from '../../src/cli/render/status.ts'
import { age, clip, duration, plain, shellWord } from '../../src/cli/render/words.ts'
import type { Readiness } from '../../src/contract/pair-messages.ts'
import type { LagHistory, LagSlot } from '../../src/contract/watch.ts'
import { aStatus } from '../domain/builders.ts'
import { now } from './fixtures/progress.ts'

const status = aStatus({
  active: 'B',
  standby: 'A',
  protectedBy: { from: 'B', to: 'A' },
  lag: { at: '2026-01-17T09:33:15Z', records: 12, sourceReachable: true, linkReachable: true },
})

test('status shows sides, protection, lag and readiness', () => {
  const readiness: Readiness = {
    version: 1,
    verdict: 'blocked',
    reasons: [{ text: 'a run is under way', blocking: true, from: 'episode' }],
    sampledAt: status.lag?.at ?? null,
    ageSeconds: 5,
    stale: false,
    unprotectedSince: null,
    forcedLoss: { records: 12, seconds: 3, asOf: status.lag?.at ?? null, uncertaintySeconds: 5 },
  }
  expect(statusLines(status, readiness, now)).toEqual([
    'accounting: producers write to B, A stands by',
    '  protection ✔ B->A',
    '  lag        12 records (5 s ago)',
    '  episode    none open',
    '  run        none',
    '  forced     a failover by force would lose at most 12 records, written in about 3 s, and what was written in the last 5 s',
    '  readiness  ✖ not ready',
    '             - a run is under way',
  ])
})

test('alerts come first', () => {
  const lines = statusLines({ ...status, alerts: ['Unprotected since 09:00', 'A does not answer.'] }, null, now)
  expect(lines.slice(0, 4)).toEqual([
    'accounting: producers write to B, A stands by',
    '  alert      ! Unprotected since 09:00',
    '  alert      ! A does not answer.',
    '  protection ✔ B->A',
  ])
})

test('status says since when a pair is unprotected and what stays dark', () => {
  const text = statusLines(
    {
      ...status,
      protectedBy: null,
      unprotectedSince: '2026-01-17T09:00:00Z',
      lag: { at: '2026-01-17T09:33:15Z', records: null, sourceReachable: false, linkReachable: true },
      obligations: [{ id: 'fence-A', text: 'fence A', since: '2026-01-17T09:00:00Z' }],
    },
    null,
    now,
  ).join('\n')
  expect(text).toContain('✖ none since 09:00:00Z (33 min 20 s)')
  expect(text).toContain('unknown, the source does not answer (5 s ago)')
  expect(text).toContain('! fence A (for 33 min 20 s; id fence-A)')
})

test('a finding is shown with its age and what to do, and is not said twice', () => {
  const finding = {
    code: 'stall' as const,
    severity: 'blocking' as const,
    text: 'It stands.',
    todo: 'Resume it.',
    since: '2026-01-17T09:32:20Z',
    lastSeen: '2026-01-17T09:33:15Z',
    raisedAt: '2026-01-17T09:32:30Z',
  }
  const readiness: Readiness = {
    version: 1,
    verdict: 'blocked',
    reasons: [{ text: 'It stands.', blocking: true, from: 'watch', code: 'stall' }],
    sampledAt: '2026-01-17T09:30:00Z',
    ageSeconds: 1,
    stale: false,
    unprotectedSince: null,
    forcedLoss: { records: null, seconds: null, asOf: null, uncertaintySeconds: null },
  }
  const text = statusLines({ ...status, findings: [finding] }, readiness, now)
  expect(text).toContain('  finding    ✖ stall, for 1 min: It stands.')
  expect(text).toContain('               Resume it.')
  expect(text.filter((line) => line.includes('It stands.'))).toHaveLength(1)
  // The workflow's clock stood still: by ours the sample is 200 s old.
  expect(text.join('\n')).toContain('The last lag sample is 200 s old')
})

test('the lag is a table with a line of bars for each span, and the worst topics', () => {
  const second = now.getTime() / 1000
  const slot = (ago: number, lag: number, dark = 0): LagSlot => [second - ago, lag, lag, 0, 0, 1, dark]
  const history: LagHistory = {
    slots: [slot(80_000, 800), slot(5_000, 100), slot(600, 50), slot(300, -1, 1), slot(5, 10)],
    worst: [['orders', 800, second - 80_000]],
  }
  expect(lagLines({ version: 1, pair: 'accounting', link: 'A->B', history }, now)).toEqual([
    'accounting: lag of A->B, 10 at 09:33:15Z',
    '  span                 now       worst  unreachable  oldest to newest, the worst of each column',
    '  last 15 min           10          50         33 %          █              ▃',
    '  last 2 h              10         100         25 %         █              ▅▂',
    '  last 24 h             10         800         20 %   █                    ▂▂',
    '  worst by topic, within a day:',
    '           800  orders (22 h 13 min ago)',
  ])
  expect(lagLines({ version: 1, pair: 'x', link: null, history: { slots: [], worst: [] } }, now)).toEqual([
    'x: the lag was not sampled yet',
  ])
})

test('a pair in doubt shows the only two ways on', () => {
  const text = statusLines(
    {
      ...status,
      episode: {
        number: 2,
        stage: 'failing-over',
        inDoubt: {
          since: '2026-01-17T09:00:00Z',
          operation: 'failover',
          workflowId: 'failover/accounting/1',
          why: 'terminated',
        },
      },
    },
    null,
    now,
  )
  expect(text.slice(-3)).toEqual([
    '✖ In doubt: the failover failover/accounting/1 ended in the middle (terminated). Only these go on:',
    '    $ switchback adopt accounting --by you --reason "…" --follow',
    '    $ switchback hand-over accounting --by you --reason "…"',
  ])
})

test('a loss that cannot be known is never shown as none', () => {
  const nothing = { lossRecords: null, duplicates: [], orderBreaks: [] }
  expect(expectationLines(nothing, [], 'forced')[0]).toBe('Lost:      cannot be known: the source gives no answer')
  expect(expectationLines({ ...nothing, lossRecords: 1 }, [], 'forced')[0]).toContain('at most 1 record as it is now')
  expect(expectationLines({ ...nothing, lossRecords: 0 }, [], 'planned')[0]).toContain('none')
  const lossText = 'unknown, since nothing is known of orders/3'
  expect(expectationLines({ ...nothing, lossText }, [], 'forced')[0]).toBe(`Lost:      ${lossText}`)
  const lossSeenAt = '2026-01-17T09:33:15.000Z'
  expect(expectationLines({ ...nothing, lossRecords: 0, lossSeenAt }, [], 'forced')[0]).toBe(
    'Lost:      none when the source was last seen, 2026-01-17 09:33:15 UTC, and what was written after that',
  )
})

test('duplicates and broken order are named by group', () => {
  const lines = expectationLines(
    {
      lossRecords: 0,
      duplicates: [
        { group: 'billing', records: 1200 },
        { group: 'audit', records: 0 },
      ],
      orderBreaks: [{ group: 'billing', reason: 'unequal partitions' }],
    },
    [],
    'planned',
  )
  expect(lines).toContain('Doubled:   billing at most 1,200 records')
  expect(lines).toContain('Reordered: billing (unequal partitions)')
})

test('the state a run ends in decides the exit code', () => {
  const findings = [{ severity: 'blocking' as const, code: 'x', text: 'x' }]
  expect(outcomeCode('succeeded', { findings })).toBe(0)
  expect(outcomeCode('aborted', { findings: [] })).toBe(1)
  expect(outcomeCode('handed-over', { findings: [] })).toBe(1)
  expect(outcomeCode('refused', { findings: [] })).toBe(3)
  expect(outcomeCode('dry-run', { findings: [] })).toBe(0)
  expect(outcomeCode('dry-run', { findings })).toBe(1)
})

test('runs are listed in aligned columns', () => {
  const rows = [
    {
      workflowId: 'failover/accounting/1',
      operation: 'failover',
      pair: 'accounting',
      state: 'waiting',
      startedAt: '2026-01-17T09:30:00Z',
    },
    {
      workflowId: 'reset/a/1',
      operation: 'reset',
      pair: 'a',
      state: 'completed',
      startedAt: '2026-01-17T08:30:00Z',
      closedAt: '2026-01-17T09:00:00Z',
    },
  ]
  expect(runRows(rows, now)).toEqual([
    'accounting  failover  waiting    since 09:30:00Z (3 min 20 s)  failover/accounting/1',
    'a           reset     completed  ended 09:00:00Z               reset/a/1',
  ])
})

test('check lines are aligned, and the faults of a configuration stay under their line', () => {
  expect(checkLines([failed('configuration', 'it has 2 faults:\n- one\n- two'), ok('Temporal', 'answers')])).toEqual([
    '✖ configuration  it has 2 faults:\n                 - one\n                 - two',
    '✔ Temporal       answers',
  ])
})

test.each([
  [0.04, '0 s'],
  [0.44, '0.4 s'],
  [12.4, '12 s'],
  [59.7, '1 min'],
  [200, '3 min 20 s'],
  [3_600, '1 h'],
  [18_120, '5 h 2 min'],
  [529_200, '6 d 3 h'],
])('%d seconds are said as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test('a server clock that is ahead gives an age of zero', () => {
  expect(age('2026-01-17T09:34:00Z', now)).toBe('0 s')
})

test('words are quoted for a shell only where needed', () => {
  expect(shellWord('failover/accounting/1')).toBe('failover/accounting/1')
  expect(shellWord("kim's run")).toBe(String.raw`'kim'\''s run'`)
})

test('a line is cut to the terminal and control characters of strangers are taken out', () => {
  expect(clip('✔ abcdef', 5)).toBe('✔ ab…')
  expect(plain('a\u001b[2Jb\r\nc')).toBe('a [2Jb \nc')
})
