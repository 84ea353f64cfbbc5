import type { Run } from './run.ts'

/**
 * What an aborted run owed on its source is owed no more: a fence that the pair puts up when the cluster answers again would
 * refuse the producers that are back there. One that it has put up meanwhile is lifted.
 */
export async function withdrawOwed(run: Run): Promise<{ detail: string } | null> {
  const { source, pair, operation } = run.plan
  const owed = run.dossier.obligations.filter(({ id, cluster }) => cluster === source && id.endsWith(`/${run.episode}`))
  if (owed.length === 0) return null
  await run.remember(
    `withdrawn:${run.lease.epoch}`,
    owed
      .filter(({ dischargedAt }) => dischargedAt === undefined)
      .map(({ id }) => ({ type: 'obligation-discharged', id, at: run.now(), by: run.record.workflowId })),
  )
  // What the pair has fenced by itself is on its record alone; the holder of the lease is given it again as it is now.
  const { dossier } = await run.activities.pair.acquireLease({ pair, operation, adopt: false, dryRun: false })
  const acls = dossier.fences
    .filter(({ cluster, episode }) => cluster === source && episode === run.episode)
    .flatMap(({ added }) => added)
  if (acls.length > 0) {
    await run.activities.writes.liftFence({ lease: run.lease, cluster: source, acls })
    await run.remember(`withdrawn:lifted:${run.lease.epoch}`, [{ type: 'fence-lifted', cluster: source, lifted: acls }])
  }
  return {
    detail: `nothing is outstanding on ${source} any more${acls.length > 0 ? `; lifted: ${acls.length} ACLs` : ''}`,
  }
}
