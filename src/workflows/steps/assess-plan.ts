import type { OpenChoice } from '../../contract/choices.ts'
import type { DossierEntry } from '../../contract/dossier.ts'
import { planHash } from '../../domain/plan/plan.ts'
import type { Run } from '../runbook/run.ts'

/** Looks at both sides and states what is to be expected; the plan's hash covers both. `open`: what a person has to choose. */
export async function assessPlan(run: Run): Promise<{ entries: DossierEntry[]; open: OpenChoice[] }> {
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
  return { entries, open: assessment.open ?? [] }
}
