import { activityInfo } from '@temporalio/activity'
import type { PairActivities } from '../contract/activities.ts'
import type { LeaseToken } from '../contract/lease.ts'
import { newDossier } from '../domain/dossier/dossier.ts'
import { namedPair } from './configured.ts'
import { type ActivityDeps, timestamp } from './deps.ts'
import { invalidInput, leaseRefused, notYetGiven } from './faults.ts'
import { createPairDoor, type PairDoor } from './pair-door.ts'
import { pairsSharingALink } from './shared-links.ts'

/**
 * A write that had passed its proof when its run was terminated goes on until a heartbeat tells its worker, ms: the heartbeat
 * time-out of a write, and some seconds in which it is broken off.
 */
const lastWritesMs = 25_000

/** The pair's workflow, from outside: lease and dossier. `settleMs`: before one run takes over from another that is gone. */
export function createPairActivities(
  deps: ActivityDeps,
  door: PairDoor = createPairDoor(deps.client),
  settleMs: number = lastWritesMs,
): PairActivities {
  /** Another pair whose link is the same connector, held by a run that is open; null when all of them are free. */
  const rival = async (pair: string): Promise<string | null> => {
    for (const shared of pairsSharingALink(deps.config(), pair)) {
      const holder = await door.lease(shared.pair)
      if (!holder) continue
      const { open } = await door.runStatus(holder.workflowId, holder.runId)
      if (open) {
        return `${pair} shares the link ${shared.link} (connector ${shared.connector}) with the pair ${shared.pair}, and ${holder.workflowId} (${holder.operation}) holds the lease of ${shared.pair} since ${holder.acquiredAt}. Wait until it has finished, then start this run again.`
      }
    }
    return null
  }

  /** An old run's write must not come after a new run's. */
  const letLastWritesEnd = async (pair: string, closedAt: string | undefined): Promise<void> => {
    const since = closedAt ?? (await door.dossier(pair))?.episode?.inDoubt?.since
    if (since === undefined) return
    const left = Date.parse(since) + settleMs - deps.clock.now().getTime()
    if (left <= 0) return
    throw notYetGiven(
      `The run that held ${pair} is gone since ${since}. What it had sent may still be under way, so the pair is given on in ${Math.ceil(left / 1000)} s; this is tried again by itself.`,
      left,
    )
  }

  const releaseOwn = (lease: LeaseToken): Promise<void> =>
    door.release({ lease, outcome: 'aborted', entries: [] }, `release:${lease.runId}:${lease.epoch}`)

  return {
    async acquireLease({ pair, operation, adopt, dryRun }) {
      const configured = namedPair(deps.config(), pair)
      const start = { pair, primary: configured.primary, secondary: configured.secondary }
      if (dryRun) {
        const dossier = (await door.dossier(pair)) ?? newDossier({ ...start, at: timestamp(deps) })
        return { epoch: 0, adopted: false, dossier }
      }

      const info = activityInfo()
      const run = info.workflowExecution
      if (run === undefined) throw invalidInput('A lease is given to a workflow run only.')
      const before = await rival(pair)
      if (before !== null) throw leaseRefused(before)

      const holder = await door.lease(pair)
      const other = holder && (holder.workflowId !== run.workflowId || holder.runId !== run.runId) ? holder : null
      const holderStatus = other && (await door.runStatus(other.workflowId, other.runId))
      if (adopt) await letLastWritesEnd(pair, holderStatus?.closedAt)
      const answer = await door.acquire(
        start,
        deps.config().temporal.taskQueue,
        {
          workflowId: run.workflowId,
          runId: run.runId,
          operation,
          adopt,
          holderClosed:
            other && holderStatus && !holderStatus.open
              ? { workflowId: other.workflowId, runId: other.runId, status: holderStatus.status }
              : null,
          at: timestamp(deps),
        },
        // The attempt is part of it: a retry must see the lease as it is now, not the answer of an attempt that gave it back.
        `acquire:${run.runId}:${info.activityId}:${info.attempt}`,
      )

      // Looked at again once ours is taken: of two runs that start together, each sees the other.
      const after = await rival(pair)
      if (after !== null) {
        await releaseOwn({ pair, workflowId: run.workflowId, runId: run.runId, epoch: answer.epoch })
        throw leaseRefused(after)
      }
      return answer
    },

    recordFacts: ({ lease, key, entries }) =>
      door.record({ lease, key, entries }, `record:${lease.runId}:${lease.epoch}:${key}`),

    releaseLease: ({ lease, outcome, entries }) =>
      door.release({ lease, outcome, entries }, `release:${lease.runId}:${lease.epoch}`),

    lastSample: async ({ pair }) => (await door.lastSample(pair)) ?? null,

    readiness: async ({ pair }) => (await door.readiness(pair)) ?? null,

    runStatus: ({ workflowId, runId }) => door.runStatus(workflowId, runId),
  }
}
