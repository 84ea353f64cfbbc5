import type { Finding } from '../../contract/evidence.ts'
import type { Expectations, Plan } from '../../contract/plan.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import { defineStep } from '../runbook/step.ts'
import { assessAndChoose } from './choose.ts'

/** What the step leaves for an approval, and for a run that takes over. */
export interface Assessed {
  plan: Plan
  expectations: Expectations
  findings: Finding[]
}

export const assess = defineStep({
  id: 'assess',
  revision: 1,
  title: 'Assess both sides and the link',
  touchesSource: false,
  skip: 'never',
  observe: assessAndChoose,
  async prove(run, entries) {
    const { record } = run
    const blocking = record.findings.filter((finding) => finding.severity === 'blocking')
    if (blocking.length > 0) {
      throw new StepProblem(
        `${blocking.length} blocking finding${blocking.length === 1 ? '' : 's'}:\n` +
          blocking.map((finding) => `- ${finding.text}`).join('\n') +
          (run.forced || run.plan.operation === 'reset'
            ? ''
            : `\nIf ${run.plan.source} is lost and to be given up, with the loss recorded: force ${JSON.stringify({ by: 'you', reason: 'why', planHash: record.planHash })}.`),
        { mayPassByItself: true },
      )
    }
    const warnings = record.findings.filter((finding) => finding.severity === 'warning').length
    return {
      detail: `no blocking finding; ${warnings} warning${warnings === 1 ? '' : 's'}; plan ${record.planHash}`,
      fact: {
        plan: run.plan,
        expectations: record.expectations as Expectations,
        findings: record.findings,
      } satisfies Assessed,
      entries,
    }
  },
})
