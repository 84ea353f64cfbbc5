import {
  type Client,
  QueryNotRegisteredError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client'
import { ApplicationFailure, type QueryDefinition } from '@temporalio/common'
import type { Dossier } from '../contract/dossier.ts'
import type { PackedSample } from '../contract/evidence.ts'
import { innerPairQueries, innerPairUpdates, pairQueries } from '../contract/definitions.ts'
import { pairWorkflowId, searchAttributes } from '../contract/names.ts'
import type {
  AcquireAnswer,
  AcquireRequest,
  PairMemoryAnswer,
  PairStart,
  Readiness,
  RecordAnswer,
  RecordRequest,
  ReleaseRequest,
} from '../contract/pair-messages.ts'
import type { Lease } from '../contract/lease.ts'
import type { WatchState } from '../contract/watch.ts'
import { unreachable } from '../ports/failures.ts'
import { leaseLost, sentence } from './faults.ts'

/** A query answers within milliseconds when a worker runs; this is the longest a write waits for the proof of its lease. */
const queryDeadlineMs = 10_000

/**
 * Temporal's own word for an update that a worker was given and left: one that stopped, or lost the workflow from its cache, in
 * that moment. The pair has not seen it.
 */
const notProcessed = 'UnprocessedUpdate'

export interface RunStatus {
  open: boolean
  /** Temporal's word (RUNNING, COMPLETED, TERMINATED, …) or NOT_FOUND once retention has removed it. */
  status: string
  /** ISO 8601; of a run that is over and still known. */
  closedAt?: string
}

/** The pair's workflow as activities use it. Failures are ApplicationFailures; those of updates keep type and text. */
export interface PairDoor {
  /** The present holder; null when nobody holds it; undefined when the pair's workflow does not exist. */
  lease(pair: string): Promise<Lease | null | undefined>
  /** Undefined when the pair's workflow does not exist. */
  dossier(pair: string): Promise<Dossier | undefined>
  /** Undefined when the pair's workflow does not exist, null when nothing was sampled yet. */
  lastSample(pair: string): Promise<PackedSample | null | undefined>
  /** What the pair keeps outside Temporal, as it has it now. Undefined when the pair's workflow does not exist. */
  memory(pair: string): Promise<PairMemoryAnswer | undefined>
  /** What the watch remembers; null: nothing yet. Undefined when the pair's workflow does not exist. */
  watched(pair: string): Promise<WatchState | null | undefined>
  /** Undefined when the pair's workflow does not exist. */
  readiness(pair: string): Promise<Readiness | undefined>
  acquire(start: PairStart, taskQueue: string, request: AcquireRequest, updateId: string): Promise<AcquireAnswer>
  record(request: RecordRequest, updateId: string): Promise<RecordAnswer>
  release(request: ReleaseRequest, updateId: string): Promise<void>
  runStatus(workflowId: string, runId: string): Promise<RunStatus>
}

export function pairSummary(start: PairStart): string {
  return `Pair ${start.pair}: ${start.primary} (primary) and ${start.secondary}`
}

export function createPairDoor(client: Client): PairDoor {
  const handle = (pair: string) => client.workflow.getHandle(pairWorkflowId(pair))

  const ask = async <T>(pair: string, query: QueryDefinition<T>): Promise<T | undefined> => {
    try {
      return await client.withDeadline(Date.now() + queryDeadlineMs, () => handle(pair).query(query))
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined
      if (error instanceof QueryNotRegisteredError) {
        throw unreachable(
          `The workflow ${pairWorkflowId(pair)} does not answer the query "${query.name}": it runs on a worker of another version, or another workflow uses that id. Restart the worker with this version.`,
          error,
        )
      }
      throw unreachable(
        `The workflow ${pairWorkflowId(pair)} did not answer the query "${query.name}" (${sentence(error)}). It is tried again; check that a worker runs on its task queue.`,
        error instanceof Error ? error : undefined,
      )
    }
  }

  const update = async <T>(pair: string, name: string, act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw updateFailure(error, pair, name)
    }
  }

  return {
    lease: (pair) => ask(pair, innerPairQueries.lease),
    dossier: (pair) => ask(pair, pairQueries.dossier),
    memory: (pair) => ask(pair, innerPairQueries.memory),
    lastSample: (pair) => ask(pair, innerPairQueries.lastSample),
    watched: (pair) => ask(pair, innerPairQueries.watched),
    readiness: (pair) => ask(pair, pairQueries.readiness),

    acquire: (start, taskQueue, request, updateId) =>
      update(start.pair, 'acquire', () =>
        client.workflow.executeUpdateWithStart(innerPairUpdates.acquire, {
          args: [request],
          updateId,
          startWorkflowOperation: new WithStartWorkflowOperation('pair', {
            workflowId: pairWorkflowId(start.pair),
            taskQueue,
            args: [start],
            workflowIdConflictPolicy: 'USE_EXISTING',
            staticSummary: pairSummary(start),
          }) as WithStartWorkflowOperation<never>,
        }),
      ),

    record: (request, updateId) =>
      update(request.lease.pair, 'record', () =>
        handle(request.lease.pair).executeUpdate(innerPairUpdates.record, {
          args: [request],
          updateId,
        }),
      ),

    release: (request, updateId) =>
      update(request.lease.pair, 'release', async () => {
        await handle(request.lease.pair).executeUpdate(innerPairUpdates.release, {
          args: [request],
          updateId,
        })
      }),

    async runStatus(workflowId, runId) {
      try {
        const described = await client.workflow.getHandle(workflowId, runId).describe()
        const { status, closeTime } = described
        const open = status.name === 'RUNNING' || status.name === 'PAUSED'
        const state = described.typedSearchAttributes.getAll().find(({ key }) => key.name === searchAttributes.state)
        return {
          open,
          status: status.name,
          ...(closeTime ? { closedAt: closeTime.toISOString() } : {}),
          ...(typeof state?.value === 'string' ? { state: state.value } : {}),
        }
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { open: false, status: 'NOT_FOUND' }
        throw unreachable(
          `Temporal did not report the state of the run ${workflowId} (${sentence(error)}). It is tried again.`,
          error instanceof Error ? error : undefined,
        )
      }
    },
  }
}

/** Failures of an update arrive wrapped; a run needs the pair's own type and words. */
export function updateFailure(error: unknown, pair: string, update: string): ApplicationFailure {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : error
  if (cause instanceof ApplicationFailure && cause.type !== notProcessed) {
    return ApplicationFailure.create({
      message: cause.message,
      ...(cause.type ? { type: cause.type } : {}),
      ...(cause.nonRetryable === undefined || cause.nonRetryable === null ? {} : { nonRetryable: cause.nonRetryable }),
      ...(cause.details ? { details: cause.details } : {}),
    })
  }
  if (cause instanceof WorkflowNotFoundError) {
    return leaseLost(
      `The workflow ${pairWorkflowId(pair)} is not running, so the lease of this run is gone and nothing more is written. Restart the worker (it starts the pair again), then start the operation with "adopt": true.`,
    )
  }
  return unreachable(
    `The update "${update}" of ${pairWorkflowId(pair)} got no answer (${sentence(cause)}). It is tried again under the same id, so that it cannot count twice.`,
    cause instanceof Error ? cause : undefined,
  )
}
