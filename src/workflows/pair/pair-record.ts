import type { AclEntry, Dossier, DossierEntry, Obligation } from '../../contract/dossier.ts'
import type { PackedSample } from '../../contract/evidence.ts'
import type { OperationName } from '../../contract/names.ts'
import type {
  AcquireAnswer,
  AcquireRequest,
  DischargeRequest,
  HandOverRequest,
  PairLedger,
  PairStatus,
  RecordRequest,
  RecordAnswer,
  ReleaseRequest,
} from '../../contract/pair-messages.ts'
import type { LeaseToken } from '../../contract/lease.ts'
import type { LagAnswer, LagPoint, WatchFinding, WatchMemory, WatchState } from '../../contract/watch.ts'
import { unreadOfMoves } from '../../domain/choices/unread.ts'
import { applyEntry, closeEpisode, openEpisode } from '../../domain/dossier/dossier.ts'
import type { PairState } from './pair-record-state.ts'
import { comparedNow } from '../../domain/compare/summary.ts'
import { identityOf, withRemembered } from '../../domain/watch/remembered-links.ts'
import { advised } from '../../domain/watch/advice.ts'
import { whereItStood } from '../../domain/dossier/where-it-stood.ts'
import { type Tidy, tidyOf } from '../../domain/dossier/ours.ts'
import { forcedLoss } from '../../domain/watch/forced-loss.ts'
import { raised } from '../../domain/watch/hysteresis.ts'
import { structural } from '../../domain/watch/judge.ts'
import { noHistory, withPoint } from '../../domain/watch/lag-history.ts'
import { onCall } from '../../domain/text/on-call.ts'

/** Keys of records kept to recognise a repetition; a run repeats only its last one. */
const keptKeys = 100
const keptEvents = 200
/** Names of unknown signals kept, and how much of each, in characters. */
const keptUnknown = 20
const keptName = 100
/** Of a finding's text, in the events, characters. */
const keptText = 300

const stageNeeded: Record<
  OperationName,
  { before: string | null; during: 'failing-over' | 'resetting' | 'failing-back' }
> = {
  failover: { before: null, during: 'failing-over' },
  reset: { before: 'failed-over', during: 'resetting' },
  failback: { before: 'reset', during: 'failing-back' },
}

const nextOperation: Record<string, string> = {
  'failed-over': 'the next operation is reset',
  reset: 'the next operation is failback',
  'failing-over': 'a failover is under way',
  resetting: 'a reset is under way',
  'failing-back': 'a failback is under way',
}

/** The pair's memory and lease, as plain state: tested without a server. Refusals are thrown as sentences. */
export class PairRecord {
  state: PairState

  constructor(state: PairState) {
    this.state = state
  }

  acquire(request: AcquireRequest): AcquireAnswer {
    const { state } = this
    const held = state.lease
    if (held && held.workflowId === request.workflowId && held.runId === request.runId) {
      return { epoch: held.epoch, adopted: state.adopted, dossier: state.dossier }
    }
    if (held) {
      const closed = request.holderClosed
      if (!closed || closed.workflowId !== held.workflowId || closed.runId !== held.runId) {
        throw new Error(
          `${state.dossier.pair} is held by the ${held.operation} ${held.workflowId} since ${held.acquiredAt}. ` +
            'Let it end, or abort it; two runs never change one pair.',
        )
      }
      this.leaveInDoubt(`it ended as ${closed.status} without releasing the lease`, request.at)
    }
    const adopted = this.#admit(request)
    state.epoch += 1
    state.adopted = adopted
    state.lease = {
      workflowId: request.workflowId,
      runId: request.runId,
      operation: request.operation,
      epoch: state.epoch,
      acquiredAt: request.at,
    }
    this.#event(
      request.at,
      `${request.operation} ${request.workflowId} ${adopted ? 'adopts the episode' : 'begins'}, epoch ${state.epoch}`,
    )
    return { epoch: state.epoch, adopted, dossier: state.dossier }
  }

  /** Decides whether the operation may begin, and opens or goes on with the episode. True: it adopts. */
  #admit({ operation, adopt, at }: AcquireRequest): boolean {
    const { state } = this
    const { episode } = state.dossier
    if (episode?.inDoubt) {
      const { inDoubt } = episode
      if (!adopt || inDoubt.operation !== operation) {
        throw new Error(
          `Episode ${episode.number} of ${state.dossier.pair} is in doubt since ${inDoubt.since}: the ${inDoubt.operation} ` +
            `${inDoubt.workflowId}: ${inDoubt.why}. Start ${inDoubt.operation} with "adopt": true to take it over where it stands, ` +
            'or send the pair handOver {"by": "you", "reason": "…"} to close the episode as it is.',
        )
      }
      state.dossier = { ...state.dossier, episode: { ...episode, inDoubt: null } }
      return true
    }
    if (adopt)
      throw new Error(
        `Nothing of ${state.dossier.pair} is in doubt, so there is nothing to adopt. Start without "adopt".`,
      )
    const needed = stageNeeded[operation]
    const stage = episode?.stage ?? null
    if (stage !== needed.before) {
      throw new Error(
        stage === null
          ? `${state.dossier.pair} is not failed over (${state.dossier.active} is active): ${operation} comes after ${operation === 'reset' ? 'failover' : 'reset'}.`
          : `${operation} cannot begin: episode ${episode?.number} of ${state.dossier.pair} is at "${stage}"; ${nextOperation[stage] ?? 'see status'}.`,
      )
    }
    const open = openEpisode(state.dossier, at)
    if (open.episode) {
      // What an earlier run of it did is history, but that it told a desk not to act on its ticket.
      const facts = open.episode.facts.filter(
        ({ operation: of, step, state: how }) => of !== operation || (step === 'open-ticket' && how === 'undone'),
      )
      state.dossier = { ...open, episode: { ...open.episode, facts, stage: needed.during } }
    }
    return false
  }

  record(request: RecordRequest): RecordAnswer {
    this.#mustHold(request.lease)
    const { state } = this
    if (!state.keys.includes(request.key)) {
      state.dossier = applyAll(state.dossier, request.entries)
      state.keys = [...state.keys, request.key].slice(-keptKeys)
    }
    return { obligations: state.dossier.obligations }
  }

  release(request: ReleaseRequest, at: string): void {
    const { state } = this
    const held = state.lease
    // Handed in already: a repetition of the same call. Only for the run that did: one that was reset must not end as done.
    if (!held && state.released && sameRun(state.released, request.lease)) return
    this.#mustHold(request.lease)
    state.dossier = applyAll(state.dossier, request.entries)
    const { workflowId, runId, epoch } = request.lease
    state.released = { workflowId, runId, epoch }
    const operation = held?.operation ?? 'failover'
    this.#event(at, `${operation} ${request.lease.workflowId}: ${request.outcome}`)
    if (request.outcome === 'failed') {
      this.leaveInDoubt('it failed', at)
      return
    }
    state.lease = null
    if (request.outcome === 'handed-over') {
      this.#close(at, 'handed over')
      return
    }
    this.#settle(operation, request.outcome === 'succeeded', at)
  }

  #settle(operation: OperationName, done: boolean, at: string): void {
    if (operation === 'reset') this.#stage(done ? 'reset' : 'failed-over')
    else if (operation === 'failover' && done) this.#stage('failed-over')
    else if (operation === 'failback' && !done) this.#stage('reset')
    else this.#close(at, done ? 'complete' : 'aborted')
  }

  handOver(request: HandOverRequest, at: string): string {
    const { episode } = this.state.dossier
    if (this.state.lease) {
      throw new Error(
        `The ${this.state.lease.operation} ${this.state.lease.workflowId} holds the pair: decide handOver there.`,
      )
    }
    if (!episode) throw new Error('No episode is open, so there is nothing to hand over.')
    const number = episode.number
    this.#close(at, `handed over by ${request.by}: ${request.reason}`)
    return `Episode ${number} is closed as it stands: ${this.state.dossier.active} is active. The facts are in the query history.`
  }

  discharge(request: DischargeRequest, at: string): string {
    const found = this.state.dossier.obligations.find(
      ({ id, dischargedAt }) => id === request.id && dischargedAt === undefined,
    )
    if (!found) {
      throw new Error(
        `There is no open obligation "${request.id}". Open: ${this.openObligations.map(({ id }) => id).join(', ') || 'none'}.`,
      )
    }
    this.apply([{ type: 'obligation-discharged', id: request.id, at, by: request.by }])
    this.#event(at, `obligation ${request.id} discharged by ${request.by}`)
    return `Discharged: ${found.text}`
  }

  /** What the pair itself finds out. */
  apply(entries: DossierEntry[]): void {
    this.state.dossier = applyAll(this.state.dossier, entries)
  }

  sampled(sample: PackedSample): void {
    this.state.dossier = { ...this.state.dossier, lastSample: sample }
  }

  /** What a memory or the clusters taught takes the place of what this pair knew; epochs only grow. */
  rebuild(known: { dossier: Dossier; epoch: number; events: PairState['events'] }): void {
    const { state } = this
    state.dossier = known.dossier
    state.epoch = Math.max(state.epoch, known.epoch)
    state.events = [...known.events, ...state.events].slice(-keptEvents)
    state.adopted = false
    state.keys = []
    delete state.released
  }

  /** Something a person ought to read in the pair's history. */
  note(text: string, at: string): void {
    this.#event(at, text)
  }

  /** What the watch keeps of the link; null when it is about another one. */
  watchOf(link: string): WatchState | null {
    return this.state.watch?.link === link ? this.state.watch : null
  }

  /** A stretch of watching. While a run holds the pair, what it changes on purpose is not found anew. */
  watched(link: string, points: LagPoint[], seen: WatchMemory, at: string): void {
    const memory = this.#tidied(seen, at)
    const before = this.watchOf(link)
    const known = before?.memory.findings ?? []
    const findings = this.state.lease ? withoutOwnActs(known, memory.findings) : memory.findings
    this.#tellFindings(known, findings, at)
    const history = points.reduce(withPoint, before?.history ?? noHistory)
    this.state.watch = { link, history, memory: { ...memory, findings } }
  }

  /** What the watch is to remove: nothing while a run holds the pair. */
  tidy(): { tidy?: Tidy } {
    const { dossier, lease, watch } = this.state
    if (lease) return {}
    const done = new Set(watch?.memory.tidied?.groups)
    const { lift, groups } = tidyOf(dossier)
    const left = groups.filter(({ id }) => !done.has(id))
    return lift.length === 0 && left.length === 0 ? {} : { tidy: { lift, groups: left } }
  }

  /** What was removed is ours no more. Only of this stretch: a later fence may have the same entries. */
  #tidied({ tidied, ...memory }: WatchMemory, at: string): WatchMemory {
    if (tidied === undefined) return memory
    for (const { cluster, acls } of tidied.lifted) {
      this.apply([{ type: 'fence-lifted', cluster, lifted: acls }])
      this.#event(at, `${acls.length} ACLs of ours on ${cluster} are lifted: the episode they were for is over`)
    }
    return tidied.groups.length === 0 ? memory : { ...memory, tidied: { lifted: [], groups: tidied.groups } }
  }

  #tellFindings(before: WatchFinding[], after: WatchFinding[], at: string): void {
    const had = new Set(raised(before).map(({ code }) => code))
    const has = new Set(raised(after).map(({ code }) => code))
    for (const { code, text } of raised(after)) {
      if (!had.has(code)) this.#event(at, `finding ${code}: ${text.slice(0, keptText)}`)
    }
    for (const code of had) if (!has.has(code)) this.#event(at, `finding ${code} is cleared`)
  }

  lag(): LagAnswer {
    const { dossier, watch } = this.state
    return { version: 1, pair: dossier.pair, link: watch?.link ?? null, history: watch?.history ?? noHistory }
  }

  get findings(): WatchFinding[] {
    return advised(raised(this.state.watch?.memory.findings ?? []), this.state.dossier)
  }

  /** Somebody pressed Cancel on the pair: nothing ends, and it is said. */
  cancelled(at: string): void {
    this.state.cancelRequestedAt = at
    this.#event(at, 'Cancel was requested on the pair: it has no effect')
  }

  /** A signal cannot be answered: that it came is all that is kept. */
  unknownSignal(name: string): void {
    const before = this.state.unknown ?? { count: 0, last: [] }
    const last = [...before.last, name.slice(0, keptName)].slice(-keptUnknown)
    this.state.unknown = { count: before.count + 1, last }
  }

  fenced(obligation: Obligation, added: AclEntry[], at: string): void {
    if (added.length === 0) return
    const episode = this.state.dossier.episode?.number ?? 0
    this.apply([
      {
        type: 'fence',
        fence: { cluster: obligation.cluster, episode, at, added, proof: 'by the pair, as outstanding' },
      },
    ])
  }

  /** What the holder's search attribute says; undefined where the namespace has none. */
  holderSays(state: string | undefined): void {
    if (state === undefined) delete this.state.holderState
    else this.state.holderState = state
  }

  /** What the next run of the pair goes on with. */
  handedOn(): PairState {
    const { cancelRequestedAt: _past, ...state } = this.state
    return state
  }

  leaveInDoubt(why: string, at: string): void {
    const { state } = this
    const held = state.lease
    if (!held) return
    state.lease = null
    const { episode } = state.dossier
    this.#event(at, `${held.operation} ${held.workflowId} left the episode in doubt: ${why}`)
    if (!episode) return
    const inDoubt = { since: at, operation: held.operation, workflowId: held.workflowId, why }
    state.dossier = { ...state.dossier, episode: { ...episode, inDoubt } }
  }

  get openObligations(): Obligation[] {
    return this.state.dossier.obligations.filter(({ dischargedAt }) => dischargedAt === undefined)
  }

  get alerts(): string[] {
    const { dossier } = this.state
    const doubt = dossier.episode?.inDoubt
    return [
      ...(doubt
        ? [
            `Episode ${dossier.episode?.number} is in doubt since ${doubt.since}: ${doubt.operation} ${doubt.workflowId}, ${doubt.why}. ` +
              `Start ${doubt.operation} with "adopt": true, or send handOver. See ${onCall('in-doubt')}.`,
          ]
        : []),
      ...this.openObligations.map(({ text }) => `Outstanding: ${text} See ${onCall('what-is-outstanding')}.`),
      ...(dossier.unprotectedSince === null
        ? []
        : [
            `Unprotected since ${dossier.unprotectedSince}: nothing is mirrored from ${dossier.active}. See ${onCall('alerts-of-a-pair')}.`,
          ]),
      ...(dossier.lastSample && !dossier.lastSample.sourceReachable
        ? [`${dossier.active} does not answer. See ${onCall('alerts-of-a-pair')}.`]
        : []),
      ...(dossier.lastSample && !dossier.lastSample.linkReachable
        ? [`The link does not answer. See ${onCall('alerts-of-a-pair')}.`]
        : []),
    ]
  }

  /** `now`, ISO 8601: then it says as well what a forced failover would lose. */
  status(now?: string): PairStatus {
    const { dossier, lease } = this.state
    const sample = dossier.lastSample
    return {
      version: 1,
      pair: dossier.pair,
      active: dossier.active,
      standby: dossier.standby,
      lease,
      episode: dossier.episode
        ? { number: dossier.episode.number, stage: dossier.episode.stage, inDoubt: dossier.episode.inDoubt }
        : null,
      ...(dossier.episode?.inDoubt ? { stood: whereItStood(dossier) } : {}),
      obligations: this.openObligations.map(({ id, text, since }) => ({ id, text, since })),
      alerts: this.alerts,
      unprotectedSince: dossier.unprotectedSince,
      protectedBy: dossier.protectedBy,
      lag: sample
        ? {
            at: sample.at,
            records: sample.totalLag,
            sourceReachable: sample.sourceReachable,
            linkReachable: sample.linkReachable,
          }
        : null,
      dossierEntries: dossier.episode?.facts.length ?? 0,
      ...(this.findings.length > 0 ? { findings: this.findings } : {}),
      ...(now === undefined ? {} : { forcedLoss: forcedLoss(dossier, this.state.watch ?? null, now) }),
      ...comparedNow(dossier, this.state.watch ?? null),
      ...(this.state.unknown ? { unknownMessages: this.state.unknown } : {}),
      ...(this.state.cancelRequestedAt === undefined ? {} : { cancelRequestedAt: this.state.cancelRequestedAt }),
    }
  }

  ledger(): PairLedger {
    const { pair, ledgers, settlements, moves } = this.state.dossier
    const unread = unreadOfMoves(moves)
    return { version: 1, pair, ledgers, settlements, ...(unread.length === 0 ? {} : { unread }) }
  }

  #mustHold(token: LeaseToken): void {
    const held = this.state.lease
    if (held && sameRun(held, token)) return
    throw new LeaseLostError(
      held
        ? `The pair ${token.pair} is held by the ${held.operation} ${held.workflowId} (epoch ${held.epoch}), not by ${token.workflowId} (epoch ${token.epoch}).`
        : `The run ${token.workflowId} (epoch ${token.epoch}) does not hold the pair ${token.pair} any more.`,
    )
  }

  #stage(stage: 'failed-over' | 'reset'): void {
    this.apply([{ type: 'stage', stage }])
  }

  #close(at: string, how: string): void {
    const number = this.state.dossier.episode?.number
    this.state.dossier = closeEpisode(this.state.dossier)
    this.#event(at, `episode ${number} closed: ${how}; ${this.state.dossier.active} is active`)
  }

  #event(at: string, text: string): void {
    this.state.events = [...this.state.events, { at, text }].slice(-keptEvents)
  }
}

type Holder = Pick<LeaseToken, 'workflowId' | 'runId' | 'epoch'>

function sameRun(a: Holder, b: Holder): boolean {
  return a.workflowId === b.workflowId && a.runId === b.runId && a.epoch === b.epoch
}

/** All or nothing: an entry this code does not know is refused before the dossier changes. */
function applyAll(dossier: Dossier, entries: DossierEntry[]): Dossier {
  const after = entries.reduce(applyEntry, dossier)
  // A sample of the other direction says nothing about this one, although its topics have the same names.
  if (after.active === dossier.active && after.standby === dossier.standby) return after
  const { active: from, standby: to, lastSample: sample } = dossier
  const remembered =
    sample === null ? after.remembered : withRemembered(after.remembered, { from, to, sample: identityOf(sample) })
  return { ...after, lastSample: null, ...(remembered === undefined ? {} : { remembered }) }
}

/** Of what a run changes on purpose only what was told before it began is kept. */
function withoutOwnActs(before: WatchFinding[], after: WatchFinding[]): WatchFinding[] {
  const known = new Set(raised(before).map(({ code }) => code))
  return after.filter(({ code }) => !structural.has(code) || known.has(code))
}

/** A write by a run whose lease is gone. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
}
