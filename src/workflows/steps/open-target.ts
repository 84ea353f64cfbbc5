import type { AclEntry } from '../../contract/dossier.ts'
import { ourFence } from '../../domain/dossier/dossier.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import { defineStep } from '../runbook/step.ts'
import type { Run } from '../runbook/run.ts'
import { fenceEntry } from './fence-source.ts'

/**
 * What the applications do on the local topics, by principal: only now can it be asked of those that our own fence denied, and
 * of topics that were just created. No record is written for it.
 */
function accessNeeded(run: Run): { principal: string; operation: 'Write' | 'Read'; topics: string[] }[] {
  const needed = new Map<string, { principal: string; operation: 'Write' | 'Read'; topics: string[] }>()
  for (const { kind, principal, topics } of run.plan.applications) {
    if (principal === undefined) continue
    const operation = kind === 'producer' ? 'Write' : 'Read'
    const known = needed.get(`${operation} ${principal}`)?.topics ?? []
    needed.set(`${operation} ${principal}`, { principal, operation, topics: [...new Set([...known, ...topics])] })
  }
  return [...needed.values()]
}

export const openTarget = defineStep({
  id: 'open-target',
  revision: 1,
  title: 'Open the target to the applications',
  touchesSource: false,
  skip: 'never',
  observe: async (run): Promise<AclEntry[]> => ourFence(run.dossier, run.plan.target),
  acts: (fence) => fence.length > 0,
  async apply(run, fence) {
    await run.activities.writes.liftFence({ lease: run.lease, cluster: run.plan.target, acls: fence })
  },
  async prove(run, fence) {
    const { target } = run.plan
    const checks = accessNeeded(run)
    const answers = checks.length === 0 ? [] : await run.activities.reads.checkAccess({ cluster: target, checks })
    const denied = answers.filter((answer) => answer.denied.length > 0)
    if (denied.length > 0) {
      throw new StepProblem(
        `Applications would be refused on ${target}: ${denied.map((a) => `${a.principal} may not ${a.operation.toLowerCase()} ${a.denied.join(', ')}`).join('; ')}. Grant it, then retry.`,
        { mayPassByItself: true },
      )
    }
    return {
      detail: `${fence.length === 0 ? 'no fence of ours there' : `${fence.length} ACLs lifted`}; access proven for ${new Set(checks.map(({ principal }) => principal)).size} principals`,
      fact: { lifted: fence },
      entries: fence.length === 0 ? [] : [{ type: 'fence-lifted', cluster: target, lifted: fence }],
    }
  },
  async undo(run, fence) {
    if (fence.length === 0) return { detail: 'nothing had been lifted' }
    await run.activities.writes.applyFence({ lease: run.lease, cluster: run.plan.target, acls: fence })
    return {
      detail: `fence on ${run.plan.target} put back`,
      entries: [fenceEntry(run, run.plan.target, fence, 'put back by undo')],
    }
  },
})
