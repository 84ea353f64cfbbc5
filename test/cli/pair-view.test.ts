import { expect, test } from 'vitest'
import { checkLines, failed, ok } from '../../src/cli/check/line.ts'
import { expectationLines } from '../../src/cli/render/expectations.ts'
import { outcomeCode } from '../../src/cli/render/outcome.ts'
import { runRows } from '../../src/cli/render/runs.ts'
import { statusLines } from '../../src/cli/render/status.ts'
import { age, clip, duration, plain, shellWord } from '../../src/cli/render/words.ts'
import type { PairStatus } from '../../src/contract/pair-messages.ts'
import { now } from './fixtures/progress.ts'

const status: PairStatus = {
  version: 1,
  pair: 'accounting',
  active: 'B',
  standby: 'A',
  lease: null,
  episode: null,
  obligations: [],
  alerts: [],
  unprotectedSince: null,
  protectedBy: { from: 'B', to: 'A' },
  lag: { at: '2026-01-17T09:33:15Z', records: 12, sourceReachable: true, linkReachable: true },
  dossierEntries: 0,
}

test('status shows sides, protection, lag and readiness', () => {
  const readiness = { ready: false, reasons: ['the last sample is 4 min old'], sampledAt: null, sample: null }
  expect(statusLines(status, readiness, now)).toEqual([
    'accounting: producers write to B, A stands by',
    '  protection ✔ B->A',
    '  lag        12 records (5 s ago)',
    '  episode    none open',
    '  run        none',
    '  readiness  ✖ not ready',
    '             - the last sample is 4 min old',
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
  expect(expectationLines({ ...nothing, lossRecords: 1 }, [], 'forced')[0]).toContain('1 record never mirrored')
  expect(expectationLines({ ...nothing, lossRecords: 0 }, [], 'planned')[0]).toContain('none')
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
