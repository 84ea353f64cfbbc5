import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/contract/plan.ts'
import { Inbox } from '../../src/workflows/runbook/inbox.ts'
import type { Run } from '../../src/workflows/runbook/run.ts'
import { RunRecord } from '../../src/workflows/runbook/run-record.ts'
import { registerTicket } from '../../src/workflows/steps/tickets.ts'

const hash = '0123456789abcdef'
const otherHash = 'fedcba9876543210'

function scene(operation: 'failover' | 'reset' = 'failover') {
  let seconds = 0
  const now = () => {
    seconds += 1
    return new Date(Date.UTC(2026, 0, 17, 9, 0, seconds)).toISOString()
  }
  const record = new RunRecord(operation, `${operation}/accounting`, now())
  record.layOut([
    { id: 'approve', title: 'Approval' },
    { id: 'open-ticket', title: 'Ask for the link to be disabled' },
  ])
  record.plan = { operation, mode: 'planned' } as Plan
  record.planHash = hash
  const inbox = new Inbox(record, now)
  const ask = (
    step: 'approve' | 'confirm-mirrored' | 'stop-producers' | 'settle-stranded',
    kind: 'approval' | 'decision' | 'confirmation',
    choices: string[],
  ) =>
    record.questions.ask({
      step,
      kind,
      text: `${step}?`,
      choices,
      at: now(),
      payload: (id) => ({ update: kind === 'decision' ? 'decide' : 'approve', payload: { question: id } }),
    })
  const openTicket = (id: string) => {
    registerTicket({ record, publish: () => undefined } as unknown as Run, { door: 'ticket', id, openedAt: now() })
    record.enter('open-ticket', 'done', now())
  }
  return { record, inbox, ask, openTicket }
}

/** All that messages may change. Times, and what is shown of refusals, are left out. */
function stateOf(record: RunRecord) {
  const { updatedAt: _, refusedMessages: __, ...progress } = record.progress()
  return JSON.stringify({
    progress,
    pausedBy: record.pausedBy,
    abort: record.abort,
    forceRequest: record.forceRequest,
    handOver: record.handOver,
    early: [...record.earlyCompletions],
  })
}

describe('approval', () => {
  test('is bound to the plan’s hash', () => {
    const { record, inbox, ask } = scene()
    ask('approve', 'approval', ['abort'])
    expect(() => inbox.approve({ question: 'approve#1', by: 'ann', planHash: otherHash })).toThrow(
      `The plan's hash is ${hash}, not ${otherHash}`,
    )
    expect(record.questions.open).toHaveLength(1)
    expect(inbox.approve({ question: 'approve#1', by: 'ann', planHash: hash })).toContain('Approved by ann')
    expect(record.questions.answered('approve#1')).toMatchObject({ action: 'approve', by: 'ann' })
  })

  test('given twice: the second is told who was first, and changes nothing', () => {
    const { record, inbox, ask } = scene()
    ask('approve', 'approval', ['abort'])
    inbox.approve({ question: 'approve#1', by: 'ann', planHash: hash })
    const before = stateOf(record)
    expect(() => inbox.approve({ question: 'approve#1', by: 'bob', planHash: hash })).toThrow(
      /approve#1 was answered already: approve by ann at/,
    )
    expect(stateOf(record)).toBe(before)
  })

  test('does not answer another kind of question', () => {
    const { inbox, ask } = scene()
    ask('confirm-mirrored', 'decision', ['retry'])
    expect(() => inbox.approve({ question: 'confirm-mirrored#1', by: 'ann', planHash: hash })).toThrow(
      'is answered by decide, for example {"question":"confirm-mirrored#1"}',
    )
    expect(() => inbox.confirm({ question: 'confirm-mirrored#1', by: 'ann' })).toThrow('is answered by decide')
  })
})

describe('decision', () => {
  test('is one of the choices of its question', () => {
    const { record, inbox, ask } = scene()
    ask('confirm-mirrored', 'decision', ['retry', 'abort'])
    const decide = { question: 'confirm-mirrored#1', by: 'ann', reason: 'why' }
    expect(() => inbox.decide({ ...decide, action: 'skip' })).toThrow(
      '"skip" is not a choice of confirm-mirrored#1: retry, abort.',
    )
    expect(inbox.decide({ ...decide, action: 'retry' })).toBe('Decided by ann: retry.')
    expect(() => inbox.decide({ ...decide, action: 'abort' })).toThrow('was answered already')
    expect(record.abort).toBeNull()
  })

  test('to abort stops the run before the point of no return, and is refused with the way forward after it', () => {
    const early = scene()
    early.ask('confirm-mirrored', 'decision', ['abort'])
    early.inbox.decide({ question: 'confirm-mirrored#1', action: 'abort', by: 'ann', reason: 'not today' })
    expect(early.record.abort).toMatchObject({ by: 'ann', reason: 'not today' })

    const late = scene()
    late.ask('confirm-mirrored', 'decision', ['abort'])
    late.record.pointOfNoReturnAt = '2026-01-17T09:00:00.000Z'
    const before = stateOf(late.record)
    expect(() =>
      late.inbox.decide({ question: 'confirm-mirrored#1', action: 'abort', by: 'ann', reason: 'not today' }),
    ).toThrow('The way is forward')
    expect(stateOf(late.record)).toBe(before)
  })

  test('to hand over is kept with who and why', () => {
    const { record, inbox, ask } = scene()
    ask('confirm-mirrored', 'decision', ['handOver'])
    inbox.decide({ question: 'confirm-mirrored#1', action: 'handOver', by: 'ann', reason: 'by hand' })
    expect(record.handOver).toMatchObject({ by: 'ann', reason: 'by hand' })
  })
})

describe('an answer that names its run', () => {
  test('is refused by another run that asks the same, with what that one asks; without a run it is taken', () => {
    const { record, inbox, ask } = scene()
    ask('stop-producers', 'confirmation', ['abort'])
    ask('confirm-mirrored', 'decision', ['retry', 'abort'])
    const before = stateOf(record)
    const wrong = { run: 'failover/orders', by: 'kim' }
    expect(() => inbox.confirm({ ...wrong, question: 'stop-producers#1' })).toThrow(
      /answers stop-producers#1 of the run failover\/orders, and this run is failover\/accounting: nothing changed\. .*"stop-producers#1"/,
    )
    const decision = { question: 'confirm-mirrored#1', action: 'abort', reason: 'another night' } as const
    expect(() => inbox.decide({ ...wrong, ...decision })).toThrow('Send it to failover/orders')
    expect(stateOf(record)).toBe(before)
    inbox.confirm({ question: 'stop-producers#1', run: 'failover/accounting', by: 'kim' })
    inbox.decide({ ...decision, action: 'retry', by: 'kim' })
    expect(record.questions.open).toEqual([])
  })
})

describe('ticket', () => {
  test('completed before the run knew its id counts, by whom it was first', () => {
    const { record, inbox, openTicket } = scene('reset')
    expect(inbox.completeTicket({ ticketId: 'T-1', completedBy: 'desk' })).toContain('Noted')
    expect(inbox.completeTicket({ ticketId: 'T-1', completedBy: 'desk again' })).toContain('noted already, by desk')
    openTicket('T-1')
    expect(inbox.completeTicket({ ticketId: 'T-1', completedBy: 'night shift' })).toContain('already completed by desk')
    expect(record.tickets).toMatchObject([{ id: 'T-1', completedBy: 'desk' }])
  })

  test('of somebody else is refused once the run has its own', () => {
    const { record, inbox, openTicket } = scene('reset')
    openTicket('T-1')
    expect(() => inbox.completeTicket({ ticketId: 'T-9', completedBy: 'desk' })).toThrow(
      "Ticket T-9 is not this run's. It waits for: T-1.",
    )
    expect(record.tickets[0]?.completedAt).toBeUndefined()
  })

  test('of strangers do not pile up, and the run’s own is still completed', () => {
    const { record, inbox, openTicket } = scene('reset')
    for (let i = 0; i < 20; i += 1) inbox.completeTicket({ ticketId: `X-${i}`, completedBy: 'x' })
    expect(inbox.completeTicket({ ticketId: 'X-3', completedBy: 'y' })).toContain('noted already, by x')
    expect(() => inbox.completeTicket({ ticketId: 'T-1', completedBy: 'desk' })).toThrow(
      'Send T-1 again when progress shows it',
    )
    expect(record.earlyCompletions.size).toBe(20)
    openTicket('T-1')
    expect(inbox.completeTicket({ ticketId: 'T-1', completedBy: 'desk' })).toContain('completed by desk')
  })

  test('is nothing to a run that opens none', () => {
    const { record, inbox } = scene()
    record.enter('open-ticket', 'skipped', '2026-01-17T09:00:00.000Z')
    expect(() => inbox.completeTicket({ ticketId: 'T-1', completedBy: 'desk' })).toThrow(
      'This run has opened no ticket',
    )
  })
})

describe('pause, resume and force', () => {
  test('pausing twice keeps the first; resuming a run that is not paused is no error', () => {
    const { record, inbox } = scene()
    expect(inbox.resume({ by: 'ann' })).toBe('The run is not paused.')
    inbox.pause({ by: 'ann' })
    expect(inbox.pause({ by: 'bob' })).toBe('Already paused by ann.')
    expect(record.pausedBy).toBe('ann')
    inbox.resume({ by: 'bob' })
    expect(record.pausedBy).toBeNull()
  })

  test('force is for a failover or failback with a plan, by its hash, and once', () => {
    const reset = scene('reset')
    expect(() => reset.inbox.force({ by: 'ann', reason: 'gone', planHash: hash })).toThrow('A reset has no source')
    const { record, inbox } = scene()
    record.plan = null
    expect(() => inbox.force({ by: 'ann', reason: 'gone', planHash: hash })).toThrow('There is no plan yet')
    record.plan = { operation: 'failover', mode: 'planned' } as Plan
    record.planHash = null
    expect(() => inbox.force({ by: 'ann', reason: 'gone', planHash: hash })).toThrow('has no hash yet')
    record.planHash = hash
    expect(() => inbox.force({ by: 'ann', reason: 'gone', planHash: otherHash })).toThrow(`hash is ${hash}`)
    expect(record.forceRequest).toBeNull()
    inbox.force({ by: 'ann', reason: 'gone', planHash: hash })
    expect(inbox.force({ by: 'bob', reason: 'gone', planHash: hash })).toBe('The run is forced already.')
    expect(record.forceRequest).toMatchObject({ by: 'ann' })
  })

  test('nothing changes a run that is over', () => {
    const { record, inbox } = scene()
    record.state = 'succeeded'
    record.finishedAt = '2026-01-17T10:00:00.000Z'
    const before = stateOf(record)
    expect(() => inbox.pause({ by: 'ann' })).toThrow('The run is over (succeeded)')
    expect(() => inbox.force({ by: 'ann', reason: 'r', planHash: hash })).toThrow('The run is over')
    expect(() => inbox.requestAbort('Cancel', 'cancelled')).toThrow('The run is over')
    expect(stateOf(record)).toBe(before)
  })
})

/** One message of a person or of the desk, right or not. */
type Message = { label: string; send: (inbox: Inbox) => string }

const by = 'ann'
/** What this run needs, in the order in which it asks. */
const needed: readonly Message[] = [
  { label: 'approve', send: (inbox) => inbox.approve({ question: 'approve#1', by, planHash: hash }) },
  { label: 'confirm', send: (inbox) => inbox.confirm({ question: 'stop-producers#1', by }) },
  {
    label: 'retry',
    send: (inbox) => inbox.decide({ question: 'confirm-mirrored#1', action: 'retry', by, reason: 'r' }),
  },
  { label: 'ticket', send: (inbox) => inbox.completeTicket({ ticketId: 'T-1', completedBy: by }) },
  { label: 'keep', send: (inbox) => inbox.decide({ question: 'settle-stranded#1', action: 'keep', by, reason: 'r' }) },
]
/** What must change nothing in the end, whenever it comes. */
const noise: readonly Message[] = [
  { label: 'wrong hash', send: (inbox) => inbox.approve({ question: 'approve#1', by: 'x', planHash: otherHash }) },
  { label: 'no such question', send: (inbox) => inbox.confirm({ question: 'verify#7', by: 'x' }) },
  { label: 'prototype', send: (inbox) => inbox.confirm({ question: '__proto__', by: 'x' }) },
  {
    label: 'no choice',
    send: (inbox) => inbox.decide({ question: 'confirm-mirrored#1', action: 'skip', by: 'x', reason: 'r' }),
  },
  {
    label: 'other kind',
    send: (inbox) => inbox.decide({ question: 'approve#1', action: 'retry', by: 'x', reason: 'r' }),
  },
  { label: 'stranger’s ticket', send: (inbox) => inbox.completeTicket({ ticketId: 'T-9', completedBy: 'x' }) },
  { label: 'force of a reset', send: (inbox) => inbox.force({ by: 'x', reason: 'r', planHash: hash }) },
  { label: 'pause and resume', send: (inbox) => inbox.pause({ by: 'x' }) + inbox.resume({ by: 'x' }) },
]

/** A run that asks one thing after the other, as soon as what it asked before is answered. */
function reset() {
  const { record, inbox, ask, openTicket } = scene('reset')
  const stages: { begin: () => void; over: () => boolean }[] = [
    {
      begin: () => ask('approve', 'approval', ['abort', 'handOver']),
      over: () => record.questions.answered('approve#1') !== undefined,
    },
    {
      begin: () => ask('stop-producers', 'confirmation', []),
      over: () => record.questions.answered('stop-producers#1') !== undefined,
    },
    {
      begin: () => ask('confirm-mirrored', 'decision', ['retry']),
      over: () => record.questions.answered('confirm-mirrored#1') !== undefined,
    },
    { begin: () => openTicket('T-1'), over: () => record.tickets[0]?.completedAt !== undefined },
    {
      begin: () => ask('settle-stranded', 'decision', ['keep', 'discard']),
      over: () => record.questions.answered('settle-stranded#1') !== undefined,
    },
  ]
  let at = 0
  stages[0]?.begin()
  const goOn = () => {
    while (stages[at]?.over()) {
      at += 1
      stages[at]?.begin()
    }
  }
  return { record, inbox, goOn, finished: () => at === stages.length }
}

/** What was decided, without times and without who of several was first. */
function decisions(record: RunRecord) {
  return {
    answers: needed.map(({ label }, i) => {
      const id = ['approve#1', 'stop-producers#1', 'confirm-mirrored#1', undefined, 'settle-stranded#1'][i]
      return [label, id && record.questions.answered(id)?.action, id && record.questions.answered(id)?.by]
    }),
    tickets: record.tickets.map(({ id, completedBy }) => [id, completedBy]),
    open: record.questions.open,
    control: [record.pausedBy, record.abort, record.forceRequest, record.handOver],
  }
}

test('messages repeated, late, early and strange lead to the same end', () => {
  const plain = reset()
  for (const { send } of needed) {
    send(plain.inbox)
    plain.goOn()
  }
  expect(plain.finished()).toBe(true)
  const any = fc.array(fc.constantFrom(...needed, ...noise), { maxLength: 40 })
  fc.assert(
    fc.property(any, (messages) => {
      const run = reset()
      // People who are refused send again what is asked for: so the needed ones come once more, in order.
      for (const { label, send } of [...messages, ...needed]) {
        const before = stateOf(run.record)
        try {
          expect(send(run.inbox).length, label).toBeGreaterThan(5)
        } catch (refusal) {
          expect(refusal, label).toBeInstanceOf(Error)
          expect((refusal as Error).message.length, label).toBeGreaterThan(20)
          expect(stateOf(run.record), label).toBe(before)
        }
        run.goOn()
      }
      expect(run.finished()).toBe(true)
      expect(decisions(run.record)).toEqual(decisions(plain.record))
    }),
    { numRuns: 300 },
  )
})
