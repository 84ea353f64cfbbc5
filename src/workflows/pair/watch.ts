import { CancellationScope, condition, isCancellation } from '@temporalio/workflow'
import { activitiesWithin, waits } from '../runbook/activities.ts'
import type { PairRecord } from './pair-record.ts'

/** One stretch of watching, ms: a change of reachability ends it at once. */
const stretch = 30_000
const readBudget = 20_000

/** A run that ended without handing the pair in leaves it in doubt: looked for on every stretch. */
async function checkHolder(record: PairRecord): Promise<void> {
  const { lease } = record.state
  if (!lease) return
  const { pair } = activitiesWithin(readBudget)
  const { open, status } = await pair.runStatus({ workflowId: lease.workflowId, runId: lease.runId })
  if (!open && record.state.lease?.epoch === lease.epoch) {
    record.leaveInDoubt(`it ended as ${status} without handing the pair in`, new Date().toISOString())
  }
}

/** Watches the pair's link for one stretch; tells the clusters first. False: there was nothing to watch, or looking failed. */
export async function watchOnce(record: PairRecord, known: (clusters: string[]) => void): Promise<boolean> {
  const { pair } = record.state.dossier
  try {
    await checkHolder(record)
    const scope = await waits(readBudget).watchScope({ pair })
    if (!scope) return false
    known(scope.clusters)
    const { active, standby, lastSample } = record.state.dossier
    const watching = new CancellationScope({ cancellable: true })
    let over = false
    const look = watching
      .run(() =>
        waits(stretch).watchLink({
          pair,
          from: active,
          to: standby,
          topics: scope.topics,
          groups: scope.groups,
          intervalMs: scope.intervalMs,
          maxMs: stretch,
          lastReachable: lastSample ? { source: lastSample.sourceReachable, link: lastSample.linkReachable } : null,
          previous: lastSample,
        }),
      )
      .finally(() => {
        over = true
      })
    look.catch(() => undefined)
    await condition(() => over || record.state.dossier.active !== active || record.state.dossier.standby !== standby)
    if (!over) {
      watching.cancel()
      await look.catch(() => undefined)
      return true
    }
    const { sample } = await look
    if (record.state.dossier.active === active) record.sampled(sample)
    return true
  } catch (error) {
    if (isCancellation(error)) throw error
    return false
  }
}
