import type { Finding } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import type { AssessCode } from './codes.ts'

export function finding(severity: Finding['severity'], code: AssessCode, text: string): Finding {
  return { severity, code, text }
}

/** Blocks a planned run; a forced one is told and goes on, since it gives the source up. */
export function unlessForced(plan: Pick<Plan, 'mode'>): Finding['severity'] {
  return plan.mode === 'forced' ? 'warning' : 'blocking'
}

/** One finding for a list that may be empty. */
export function whenAny(names: string[], found: (names: string[]) => Finding): Finding[] {
  return names.length === 0 ? [] : [found(names)]
}
