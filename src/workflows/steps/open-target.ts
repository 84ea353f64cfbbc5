import type { AclEntry } from '../../contract/dossier.ts'
import { ourFence } from '../../domain/dossier.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import { defineStep } from '../runbook/step.ts'
import { fenceEntry, principalsOf } from './fence-source.ts'

export const openTarget = defineStep({
  id: 'open-target',
  revision: 1,
  title: 'Open the target to the applications',
  touchesSource: false,
  skip: 'never',
  observe: async (run): Promise<AclEntry[]> => ourFence(run.dossier, run.plan.target),
  async apply(run, fence) {
    if (fence.length === 0) return
    await run.activities.writes.liftFence({ lease: run.lease, cluster: run.plan.target, acls: fence })
  },
  async prove(run, fence) {
    const { target, topics } = run.plan
    const checks = principalsOf(run, ['producer']).map((principal) => ({
      principal,
      operation: 'Write' as const,
      topics,
    }))
    const answers = checks.length === 0 ? [] : await run.activities.reads.checkAccess({ cluster: target, checks })
    const denied = answers.filter((answer) => answer.denied.length > 0)
    if (denied.length > 0) {
      throw new StepProblem(
        `Producers would be refused on ${target}: ${denied.map((a) => `${a.principal} may not write ${a.denied.join(', ')}`).join('; ')}. Grant it, then retry.`,
        { mayPassByItself: true },
      )
    }
    return {
      detail: `${fence.length === 0 ? 'no fence of ours there' : `${fence.length} ACLs lifted`}; write access proven for ${checks.length} principals`,
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
