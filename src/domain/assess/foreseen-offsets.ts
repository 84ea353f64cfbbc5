import { type ForeseenOffsets, type OffsetPlan, positionBases } from '../../contract/offset-plan.ts'

/** Rows of an offset plan that travel with a plan and are read by a person: some 30 KB with names of usual length. */
export const foreseenRows = 200

/** The worst rows of all groups first: the least sure ones, then those that may be read twice most. */
export function worstRows({ groups }: OffsetPlan): ForeseenOffsets['rows'] {
  const rank = ([, , , , , , , , basis]: ForeseenOffsets['rows'][number]) =>
    basis === undefined ? -1 : positionBases.indexOf(basis)
  return groups
    .flatMap(({ group, rows }) => rows.map((row): ForeseenOffsets['rows'][number] => [group, ...row]))
    .sort((a, b) => rank(b) - rank(a) || b[6] - a[6])
}

/** An offset plan in bounded size. */
export function foreseenOffsets(plan: OffsetPlan): ForeseenOffsets {
  const rows = worstRows(plan)
  return { rows: rows.slice(0, foreseenRows), partitions: rows.length }
}
