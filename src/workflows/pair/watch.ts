import { CancellationScope, condition, isCancellation } from '@temporalio/workflow'
import type { Settlement } from '../../contract/dossier.ts'
import { activitiesWithin, waits } from '../runbook/activities.ts'
import { recent } from '../../domain/watch/lag-history.ts'
import { watchedScope } from '../../domain/watch/watched-scope.ts'
import { sampleOfLink } from '../../domain/watch/remembered-links.ts'
import type { PairRecord } from './pair-record.ts'

/** One stretch of watching, ms: a change of reachability ends it at once. */
const stretch = 30_000
const readBudget = 20_000

/** A run that ended without releasing the lease leaves it in doubt: looked for on every stretch. */
async function checkHolder(record: PairRecord): Promise<void> {
  const { lease } = record.state
  if (!lease) return
  const { pair } = activitiesWithin(readBudget)
  const { open, status, state } = await pair.runStatus({ workflowId: lease.workflowId, runId: lease.runId })
  if (record.state.lease?.epoch === lease.epoch) record.holderSays(state)
  if (!open && record.state.lease?.epoch === lease.epoch) {
    record.leaveInDoubt(`it ended as ${status} without releasing the lease`, new Date().toISOString())
  }
}

/** What was settled where producers write: the position of its link was moved past it on purpose. */
function settledOn({ state }: PairRecord, active: string): { settlements?: Settlement[] } {
  const settlements = state.dossier.settlements.filter(({ cluster, action }) => cluster === active && action !== 'keep')
  return settlements.length === 0 ? {} : { settlements }
}

/** Watches the pair's link for one stretch; tells the clusters first. False: there was nothing to watch, or looking failed. */
export async function watchOnce(
  record: PairRecord,
  known: (scope: { clusters: string[]; searchAttributes?: boolean }) => void,
): Promise<boolean> {
  const { pair } = record.state.dossier
  try {
    await checkHolder(record)
    const scope = await waits(readBudget).watchScope({ pair })
    if (!scope) return false
    known(scope)
    const { active, standby, lastSample, protectedBy } = record.state.dossier
    const link = `${active}->${standby}`
    const kept = record.watchOf(link)
    const protects = protectedBy?.from === active && protectedBy.to === standby
    const isAsBefore = () => {
      const { dossier } = record.state
      return (
        dossier.active === active &&
        dossier.standby === standby &&
        (dossier.protectedBy === null) === (protectedBy === null)
      )
    }
    const watching = new CancellationScope({ cancellable: true })
    let over = false
    const look = watching
      .run(() =>
        waits(stretch).watchLink({
          pair,
          from: active,
          to: standby,
          ...watchedScope(record.state.dossier, scope),
          intervalMs: scope.intervalMs,
          maxMs: stretch,
          lastReachable: lastSample ? { source: lastSample.sourceReachable, link: lastSample.linkReachable } : null,
          previous: sampleOfLink(record.state.dossier, { from: active, to: standby }),
          memory: kept?.memory ?? null,
          recent: kept ? recent(kept.history, scope.windows.growth) : [],
          windows: scope.windows,
          judge: protects,
          ...(record.state.dossier.episode === null ? {} : { keep: true as const }),
          ...record.tidy(),
          ...settledOn(record, active),
        }),
      )
      .finally(() => {
        over = true
      })
    look.catch(() => undefined)
    await condition(() => over || !isAsBefore())
    if (!over) {
      watching.cancel()
      await look.catch(() => undefined)
      return true
    }
    const { sample, points, memory } = await look
    if (isAsBefore()) {
      record.sampled(sample)
      record.watched(link, points, memory, new Date().toISOString())
    }
    return true
  } catch (error) {
    if (isCancellation(error)) throw error
    return false
  }
}
