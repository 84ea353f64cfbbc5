import {
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  defineUpdate,
  isCancellation,
  patched,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow'
import type { z } from 'zod'
import { errorTypes } from '../../contract/errors.ts'
import { pairMessages } from '../../contract/names.ts'
import type { AdoptRequest } from '../../contract/memory.ts'
import { type AcquireRequest, pairMessageExamples, pairRequestSchemas } from '../../contract/pair-messages.ts'
import { checkShape, whatIsUnseen } from '../../contract/shape.ts'
import { readiness, sampleAgeLimit } from '../../domain/readiness.ts'
import type { Adoption } from './adoption.ts'
import type { MemoryRecord } from './memory-record.ts'
import { failureText } from '../runbook/failure-text.ts'
import { LeaseLostError, type PairRecord } from './pair-record.ts'

/** The updates that a person sends. */
const forPeople = Object.keys(pairMessageExamples).join(', ')

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

/** Between a look and the word of a person another memory may have come. Only in the validator: replays have accepted it without. */
function unbound({ from, checksum }: AdoptRequest): string | undefined {
  if (from !== 'memory' || checksum !== undefined) return undefined
  return '- checksum: is missing. Send "recall" first, and the checksum of what it shows: what is adopted is then what you have seen'
}

function wire<Name extends Door>(
  name: Name,
  description: string,
  refusal: string,
  handle: (payload: z.infer<(typeof pairRequestSchemas)[Name]>) => unknown,
): void {
  setHandler(
    defineUpdate<unknown, [unknown]>(name),
    async (payload) => {
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
    {
      description,
      validator: (payload) => {
        const request = parsed(name, payload)
        const unseen = whatIsUnseen(request) ?? (name === 'adopt' ? unbound(request as AdoptRequest) : undefined)
        if (unseen !== undefined) throw notRight(name, unseen)
      },
    },
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
  setHandler(defineQuery('status'), () => memory.status(now()), {
    description: 'Active side, lease, episode, alerts. No argument.',
  })
  setHandler(defineQuery('history'), () => record.state.events, {
    description: 'What happened, newest last. No argument.',
  })
  setHandler(
    defineQuery('readiness'),
    () => readiness(record.state.dossier, record.state.watch ?? null, now(), sampleAgeLimit),
    { description: 'Would a planned failover begin well now, and what a forced one would lose. No argument.' },
  )
  setHandler(defineQuery('lag'), () => record.lag(), {
    description: 'A day of the lag, in slots that grow with their age, and the worst topics. No argument.',
  })
  setHandler(defineQuery('ledger'), () => record.ledger(), {
    description: 'What was stranded and what was decided on it, also of closed episodes. No argument.',
  })
  setHandler(defineQuery('dossier'), () => record.state.dossier, {
    description: 'The whole dossier, for runs. No argument.',
  })
  setHandler(defineQuery('lease'), () => record.state.lease, {
    description: 'The run that may change the pair. No argument.',
  })
  setHandler(defineQuery('lastSample'), () => record.state.dossier.lastSample, {
    description: 'Newest sample of the lag.',
  })
  setHandler(defineQuery('watched'), () => record.state.watch ?? null, {
    description: 'What the watch remembers, for runs.',
  })
  setHandler(defineQuery('memory'), () => memory.answer(), {
    description: 'What is kept outside Temporal, for the activity that writes it. No argument.',
  })
  setDefaultQueryHandler((name) => ({
    error: `There is no query ${JSON.stringify(name.slice(0, 100))}. Queries: ${pairMessages.queries.join(', ')}.`,
  }))

  const acquire = (request: AcquireRequest) => {
    const held = record.state.lease
    const repeated = held?.workflowId === request.workflowId && held.runId === request.runId
    if (memory.refusal !== undefined && !repeated) throw new Error(memory.refusal)
    return thenChanged(record.acquire(request))
  }
  wire('acquire', 'For runs: takes the lease.', errorTypes.leaseRefused, (request) =>
    // A Reset of the pair sends what came since again, all at once. Where there is nothing to wait for it is applied in its turn: what
    // the run recorded after it would else be refused, and the run go on with a pair that has lost it.
    looked() && patched('acquire-in-turn') ? acquire(request) : firstLook().then(() => acquire(request)),
  )
  wire('record', 'For runs: writes facts.', errorTypes.precondition, (request) => thenChanged(record.record(request)))
  wire('release', 'For runs: hands the lease in.', errorTypes.precondition, (request) => {
    record.release(request, now())
    changed()
    return null
  })
  wire(
    'handOver',
    `Closes an episode that is in doubt, as it stands. Payload: ${JSON.stringify(pairMessageExamples.handOver)}`,
    errorTypes.refused,
    (request) => thenChanged({ accepted: true, message: record.handOver(request, now()) }),
  )
  wire(
    'dischargeObligation',
    `Something owed was done by hand. Payload: ${JSON.stringify(pairMessageExamples.dischargeObligation)}`,
    errorTypes.refused,
    (request) => thenChanged({ accepted: true, message: record.discharge(request, now()) }),
  )
  wire(
    'recall',
    `Looks at what the clusters remember of the pair; changes nothing. Payload: ${JSON.stringify(pairMessageExamples.recall)}`,
    errorTypes.refused,
    async () => adoption.recall(),
  )
  wire(
    'adopt',
    `Rebuilds the pair after Temporal's database was lost, from what "recall" shows. Payload: ${JSON.stringify(pairMessageExamples.adopt)}`,
    errorTypes.refused,
    async (request) => thenChanged({ accepted: true, message: await adoption.adopt(request) }),
  )
  setDefaultUpdateHandler((name) => {
    throw ApplicationFailure.nonRetryable(
      `There is no update ${JSON.stringify(name.slice(0, 100))}. Updates for people: ${forPeople}.`,
      errorTypes.refused,
    )
  })
  // It cannot be answered: the page says that it came, and what to send instead.
  setDefaultSignalHandler((name) => {
    record.unknownSignal(name)
    shown()
  })
}
