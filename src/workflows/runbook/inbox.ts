import type { Approve, CompleteTicket, Confirm, Decide, Force, Pause } from '../../contract/messages.ts'
import type { QuestionKind } from '../../contract/progress.ts'
import type { RunRecord } from './run-record.ts'

/** Completions of unknown tickets kept for one that is just being opened. */
const keptEarlyCompletions = 20

/**
 * What people send, applied to the run's state. Each method answers one sentence, or throws one: a state error, that
 * changes nothing. Plain code: tested without a server.
 */
export class Inbox {
  readonly #record: RunRecord
  readonly #now: () => string

  constructor(record: RunRecord, now: () => string) {
    this.#record = record
    this.#now = now
  }

  approve(message: Approve): string {
    this.#mustBeOpen(message.question, 'approval')
    if (message.planHash !== this.#record.planHash) {
      throw new Error(
        `The plan's hash is ${this.#record.planHash}, not ${message.planHash}: the plan changed, or this is another run's. ` +
          'Read the query plan again and approve what it says now.',
      )
    }
    this.#give(message.question, 'approval', message.by, 'approve', message.comment)
    return `Approved by ${message.by}: plan ${message.planHash}.`
  }

  confirm(message: Confirm): string {
    this.#mustBeMeant(message)
    this.#mustBeOpen(message.question, 'confirmation')
    this.#give(message.question, 'confirmation', message.by, 'confirm', message.note)
    return `Confirmed by ${message.by}.`
  }

  decide(message: Decide): string {
    this.#mustBeMeant(message)
    const question = this.#record.questions.find(message.question)
    if (!question) throw this.#notOpen(message.question)
    if (!question.choices.includes(message.action)) {
      throw new Error(
        `"${message.action}" is not a choice of ${message.question}: ${question.choices.join(', ') || `send ${question.send.update} instead`}.`,
      )
    }
    if (message.action === 'abort') this.requestAbort(message.by, message.reason)
    if (message.action === 'handOver') {
      this.#record.handOver = { by: message.by, reason: message.reason, at: this.#now() }
    }
    this.#give(message.question, question.kind, message.by, message.action, message.reason)
    return `Decided by ${message.by}: ${message.action}.`
  }

  completeTicket(message: CompleteTicket): string {
    const ticket = this.#record.tickets.find((candidate) => candidate.id === message.ticketId)
    const at = this.#now()
    if (ticket) {
      if (ticket.completedAt !== undefined) {
        return `Ticket ${ticket.id} was already completed by ${ticket.completedBy} at ${ticket.completedAt}; nothing changed.`
      }
      ticket.completedAt = at
      ticket.completedBy = message.completedBy
      return `Ticket ${ticket.id} completed by ${message.completedBy}; the link is now probed.`
    }
    const opening = this.#record.steps.find((step) => step.id === 'open-ticket')
    if (opening && opening.state !== 'done' && opening.state !== 'skipped') {
      const early = this.#record.earlyCompletions
      const noted = early.get(message.ticketId)
      if (noted) return `Ticket ${message.ticketId} was noted already, by ${noted.by} at ${noted.at}; nothing changed.`
      if (early.size >= keptEarlyCompletions) {
        throw new Error(
          `This run opens its ticket only now, and ${early.size} completions of tickets it does not know are noted already. ` +
            `Send ${message.ticketId} again when progress shows it.`,
        )
      }
      const { note } = message
      early.set(message.ticketId, { by: message.completedBy, ...(note === undefined ? {} : { note }), at })
      return `Noted: this run knows no ticket ${message.ticketId} yet; it counts if the ticket it opens has this id.`
    }
    const known = this.#record.tickets.map((candidate) => candidate.id).join(', ')
    throw new Error(
      known === ''
        ? `This run has opened no ticket, so ${message.ticketId} is not one of its own.`
        : `Ticket ${message.ticketId} is not this run's. It waits for: ${known}.`,
    )
  }

  pause(message: Pause): string {
    this.#mustRun('pause')
    if (this.#record.pausedBy !== null) return `Already paused by ${this.#record.pausedBy}.`
    this.#record.pausedBy = message.by
    this.#record.paused = { by: message.by, at: this.#now(), ...(message.reason ? { reason: message.reason } : {}) }
    this.#record.note(`paused by ${message.by}${message.reason ? `: ${message.reason}` : ''}`)
    return 'Paused: what is under way is finished, nothing new is started until resume.'
  }

  resume(message: Pause): string {
    if (this.#record.pausedBy === null) return 'The run is not paused.'
    this.#record.pausedBy = null
    this.#record.paused = undefined
    this.#record.note(`resumed by ${message.by}`)
    return 'Resumed.'
  }

  force(message: Force): string {
    this.#mustRun('force')
    const plan = this.#record.plan
    if (!plan) throw new Error('There is no plan yet; send force when progress shows one.')
    if (plan.operation === 'reset')
      throw new Error('A reset has no source to give up: force is for failover and failback.')
    if (plan.mode === 'forced' || this.#record.forceRequest) return 'The run is forced already.'
    if (message.planHash !== this.#record.planHash) {
      throw new Error(
        this.#record.planHash === null
          ? 'The plan has no hash yet (assess is not over); send force when progress shows one.'
          : `The plan's hash is ${this.#record.planHash}, not ${message.planHash}.`,
      )
    }
    this.#record.forceRequest = { by: message.by, reason: message.reason, at: this.#now() }
    this.#record.note(`forced by ${message.by}: ${message.reason}`)
    return 'Forced: the source is given up; the new plan is to be approved.'
  }

  /** From `decide abort` and from Cancel in the UI. Refused and recorded after the point of no return. */
  requestAbort(by: string, reason: string): void {
    this.#mustRun('abort')
    if (this.#record.pointOfNoReturnAt !== null) {
      throw new Error(
        `The point of no return was passed at ${this.#record.pointOfNoReturnAt}: stepping back may fork or lose data. ` +
          'The way is forward: let the run finish (answer what it asks), then move back with the next operation; ' +
          'or decide handOver at its next question.',
      )
    }
    this.#record.abort ??= { by, reason, at: this.#now() }
  }

  #mustRun(what: string): void {
    if (this.#record.finishedAt !== null)
      throw new Error(`The run is over (${this.#record.state}): ${what} changes nothing.`)
  }

  /** Pasted into another run with the same question open, an answer would be taken for what nobody has decided there. */
  #mustBeMeant({ question, run }: { question: string; run?: string | undefined }): void {
    const own = this.#record.workflowId
    if (run === undefined || run === own) return
    throw new Error(
      `This answers ${question} of the run ${run}, and this run is ${own}: nothing changed. Send it to ${run}, or what ` +
        `${own} itself asks: ${this.#record.questions.describeOpen()}.`,
    )
  }

  #mustBeOpen(id: string, kind: QuestionKind): void {
    const question = this.#record.questions.find(id)
    if (!question) throw this.#notOpen(id)
    if (question.kind !== kind) {
      throw new Error(
        `${id} is answered by ${question.send.update}, for example ${JSON.stringify(question.send.payload)}.`,
      )
    }
  }

  #notOpen(id: string): Error {
    const given = this.#record.questions.answered(id)
    if (given) return new Error(`${id} was answered already: ${given.action} by ${given.by} at ${given.at}.`)
    return new Error(`There is no open question ${JSON.stringify(id)}; ${this.#record.questions.describeOpen()}.`)
  }

  #give(question: string, kind: QuestionKind, by: string, action: string, note?: string): void {
    const said = note === undefined ? {} : { note }
    this.#record.questions.answer({ question, kind, by, action, ...said, at: this.#now() })
    this.#record.updatedAt = this.#now()
  }
}
