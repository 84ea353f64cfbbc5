import type { Plan } from '../../contract/plan.ts'

/** The groups of a plan with the local topics each one reads; a group of several applications once. */
export function readBy(plan: Pick<Plan, 'applications' | 'groups'>): { group: string; topics: string[] }[] {
  return plan.groups.map((group) => ({
    group,
    topics: [...new Set(plan.applications.filter((app) => app.group === group).flatMap(({ topics }) => topics))],
  }))
}
