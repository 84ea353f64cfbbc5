import type { DossierEntry } from '../../contract/dossier.ts'
import type { Finding } from '../../contract/evidence.ts'
import type { Expectations, Plan } from '../../contract/plan.ts'
import { planHash } from '../../domain/plan.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'

/** What the step leaves for an approval, and for a run that takes over. */
export interface Assessed {
  plan: Plan
  expectations: Expectations
  findings: Finding[]
}

/** Looks at both sides and states what is to be expected; the plan's hash covers both. */
export async function assessPlan(run: Run): Promise<DossierEntry[]> {
  const { record } = run
  // The pair may have seen the source go dark after this run was given the dossier.
  const lastSample = (await run.activities.pair.lastSample({ pair: run.plan.pair })) ?? run.dossier.lastSample
  const readiness = await run.activities.pair.readiness({ pair: run.plan.pair })
  const dossier = { ...run.dossier, lastSample }
  const assessment = await run.activities.reads.assess({ plan: run.plan, dossier, readiness })
  record.findings = assessment.findings
  record.expectations = assessment.expectations
  record.offsets = assessment.offsets ?? null
  record.planHash = planHash(run.plan, assessment.expectations)
  run.publish()
  const entries: DossierEntry[] = assessment.snapshots.map((snapshot) => ({
    type: 'snapshot',
    snapshot: { ...snapshot, episode: run.episode },
  }))
  if (assessment.original) entries.push({ type: 'original', ...assessment.original })
  return entries
}

export const assess = defineStep({
  id: 'assess',
  revision: 1,
  title: 'Assess both sides and the link',
  touchesSource: false,
  skip: 'never',
  observe: assessPlan,
  async prove(run, entries) {
    const { record } = run
    const blocking = record.findings.filter((finding) => finding.severity === 'blocking')
    if (blocking.length > 0) {
      throw new StepProblem(
        `${blocking.length} finding${blocking.length === 1 ? '' : 's'} in the way:\n` +
          blocking.map((finding) => `- ${finding.text}`).join('\n') +
          (run.forced || run.plan.operation === 'reset'
            ? ''
            : `\nIf ${run.plan.source} is lost and to be given up, with the loss recorded: force ${JSON.stringify({ by: 'you', reason: 'why', planHash: record.planHash })}.`),
        { mayPassByItself: true },
      )
    }
    const warnings = record.findings.filter((finding) => finding.severity === 'warning').length
    return {
      detail: `nothing in the way; ${warnings} warning${warnings === 1 ? '' : 's'}; plan ${record.planHash}`,
      fact: {
        plan: run.plan,
        expectations: record.expectations as Expectations,
        findings: record.findings,
      } satisfies Assessed,
      entries,
    }
  },
})
