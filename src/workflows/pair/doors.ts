import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  patched,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow'
import type { UpdateDefinition } from '@temporalio/common'
import type { z } from 'zod'
import { errorTypes } from '../../contract/errors.ts'
import {
  innerPairQueries,
  innerPairUpdates,
  pairMessages,
  pairQueries,
  pairUpdates,
} from '../../contract/definitions.ts'
import { type AdoptRequest, withoutWhatWasShown } from '../../contract/memory.ts'
import { type AcquireRequest, pairMessageExamples, pairRequestSchemas } from '../../contract/pair-messages.ts'
import { release } from '../../contract/release.ts'
import { checkShape, whatIsUnseen } from '../../contract/shape.ts'
import { readiness, sampleAgeLimit } from '../../domain/watch/readiness.ts'
import type { Adoption } from './adoption.ts'
import type { MemoryRecord } from './memory-record.ts'
import { failureText } from '../runbook/failure-text.ts'
import { Turns } from './turns.ts'
import { LeaseLostError, type PairRecord } from './pair-record.ts'

/** The updates that a person sends. */
const forPeople = Object.keys(pairMessageExamples).join(', ')

const updates: Record<Door, UpdateDefinition<unknown, [unknown]>> = { ...innerPairUpdates, ...pairUpdates }

type Door = keyof typeof pairRequestSchemas

function parsed<Name extends Door>(name: Name, payload: unknown): z.infer<(typeof pairRequestSchemas)[Name]> {
  const shape = checkShape(pairRequestSchemas[name], payload)
  if (shape.ok) return shape.data as z.infer<(typeof pairRequestSchemas)[Name]>
  throw notRight(name, shape.faults)
}

function notRight(name: Door, faults: string): ApplicationFailure {
  const example = (pairMessageExamples as Record<string, object>)[name]
  return ApplicationFailure.nonRetryable(
    `The payload of ${name} is not right:\n${faults}` +
      (example
        ? `\nSend one JSON object, for example ${JSON.stringify(example)}`
        : `\nThis message is for runs, not for people. Updates for people: ${forPeople}.`),
    errorTypes.invalidInput,
  )
}

/** Without the first. */
type Rest<All extends unknown[]> = All extends [unknown, ...infer Others] ? Others : never

interface WiredDoor {
  handle: (payload: unknown) => Promise<unknown>
  validate: (payload: unknown) => void
  description: string
}

function wired<Name extends Door>(
  name: Name,
  description: string,
  refusal: string,
  handle: (payload: z.infer<(typeof pairRequestSchemas)[Name]>) => unknown,
): WiredDoor {
  return {
    description,
    async handle(payload) {
      const request = parsed(name, payload)
      // Cancel reaches whatever a handler waits for, as long as the pair lives. Handlers wait before they change anything, so one
      // that it met is begun again. Before that nothing is wrapped: a microtask more would order the commands of open pairs anew.
      const wrapped = () => CancellationScope.nonCancellable(async () => handle(request))
      try {
        if (CancellationScope.current().consideredCancelled) return await wrapped()
        try {
          return await handle(request)
        } catch (error) {
          if (isCancellation(error)) return await wrapped()
          throw error
        }
      } catch (error) {
        const message = failureText(error)
        throw ApplicationFailure.nonRetryable(message, error instanceof LeaseLostError ? errorTypes.leaseLost : refusal)
      }
    },
    validate(payload) {
      const request = parsed(name, payload)
      const unseen =
        whatIsUnseen(request) ?? (name === 'adopt' ? withoutWhatWasShown(request as AdoptRequest) : undefined)
      if (unseen !== undefined) throw notRight(name, unseen)
    },
  }
}

/**
 * Updates that came before the pair began (a Reset to its first task sends all that it ever had) wait for a handler of their name, and
 * would be taken name by name: every lease asked for before any is handed in. One handler for all takes them in their order.
 */
function open(doors: ReadonlyMap<Door, WiredDoor>): void {
  if (patched('updates-in-order'))
    setDefaultUpdateHandler(async (name, payload) => {
      const door = doors.get(name as Door)
      if (door === undefined) return refuseUnknown(name)
      try {
        door.validate(payload)
      } catch (error) {
        throw error instanceof ApplicationFailure ? error : ApplicationFailure.nonRetryable(failureText(error))
      }
      return door.handle(payload)
    })
  for (const [name, { handle, validate, description }] of doors)
    setHandler(updates[name], handle, { description, validator: validate })
  setDefaultUpdateHandler(refuseUnknown)
}

function refuseUnknown(name: string): never {
  throw ApplicationFailure.nonRetryable(
    `There is no update ${JSON.stringify(name.slice(0, 100))}. Updates for people: ${forPeople}.`,
    errorTypes.refused,
  )
}

export interface PairDoors {
  record: PairRecord
  memory: MemoryRecord
  adoption: Adoption
  /** It has: nothing has to be waited for. */
  looked: () => boolean
  /** A pair that has just begun looks at what its clusters remember before it gives its lease away. */
  firstLook: () => Promise<unknown>
  changed: () => void
  /** Only what the page says has changed: nothing is begun. Open pairs have heard signals at which they began nothing. */
  shown: () => void
}

/** Every door of the pair. */
export function wirePair({ record, memory, adoption, looked, firstLook, changed, shown }: PairDoors): void {
  const now = () => new Date().toISOString()
  const thenChanged = <T>(value: T): T => {
    changed()
    return value
  }
  setHandler(pairQueries.status, () => ({ ...memory.status(now()), release }), {
    description: 'Active side, lease, episode, alerts. No argument.',
  })
  setHandler(pairQueries.history, () => record.state.events, {
    description: 'What happened, newest last. No argument.',
  })
  setHandler(
    pairQueries.readiness,
    () => readiness(record.state.dossier, record.state.watch ?? null, now(), sampleAgeLimit),
    { description: 'Would a planned failover begin well now, and what a forced one would lose. No argument.' },
  )
  setHandler(pairQueries.lag, () => record.lag(), {
    description: 'A day of the lag, in slots that grow with their age, and the worst topics. No argument.',
  })
  setHandler(pairQueries.ledger, () => record.ledger(), {
    description: 'What was stranded and what was decided on it, also of closed episodes. No argument.',
  })
  setHandler(pairQueries.dossier, () => record.state.dossier, {
    description: 'The whole dossier, for runs. No argument.',
  })
  setHandler(innerPairQueries.lease, () => record.state.lease, {
    description: 'The run that may change the pair. No argument.',
  })
  setHandler(innerPairQueries.lastSample, () => record.state.dossier.lastSample, {
    description: 'Newest sample of the lag.',
  })
  setHandler(innerPairQueries.watched, () => record.state.watch ?? null, {
    description: 'What the watch remembers, for runs.',
  })
  setHandler(innerPairQueries.memory, () => memory.answer(), {
    description: 'What is kept outside Temporal, for the activity that writes it. No argument.',
  })
  setDefaultQueryHandler((name) => ({
    error: `There is no query ${JSON.stringify(name.slice(0, 100))}. Queries: ${pairMessages.queries.join(', ')}.`,
  }))

  const doors = new Map<Door, WiredDoor>()
  const wire = <Name extends Door>(name: Name, ...door: Rest<Parameters<typeof wired<Name>>>) => {
    doors.set(name, wired(name, ...door))
  }
  const acquire = (request: AcquireRequest) => {
    const held = record.state.lease
    const repeated = held?.workflowId === request.workflowId && held.runId === request.runId
    if (memory.refusal !== undefined && !repeated) throw new Error(memory.refusal)
    return thenChanged(record.acquire(request))
  }
  // A Reset of the pair sends what came since again, all at once. It is applied in its turn: what a run recorded after it took the
  // lease would else be refused, and the run go on with a pair that has lost it.
  const turns = new Turns(() => patched('behind-the-first-look'))
  wire('acquire', 'For runs: takes the lease.', errorTypes.leaseRefused, (request) => {
    if (turns.waiting) return turns.behind(() => acquire(request))
    // Where there is nothing to wait for.
    if (looked() && patched('acquire-in-turn')) return acquire(request)
    return turns.first(firstLook().then(() => acquire(request)))
  })
  wire('record', 'For runs: writes facts.', errorTypes.precondition, (request) =>
    turns.behind(() => thenChanged(record.record(request))),
  )
  wire('release', 'For runs: releases the lease.', errorTypes.precondition, (request) =>
    turns.behind(() => {
      record.release(request, now())
      changed()
      return null
    }),
  )
  wire(
    'handOver',
    `Closes an episode that is in doubt, as it stands. Payload: ${JSON.stringify(pairMessageExamples.handOver)}`,
    errorTypes.refused,
    (request) => turns.behind(() => thenChanged({ accepted: true, message: record.handOver(request, now()) })),
  )
  wire(
    'dischargeObligation',
    `Something outstanding was done manually. Payload: ${JSON.stringify(pairMessageExamples.dischargeObligation)}`,
    errorTypes.refused,
    (request) => turns.behind(() => thenChanged({ accepted: true, message: record.discharge(request, now()) })),
  )
  wire(
    'recall',
    `Shows what the clusters remember of the pair; changes nothing. Payload: ${JSON.stringify(pairMessageExamples.recall)}`,
    errorTypes.refused,
    async () => adoption.recall(),
  )
  wire(
    'adopt',
    `Rebuilds the pair after Temporal's database was lost, from what "recall" shows. Payload: ${JSON.stringify(pairMessageExamples.adopt)}`,
    errorTypes.refused,
    async (request) => thenChanged({ accepted: true, message: await adoption.adopt(request) }),
  )
  open(doors)
  // It cannot be answered: the page says that it came, and what to send instead.
  setDefaultSignalHandler((name) => {
    record.unknownSignal(name)
    shown()
  })
}
