import { expect, test } from 'vitest'
import { changeLines } from '../../src/cli/render/changes.ts'
import { detailText, type LiveActivity } from '../../src/cli/render/live.ts'
import { progressLines } from '../../src/cli/render/progress.ts'
import { answerCommands } from '../../src/cli/render/questions.ts'
import { aProgress, approval, decision, now } from './fixtures/progress.ts'

const mirroring = (totalLag: number, heartbeatAt = '2026-01-17T09:33:18Z'): LiveActivity => ({
  activity: 'awaitMirrored',
  attempt: 1,
  details: { totalLag, recordsPerSecond: 40, etaSeconds: 3 },
  heartbeatAt,
})

test('progress shows every step with its mark, its text and how long it took', () => {
  expect(progressLines(aProgress(), [], now)).toEqual([
    'failover of accounting: A → B, planned, episode 3  ▶ running',
    'failover/accounting/20260117-093000  plan 0f3a77aa00bb11cc  started 09:30:00Z, 3 min 20 s ago',
    '',
    '  ✔ assess            both sides answer (2 s)',
    '  – fence-source      skipped: A is dark',
    '  ▶ confirm-mirrored  Confirm that all is mirrored (12 s)',
    '  ○ verify            Verify',
  ])
})

test('progress shows the live numbers of a heartbeat with their age', () => {
  const lines = progressLines(aProgress(), [mirroring(1200)], now)
  expect(lines.at(-1)).toBe('  … awaitMirrored: 1,200 records behind, 40 records/s, about 3 s left (2 s ago)')
})

test('numbers that a heartbeat repeats show the age of their reading, not of the heartbeat', () => {
  const live = { ...mirroring(120), details: { at: '2026-01-17T09:33:08Z', lag: 120 } }
  expect(progressLines(aProgress(), [live], now).at(-1)).toBe('  … awaitMirrored: 120 records behind (12 s ago)')
})

test('a retried activity shows which try it is and why the last one failed', () => {
  const retried: LiveActivity = {
    activity: 'setSelection',
    attempt: 4,
    details: undefined,
    lastFailure: 'Connect of B does not answer',
  }
  expect(progressLines(aProgress(), [retried], now).at(-1)).toBe(
    '  … setSelection, try 4; the last try failed: Connect of B does not answer',
  )
})

test.each<[unknown, string]>([
  [
    {
      lag: 14,
      recordsPerSecond: 2.5,
      etaSeconds: 6,
      proven: '1 of 3 partitions',
      worst: ['t-0 open transaction, 8 behind', 't-2 6 behind'],
      transactions: ['app-1 (producer 7, Ongoing), open for 12 s'],
      obstacles: [],
    },
    '14 records behind, 2.5 records/s, about 6 s left, proven 1 of 3 partitions, ' +
      'worst t-0 open transaction, 8 behind, t-2 6 behind, transactions app-1 (producer 7, Ongoing), open for 12 s',
  ],
  [{ doing: 'stopping invoicing' }, 'stopping invoicing'],
  [{ behind: { billing: 12, audit: 0 }, partitions: 3 }, 'behind billing 12, audit 0, partitions 3'],
  [{ active: [{ group: 'billing', members: 2 }] }, 'active billing members 2'],
  [{ stillForMs: 1500, of: 3000, moved: 0 }, 'still for 1.5 s, wanted 3 s, moved 0'],
  [
    { disabled: false, problem: 'Connect of B does not answer' },
    'disabled no, the last check failed: Connect of B does not answer',
  ],
  [{ idle: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, 'idle a, b, c, d, e, … 2 more'],
  ['half way', 'half way'],
  [null, ''],
])('heartbeat details %j are said as "%s"', (details, text) => {
  expect(detailText(details)).toBe(text)
})

test('a question is shown with its age, its whole text and a command that answers it', () => {
  const lines = progressLines(aProgress({ state: 'waiting', waitingFor: [approval] }), [], now)
  expect(lines.slice(-5)).toEqual([
    '⏸ approve#1 (asked 3 min ago)',
    '    Declare the disaster of A.',
    '    Nothing will be lost.',
    '    What to do: docs/on-call.md#approve',
    '    $ switchback approve failover/accounting/20260117-093000 --by you',
  ])
})

test('a decision has a command for its first choice and names the others', () => {
  expect(answerCommands(decision, 'my run')).toEqual([
    `$ switchback decide 'my run' retry --question 'confirm-mirrored#1' --by you --reason "…"`,
    '  or instead of retry: abort',
  ])
})

test('an approval that may be turned down shows how', () => {
  expect(answerCommands({ ...approval, choices: ['abort'] }, 'x')).toEqual([
    '$ switchback approve x --by you',
    `$ switchback decide x abort --question 'approve#1' --by you --reason "…"`,
  ])
})

test('a ticket question names its ticket in the command', () => {
  const ticket = {
    ...approval,
    kind: 'ticket' as const,
    send: { update: 'completeTicket', payload: { ticketId: 'CS123' } },
  }
  expect(answerCommands(ticket, 'reset/a/1')).toEqual(['$ switchback ticket complete reset/a/1 CS123 --by you'])
})

test('what a person must know is said: no way back, findings, obligations, refused messages', () => {
  const lines = progressLines(
    aProgress({
      pointOfNoReturnAt: '2026-01-16T23:00:00Z',
      findings: [
        { severity: 'blocking', code: 'partition-parity', text: 'x has 3 partitions on A and 2 on B.' },
        { severity: 'info', code: 'note', text: 'all is well' },
      ],
      obligations: ['fence A as soon as it answers'],
      refusedMessages: {
        count: 2,
        last: [{ at: '2026-01-17T09:31:00Z', message: 'approve', error: 'no such question\nsend approve#1' }],
      },
    }),
    [],
    now,
  ).join('\n')
  expect(lines).toContain('! no way back since 2026-01-16 23:00:00Z')
  expect(lines).toContain('✖ x has 3 partitions on A and 2 on B.')
  expect(lines).toContain('! outstanding: fence A as soon as it answers')
  expect(lines).toContain('! 2 messages were refused, the last (approve): no such question\n    send approve#1')
  expect(lines).not.toContain('all is well')
})

test('a run without a plan yet is shown without made-up sides', () => {
  const [first] = progressLines(aProgress({ source: '', target: '', steps: [], pair: '' }), [], now)
  expect(first).toBe('failover of …: the plan is being drawn up, planned, episode 3  ▶ running')
})

test('the first look of a log is the whole picture', () => {
  const after = { progress: aProgress(), live: [] }
  expect(changeLines(null, after, now)).toEqual(progressLines(aProgress(), [], now))
})

test('a look without news prints nothing, and an older heartbeat is no news', () => {
  const before = { progress: aProgress(), live: [mirroring(120)] }
  const after = {
    progress: aProgress({ updatedAt: '2026-01-17T09:33:20Z' }),
    live: [mirroring(120, '2026-01-17T09:33:00Z')],
  }
  expect(changeLines(before, after, now)).toEqual([])
})

test('a log gets one line for each step that changed, each new number, and the new question', () => {
  const steps = aProgress().steps.map((step) =>
    step.id === 'confirm-mirrored' ? { ...step, state: 'waiting' as const, detail: 'the link does not move' } : step,
  )
  const before = { progress: aProgress(), live: [mirroring(120)] }
  const after = { progress: aProgress({ state: 'waiting', steps, waitingFor: [decision] }), live: [mirroring(80)] }
  expect(changeLines(before, after, now)).toEqual([
    '09:33:20Z ⏸ confirm-mirrored: the link does not move',
    '09:33:20Z … awaitMirrored: 80 records behind, 40 records/s, about 3 s left (2 s ago)',
    '⏸ confirm-mirrored#1 (asked 20 s ago)',
    '    The link has not moved for 60 s.',
    '    What to do: docs/on-call.md#confirm-mirrored',
    '    $ switchback decide failover/accounting/20260117-093000 retry --question \'confirm-mirrored#1\' --by you --reason "…"',
    '      or instead of retry: abort',
    '09:33:20Z ⏸ waits for a person',
  ])
})
