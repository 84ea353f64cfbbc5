import { expect, test } from 'vitest'
import { RunRecord } from '../../src/workflows/runbook/run-record.ts'

const start = '2026-01-17T09:00:00.000Z'
const later = '2026-01-17T09:00:07.500Z'

function record(): RunRecord {
  const made = new RunRecord('failover', 'failover/accounting', start)
  made.layOut([
    { id: 'assess', title: 'Assess both sides and the link' },
    { id: 'verify', title: 'Producers and consumers make progress' },
  ])
  return made
}

test('a step keeps when it began, through repetitions, and how long it took', () => {
  const run = record()
  run.enter('assess', 'running', start)
  run.enter('assess', 'failed', start, { reason: 'B does not answer' })
  run.enter('assess', 'running', later)
  run.enter('assess', 'done', later, { detail: 'nothing in the way' })
  expect(run.step('assess')).toMatchObject({
    state: 'done',
    startedAt: start,
    endedAt: later,
    seconds: 7.5,
    detail: 'nothing in the way',
  })
  expect(run.updatedAt).toBe(later)
})

test('a step that the plan does not have is an error, not a new step', () => {
  expect(() => record().enter('open-ticket', 'running', start)).toThrow('the plan has no step open-ticket')
})

test('refused and unknown messages are counted without end and kept in bounds', () => {
  const run = record()
  for (let i = 0; i < 500; i += 1) {
    run.refuse(`decide ${'x'.repeat(5_000)}`, `no ${i} ${'y'.repeat(5_000)}`, start)
    run.unknown(`signal ${i} ${'z'.repeat(5_000)}`)
  }
  const { refusedMessages, unknownMessages } = run.progress()
  expect([refusedMessages.count, unknownMessages.count]).toEqual([500, 500])
  expect([refusedMessages.last.length, unknownMessages.last.length]).toEqual([20, 20])
  expect(refusedMessages.last.at(-1)?.error).toContain('no 499')
  expect(unknownMessages.last.at(-1)).toContain('signal 499')
  expect(JSON.stringify(run.progress()).length).toBeLessThan(25_000)
})

test('notes are kept in bounds, the newest ones', () => {
  const run = record()
  for (let i = 0; i < 200; i += 1) run.note(`note ${i}`)
  expect(run.notes).toHaveLength(50)
  expect(run.notes.at(-1)).toBe('note 199')
})

test('the state shown: over, else paused, else waiting, else running', () => {
  const run = record()
  expect(run.shownState).toBe('running')
  run.questions.ask({
    step: 'verify',
    kind: 'decision',
    text: 'No progress.',
    choices: ['retry'],
    at: start,
    payload: (id) => ({ update: 'decide', payload: { question: id } }),
  })
  expect(run.shownState).toBe('waiting')
  run.pausedBy = 'ann'
  expect(run.shownState).toBe('paused')
  run.state = 'succeeded'
  expect(run.shownState).toBe('succeeded')
})

test('progress before there is a plan says so in its fields', () => {
  const run = new RunRecord('reset', 'reset/accounting', start)
  expect(run.progress()).toMatchObject({
    version: 1,
    operation: 'reset',
    state: 'running',
    mode: 'planned',
    source: '',
    planHash: null,
    steps: [],
    waitingFor: [],
    abortRequested: false,
    refusedMessages: { count: 0, last: [] },
  })
  expect(JSON.parse(JSON.stringify(run.progress()))).toEqual(run.progress())
})
