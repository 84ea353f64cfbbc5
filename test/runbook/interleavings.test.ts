import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Plan } from '../../src/contract/plan.ts'
import type { QuestionKind } from '../../src/contract/progress.ts'
import type { StepId } from '../../src/contract/steps.ts'
import { Inbox } from '../../src/workflows/runbook/inbox.ts'
import { RunRecord } from '../../src/workflows/runbook/run-record.ts'
import type { Run } from '../../src/workflows/runbook/run.ts'
import { registerTicket } from '../../src/workflows/steps/tickets.ts'

/**
 * Two people and a script, two runs of two pairs, some of whose questions have the same names. Everybody sends everything to
 * both runs, twice, in any order, before it is asked and long after: as plain code, so that a thousand orders take seconds.
 */

const interleavings = 1_000
const people = ['ann', 'bob', 'script'] as const
const hashes = { failover: '0123456789abcdef', reset: 'fedcba9876543210' } as const
type Operation = keyof typeof hashes
const workflowIds = { failover: 'failover/accounting', reset: 'reset/orders' } as const

/** What a run asks, one after the other, and the answer that it is given. */
const asked: Record<Operation, { step: StepId; kind: QuestionKind; action: string }[]> = {
  failover: [
    { step: 'approve', kind: 'approval', action: 'approve' },
    { step: 'stop-producers', kind: 'confirmation', action: 'confirm' },
    { step: 'confirm-mirrored', kind: 'decision', action: 'retry' },
    { step: 'confirm-mirrored', kind: 'decision', action: 'proceed' },
    { step: 'verify', kind: 'decision', action: 'skip' },
  ],
  reset: [
    { step: 'approve', kind: 'approval', action: 'approve' },
    { step: 'open-ticket', kind: 'ticket', action: 'T-7' },
    { step: 'settle-stranded', kind: 'decision', action: 'keep' },
    { step: 'stop-producers', kind: 'confirmation', action: 'confirm' },
    { step: 'verify', kind: 'decision', action: 'skip' },
    { step: 'confirm-disabled', kind: 'decision', action: 'retry' },
    { step: 'confirm-disabled', kind: 'decision', action: 'handOver' },
  ],
}

class SteppingRun {
  readonly record: RunRecord
  readonly inbox: Inbox
  readonly #operation: Operation
  readonly #ids: string[] = []
  #at = -1
  #seconds = 0

  constructor(operation: Operation) {
    this.#operation = operation
    this.record = new RunRecord(operation, workflowIds[operation], this.#now())
    this.record.layOut([{ id: 'open-ticket', title: 'Ask for the link to be disabled' }])
    if (operation === 'failover') this.record.enter('open-ticket', 'skipped', this.#now())
    this.record.plan = { operation, mode: 'planned' } as Plan
    this.record.planHash = hashes[operation]
    this.inbox = new Inbox(this.record, () => this.#now())
  }

  #now(): string {
    this.#seconds += 1
    return new Date(Date.UTC(2026, 0, 17, 9, 0, this.#seconds)).toISOString()
  }

  get finished(): boolean {
    return this.#at === asked[this.#operation].length
  }

  /** What the engine does between two messages: it asks the next when the last is answered. */
  goOn(): void {
    const { questions } = this.record
    const last = this.#ids[this.#at]
    const over =
      this.#at < 0 ||
      (last === 'ticket'
        ? this.record.tickets[0]?.completedAt !== undefined
        : last !== undefined && questions.answered(last) !== undefined)
    if (this.finished || this.record.pausedBy !== null || !over) return
    this.#at += 1
    const next = asked[this.#operation][this.#at]
    if (next) this.#ids.push(this.#ask(next.step, next.kind, next.action))
  }

  #ask(step: StepId, kind: QuestionKind, action: string): string {
    if (kind === 'ticket') {
      const run = { record: this.record, publish: () => undefined } as unknown as Run
      registerTicket(run, { door: 'ticket', id: action, openedAt: this.#now() })
      this.record.enter('open-ticket', 'done', this.#now())
      return 'ticket'
    }
    const update = { approval: 'approve', confirmation: 'confirm', decision: 'decide' }[kind]
    return this.record.questions.ask({
      step,
      kind,
      text: `${step}?`,
      choices: kind === 'decision' ? [action, 'abort'] : ['abort'],
      at: this.#now(),
      payload: (id) => ({ update, payload: { question: id } }),
    }).id
  }

  /** What was decided; not when, and not who of several was first. */
  end(): object {
    const { record } = this
    return {
      finished: this.finished,
      answers: this.#ids.map((id) => [id, record.questions.answered(id)?.action]),
      tickets: record.tickets.map(({ id, completedAt }) => [id, completedAt !== undefined]),
      open: record.questions.open,
      control: [record.pausedBy, record.abort, record.forceRequest, record.handOver?.reason ?? null],
    }
  }

  /** All that a message may change. */
  state(): string {
    const { updatedAt: _, ...progress } = this.record.progress()
    const { pausedBy, abort, forceRequest, handOver, earlyCompletions } = this.record
    return JSON.stringify([progress, pausedBy, abort, forceRequest, handOver, [...earlyCompletions]])
  }
}

interface Message {
  label: string
  /** Which run it is meant for. */
  to: Operation
  send: (inbox: Inbox) => string
}

/** What one person sends for one run, in the order in which it asks. */
function messagesOf(by: string, to: Operation): Message[] {
  const planHash = hashes[to]
  const counts = new Map<string, number>()
  const answers = asked[to].map(({ step, kind, action }): Message => {
    const n = (counts.get(step) ?? 0) + 1
    counts.set(step, n)
    const question = `${step}#${n}`
    const send = (inbox: Inbox): string => {
      if (kind === 'approval') return inbox.approve({ question, by, planHash })
      const run = workflowIds[to]
      if (kind === 'confirmation') return inbox.confirm({ question, run, by })
      if (kind === 'ticket') return inbox.completeTicket({ ticketId: action, completedBy: by })
      return inbox.decide({ question, run, action: action as 'retry', by, reason: 'as agreed' })
    }
    return { label: `${by}: ${question} ${action}`, to, send }
  })
  return [
    ...answers,
    { label: `${by}: pause`, to, send: (inbox) => inbox.pause({ by }) },
    { label: `${by}: resume`, to, send: (inbox) => inbox.resume({ by }) },
  ]
}

const all = people.flatMap((by) => [...messagesOf(by, 'failover'), ...messagesOf(by, 'reset')])
const other = { failover: 'reset', reset: 'failover' } as const

/** A message, the run that gets it, and how far the runs go on before the next one. */
type Delivery = { message: Message; at: Operation; steps: number }
const everythingTwiceAndMisdirected = fc
  .tuple(
    fc.shuffledSubarray(
      [...all, ...all].flatMap((message) => [
        { message, at: message.to },
        // Control is by name of the run, so nobody can tell that it was meant for another.
        ...(/pause|resume/.test(message.label) ? [] : [{ message, at: other[message.to] }]),
      ]),
      { minLength: 4 * all.length - 2 * 2 * 2 * people.length },
    ),
    fc.array(fc.nat({ max: 2 }), { minLength: 4 * all.length, maxLength: 4 * all.length }),
  )
  .map(([deliveries, steps]) => deliveries.map((one, i): Delivery => ({ ...one, steps: steps[i] ?? 0 })))

function deliver(runs: Record<Operation, SteppingRun>, { message, at, steps }: Delivery): void {
  const run = runs[at]
  const before = run.state()
  const refusal = refusalOf(() => message.send(run.inbox))
  if (refusal === undefined && at !== message.to) throw new Error(`accepted by the wrong run: ${message.label}`)
  if (refusal !== undefined && refusal.length < 20) throw new Error(`refused without a reason: ${message.label}`)
  if (refusal !== undefined && run.state() !== before) throw new Error(`refused, and changed the run: ${message.label}`)
  for (let i = 0; i < steps; i += 1) for (const each of Object.values(runs)) each.goOn()
}

function refusalOf(send: () => string): string | undefined {
  try {
    send()
    return undefined
  } catch (refusal) {
    return (refusal as Error).message
  }
}

/** Whoever was refused reads what is asked, and sends that: at the latest now. */
function atLast(runs: Record<Operation, SteppingRun>): void {
  for (const operation of ['failover', 'reset'] as const) {
    const [answers, resume] = [messagesOf('ann', operation).slice(0, -2), messagesOf('ann', operation).slice(-1)]
    for (const message of [...resume, ...answers, ...resume]) deliver(runs, { message, at: operation, steps: 2 })
  }
}

const fresh = () => ({ failover: new SteppingRun('failover'), reset: new SteppingRun('reset') })

test(`${interleavings} orders of two people and a script, twice, late, early and to the wrong run: one end`, () => {
  const plain = fresh()
  for (const run of Object.values(plain)) run.goOn()
  atLast(plain)
  const ends = [plain.failover.end(), plain.reset.end()]
  expect(ends).toMatchObject([{ finished: true }, { finished: true }])
  let refusedSome = 0
  fc.assert(
    fc.property(everythingTwiceAndMisdirected, (deliveries) => {
      const runs = fresh()
      for (const delivery of deliveries) deliver(runs, delivery)
      if (!runs.failover.finished) refusedSome += 1
      atLast(runs)
      expect([runs.failover.end(), runs.reset.end()]).toEqual(ends)
    }),
    { numRuns: interleavings },
  )
  // Not all of the orders were right by chance, or the test would show nothing.
  expect(refusedSome).toBeGreaterThan(interleavings / 10)
})
