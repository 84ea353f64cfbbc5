import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { pairQueries, runQueries } from '../../../src/contract/definitions.ts'
import type { Dossier } from '../../../src/contract/dossier.ts'
import type { Progress } from '../../../src/contract/progress.ts'
import { type Mishap, mishaps, World } from '../../workflows/world.ts'
import { type Blow, type Cell, type Door, messages } from './cell.ts'
import { playMessage } from './messages.ts'
import { Gate } from './gate.ts'
import type { ManyPairs } from './many-pairs.ts'
import { type Ended, endOf } from './players.ts'
import { type Place, type Runbook, type RunbookName, runbooks } from './runbooks.ts'
import { Seat } from './seat.ts'

const acts: ReadonlySet<string> = new Set([
  ...Object.keys(new World().writes(async () => undefined)).filter((name) => name !== 'commentTicket'),
  'openTicket',
])
/** Before the runbook that is pressed on. */
const before: Readonly<Record<RunbookName, readonly RunbookName[]>> = {
  failover: [],
  'failover forced': [],
  'reset recover': ['failover'],
  'reset replace': ['failover'],
  failback: ['failover', 'reset recover'],
}
const strandedRecords = 3
const patientMs = 600_000
/** A run that was reset fails at its next act: minutes on a machine at a load of 20, ms. */
const endsWithinMs = 300_000
/** Looks at a dark cluster fail at once; what is there answers well within this, ms, also on a machine at a load of 30. */
const forcedTryMs = 60_000

export interface PlayedCell extends Cell {
  seconds: number
  /** How it went: `undone`, `refused, went on`, `adopted`, `nothing held, begun again`, `was over`. */
  how: string
  faults: string[]
}

/** How a pair stands when a runbook begins, and how it ends when nobody presses anything. */
interface Course {
  dossier: Dossier | null
  epoch: number
  world: World
  acts: string[]
  end: object
}

/** Plays cells over in-memory ports on one dev server. */
export class DoorMatrix {
  readonly #pairs: ManyPairs
  readonly #courses = new Map<RunbookName, Promise<Course>>()
  #number = 0

  constructor(pairs: ManyPairs) {
    this.#pairs = pairs
  }

  /** Never throws: what went wrong stands in the cell. */
  async play(cell: Cell): Promise<PlayedCell> {
    const began = Date.now()
    const played: PlayedCell = { ...cell, seconds: 0, how: '', faults: [] }
    try {
      const course = await this.#courseOf(cell.runbook)
      const seat = await this.#seat(runbooks[cell.runbook], course)
      try {
        await new Playing(seat, course, played).play()
      } finally {
        await seat.leave()
      }
    } catch (error) {
      played.faults.push(error instanceof Error ? error.message : String(error))
    }
    played.seconds = Math.round((Date.now() - began) / 100) / 10
    return played
  }

  #courseOf(name: RunbookName): Promise<Course> {
    const known = this.#courses.get(name) ?? this.#undisturbed(name)
    this.#courses.set(name, known)
    return known
  }

  /** The runbook as it goes when it is left alone, from where the one before it ended. */
  async #undisturbed(name: RunbookName): Promise<Course> {
    const [previous] = before[name].slice(-1)
    const course: Course = { dossier: null, epoch: 0, world: new World(), acts: [], end: {} }
    if (previous) {
      const begun = await this.#courseOf(previous)
      const seat = await this.#seat(runbooks[previous], begun)
      await seat.carried({})
      course.dossier = await seat.pairHandle.query(pairQueries.dossier)
      course.epoch = begun.epoch + 1
      course.world = seat.world
      await seat.leave()
      course.world.acts.length = 0
      course.world.calls.length = 0
    }
    const seat = await this.#seat(runbooks[name], course)
    await seat.carried({})
    await seat.daylight()
    course.acts = seat.actsSoFar()
    course.end = await seat.endState()
    await seat.leave()
    return course
  }

  async #seat(runbook: Runbook, course: Course): Promise<Seat> {
    this.#number += 1
    const pair = `p${this.#number}x`
    const rename = (text: string) => text.replaceAll(/\bp\d+x\b/g, pair)
    const world = course.world.copy(rename)
    // Nobody is asked only because the machine is busy, and no reminder comes in between.
    Object.assign(world, {
      stepBudget: patientMs,
      askAfter: patientMs,
      ticketTiming: { ticketReminder: patientMs, ticketEscalation: patientMs },
    })
    world.forcedTry = forcedTryMs
    if (runbook.name === 'failover forced') {
      world.dark.add('A')
      world.lag = strandedRecords
    }
    if (runbook.name === 'reset recover') world.lag = strandedRecords
    this.#pairs.add(pair, world)
    const seat = new Seat(this.#pairs, pair, runbook, world)
    if (course.dossier) {
      const dossier = JSON.parse(rename(JSON.stringify(course.dossier))) as Dossier
      await seat.begin({
        dossier: { ...dossier, pair },
        lease: null,
        epoch: course.epoch,
        adopted: false,
        keys: [],
        events: [],
      })
    }
    return seat
  }
}

class Playing {
  readonly #seat: Seat
  readonly #course: Course
  readonly #cell: PlayedCell
  readonly #gate: Gate

  constructor(seat: Seat, course: Course, cell: PlayedCell) {
    this.#seat = seat
    this.#course = course
    this.#cell = cell
    this.#gate = new Gate(cell, acts)
  }

  async play(): Promise<void> {
    const { place, moment, door } = this.#cell
    if (isMishap(door)) {
      await this.#mishap(door)
      return
    }
    if (isMessage(door)) {
      this.#cell.how = await playMessage(this.#seat, this.#gate, door, (holds, fault) => this.#expect(holds, fault))
      await this.#mustBeRight()
      return
    }
    const asked = moment === 'asked'
    if (asked) this.#seat.players.leaves = place
    const worldBefore = this.#seat.worldState()
    const pairBefore = this.#course.dossier
    const run = await this.#seat.start(
      place === 'approve' && asked ? { approvedBy: undefined } : {},
      asked ? undefined : this.#gate,
    )
    const carried = this.#seat.players.carry(run)
    carried.catch(() => undefined)
    const early = carried.then(({ state, failure }) => {
      throw new Error(`it was over too soon: ${state} ${failure} ${this.#seat.players.puzzled.join('; ')}`)
    })
    early.catch(() => undefined)
    await Promise.race([asked ? this.#untilAsked(run) : this.#gate.reached, early])
    if (door === 'cancel') {
      await this.#cancel(run, carried, { world: worldBefore, dossier: pairBefore })
      return
    }
    const again = await this.#press(run, door)
    await carried
    this.#seat.players.leaves = null
    await this.#goOn(run, again)
  }

  /** The call that the step makes meets it, and nobody else notices. */
  async #mishap(mishap: Mishap): Promise<void> {
    const { operation } = this.#seat.runbook
    const target = operation === 'failback' ? 'A' : 'B'
    const calls: Partial<Record<Place, string>> = {
      'stop-producers': 'stop invoicing',
      'start-producers': `start invoicing on ${target} all`,
      'stop-consumers': 'stop billing',
      'start-consumers': `start billing on ${target} all`,
      'open-ticket': 'open ticket',
    }
    const { mishaps: coming } = this.#seat.world
    coming.set(calls[this.#cell.place] ?? '', mishap)
    // A forced run tries what concerns its source once: what was not answered, a person has to look after.
    const { runbook, place } = this.#cell
    const late = runbook === 'failover forced' && mishap === 'arrives late'
    this.#seat.players.retries = late
    const ended = await this.#seat.players.carry(await this.#seat.start({}))
    this.#expect(ended.state === 'succeeded', `it ended as ${ended.state}: ${ended.failure}`)
    this.#expect(coming.size === 0, 'the call was never made')
    this.#cell.how = late ? 'asked about, and sent again' : 'once in effect'
    const givenUp = runbook === 'failover forced' && place === 'stop-producers' && mishap !== 'arrives twice'
    // It stops what has been started meanwhile, which is started once more.
    const again = late && place === 'stop-producers' ? ['start invoicing on B all'] : []
    await this.#mustBeRight(givenUp ? ['stop-producers/A/1'] : [], again)
  }

  async #untilAsked(run: WorkflowHandle): Promise<void> {
    for (;;) {
      const progress = await run.query(runQueries.progress).catch(() => undefined)
      if (progress?.waitingFor.some(({ step }) => step === this.#cell.place)) return
      await sleep(300)
    }
  }

  /** Answers the run that a Reset has made. */
  async #press(run: WorkflowHandle, door: Exclude<Door, 'cancel'>): Promise<WorkflowHandle | null> {
    const { client } = this.#seat
    const { runId } = (await run.describe()) as { runId: string }
    if (door === 'terminate') {
      await run.terminate('pressed in the UI')
      return null
    }
    const { events } = await run.fetchHistory()
    const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes)
    const at = { 'reset-first': 0, 'reset-middle': Math.floor((tasks.length - 1) / 2), 'reset-last': tasks.length - 1 }[
      door
    ]
    const reset = await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: run.workflowId, runId },
      reason: 'pressed in the UI',
      workflowTaskFinishEventId: tasks[at]?.eventId ?? null,
      requestId: `${run.workflowId}-reset`,
    })
    return client.workflow.getHandle(run.workflowId, reset.runId)
  }

  async #cancel(
    run: WorkflowHandle,
    carried: Promise<Ended>,
    before: { world: object; dossier: Dossier | null },
  ): Promise<void> {
    const { places, noReturn, operation } = runbookOf(this.#cell)
    await run.cancel()
    const heard = await this.#until(
      run,
      ({ abortRequested, refusedMessages }) => abortRequested || refusedMessages.count > 0,
    )
    this.#gate.release()
    this.#seat.players.leaves = null
    const ended = await carried
    const at = places.indexOf(this.#cell.place) - places.indexOf(noReturn)
    const late = at > 0 || (at === 0 && (this.#cell.moment === 'ordered' || this.#cell.moment === 'acted'))
    if (late) {
      this.#cell.how = 'refused, went on'
      this.#expect(ended.state === 'succeeded', `it ended as ${ended.state}: ${ended.failure}`)
      this.#expect(
        heard.refusedMessages.last.some(({ error }) => error.includes('point of no return')),
        'Cancel was not refused with the way forward',
      )
      await this.#mustBeRight()
      return
    }
    this.#cell.how = 'undone'
    this.#expect(ended.state === 'CANCELLED', `it ended as ${ended.state}: ${ended.failure}`)
    const { state } = await run.query(runQueries.progress)
    this.#expect(state === 'aborted', `its progress says ${state}`)
    await this.#seat.daylight()
    const status = await this.#seat.status()
    this.#expect(status.lease === null, 'the lease is not handed in')
    this.#expect(
      status.obligations.length === 0,
      `owed after it was undone: ${status.obligations.map(({ id }) => id).join()}`,
    )
    this.#expect(status.unprotectedSince === null || operation !== 'failover', 'the pair says it is unprotected')
    this.#same('stage', status.episode?.stage ?? null, before.dossier?.episode?.stage ?? null)
    this.#same('active', status.active, before.dossier?.active ?? 'A')
    const notes = (await run.query(runQueries.progress)).notes.join('; ')
    this.#undone(before.world, notes)
  }

  /** The fence on a cluster that comes back stays, and so do a ticket, with a word not to act on it, and copies. */
  #undone(before: object, notes: string): void {
    const now = this.#seat.worldState()
    const isReset = this.#seat.runbook.operation === 'reset'
    const { tickets: _, acls, ...rest } = now as { tickets: number; acls: unknown }
    const { tickets: __, acls: aclsBefore, ...restBefore } = before as { tickets: number; acls: unknown }
    const off = (world: object) => JSON.stringify(world).replace('A->B running', 'A->B stopped')
    const isOff = isReset && JSON.stringify(rest) !== JSON.stringify(restBefore)
    this.#same(
      'the world',
      isOff ? off(rest) : JSON.stringify(rest),
      isOff ? off(restBefore) : JSON.stringify(restBefore),
    )
    // What the desk has done meanwhile is not the run's to undo, but is said.
    this.#expect(!isOff || notes.includes('it stays disabled'), `nothing says that A->B stays off: ${notes}`)
    if (!isReset) this.#same('the ACLs', acls, aclsBefore)
  }

  /** After Terminate or Reset. */
  async #goOn(run: WorkflowHandle, again: WorkflowHandle | null): Promise<void> {
    const { place, moment } = this.#cell
    if (place === 'begin' && moment === 'looks') return this.#nothingHeld(again)
    const over = place === 'hand-in' && moment === 'acted'
    if (over) {
      this.#gate.release()
      await this.#endOfReset(again)
      this.#cell.how = 'was over'
      await this.#mustBeRight()
      return
    }
    const refused = await this.#seat.players.carry(await this.#seat.start({}))
    this.#expect(refused.failure.includes('in doubt'), `a new run is not refused: ${refused.state} ${refused.failure}`)
    const status = await this.#seat.status()
    this.#expect(Boolean(status.episode?.inDoubt), 'the pair does not say that it is in doubt')
    this.#expect(
      status.alerts.some((alert) => alert.includes('in doubt')),
      'the pair does not alert',
    )
    const adopting = await this.#seat.start({ adopt: true })
    await this.#until(adopting, ({ steps }) => steps.length > 0)
    this.#gate.release()
    const ended = await this.#seat.players.carry(adopting)
    this.#expect(ended.state === 'succeeded', `the adopting run ended as ${ended.state}: ${ended.failure}`)
    this.#cell.how = `adopted${await this.#endOfReset(again)}`
    void run
    await this.#mustBeRight()
  }

  async #nothingHeld(again: WorkflowHandle | null): Promise<void> {
    const next = again ?? (await this.#seat.start({}))
    const ended = await this.#seat.players.carry(next)
    this.#expect(ended.state === 'succeeded', `the next run ended as ${ended.state}: ${ended.failure}`)
    this.#gate.release()
    this.#cell.how = again ? 'nothing held, went on' : 'nothing held, begun again'
    await sleep(500)
    await this.#mustBeRight()
  }

  /** What a Reset has made of the run may wait on: whoever answers it ends it. */
  async #endOfReset(again: WorkflowHandle | null): Promise<string> {
    if (!again) return ''
    const before = this.#seat.world.calls.length
    const wasOpen = (await again.describe()).status.name === 'RUNNING'
    const ended = await Promise.race([
      wasOpen ? this.#seat.players.carry(again) : endOf(again),
      sleep(endsWithinMs, undefined, { ref: false }),
    ])
    if (!ended) {
      await again.terminate('over').catch(() => undefined)
      this.#expect(false, 'the run that was reset goes on waiting')
      return ''
    }
    const { place, moment, door } = this.#cell
    const mayEndWell = place === 'hand-in' && moment === 'acted' && door === 'reset-last'
    this.#expect(
      ended.state === 'FAILED' || mayEndWell,
      `the run that was reset ended as ${ended.state}: ${ended.failure}`,
    )
    this.#expect(this.#seat.world.calls.length === before, 'the run that was reset wrote')
    return wasOpen ? '; the reset run waited, and failed when answered' : '; the reset run failed'
  }

  /** As when nobody pressed anything. `owed`: obligations that are left; what they are about may have come late. */
  async #mustBeRight(owed: readonly string[] = [], again: readonly string[] = []): Promise<void> {
    await this.#seat.daylight()
    const inOrder = (acts: string[]) => (owed.length === 0 ? acts : acts.toSorted())
    this.#same('acts', inOrder(this.#seat.actsSoFar()), inOrder([...this.#course.acts, ...again]))
    const { end } = this.#course
    this.#same('end', await this.#seat.endState(), owed.length === 0 ? end : { ...end, obligations: owed })
    const epochs = this.#seat.world.calls.map(({ epoch }) => epoch)
    const newest = epochs.map((_, n) => Math.max(...epochs.slice(0, n + 1)))
    this.#same('epochs of the calls', epochs, newest)
    this.#expect(this.#seat.players.puzzled.length === 0, `asked: ${this.#seat.players.puzzled.join('; ')}`)
  }

  async #until(run: WorkflowHandle, holds: (progress: Progress) => boolean): Promise<Progress> {
    const deadline = Date.now() + 600_000
    for (;;) {
      const progress = await run.query(runQueries.progress).catch(() => undefined)
      if (progress && holds(progress)) return progress
      if (Date.now() > deadline) throw new Error(`it did not come about: ${JSON.stringify(progress)}`)
      await sleep(300)
    }
  }

  #same(what: string, now: unknown, expected: unknown): void {
    const [is, was] = [JSON.stringify(now), JSON.stringify(expected)]
    this.#expect(is === was, `${what}: ${is} instead of ${was}`)
  }

  #expect(holds: boolean, fault: string): void {
    if (!holds) this.#cell.faults.push(fault)
  }
}

function isMishap(blow: Blow): blow is Mishap {
  return mishaps.some((mishap) => mishap === blow)
}

function isMessage(blow: Blow): blow is (typeof messages)[number] {
  return messages.some((message) => message === blow)
}

function runbookOf({ runbook }: Cell): Runbook {
  return runbooks[runbook]
}
