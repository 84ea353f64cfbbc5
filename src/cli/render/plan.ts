import type { PlanAnswer } from '../../contract/plan.ts'
import type { ForeseenOffsets } from '../../contract/offset-plan.ts'
import { expectationLines } from './expectations.ts'
import { records } from './words.ts'

/** A plan as lines of text. Pure. */
export function planLines({ hash, plan, expectations, findings, offsets }: PlanAnswer): string[] {
  const branch = plan.branch === undefined ? '' : `, branch ${plan.branch}`
  const next = plan.nextLink === undefined ? '' : `, then ${plan.nextLink.from}->${plan.nextLink.to}`
  return [
    `${plan.operation} of ${plan.pair}: ${plan.source} → ${plan.target}, ${plan.mode}${branch}, order ${plan.order}, ${plan.ordering} ordering`,
    `plan ${hash}`,
    '',
    `Link:         ${plan.link.from}->${plan.link.to}${next}`,
    `Topics:       ${plan.topics.join(', ')}`,
    `Groups:       ${plan.groups.join(', ') || 'none'}`,
    `Applications: ${plan.applications.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'none'}`,
    '',
    ...expectationLines(expectations, findings, plan.mode),
    '',
    ...(offsets === undefined || offsets.rows.length === 0 ? [] : [...offsetLines(offsets), '']),
    'Steps:',
    ...plan.steps.map(
      ({ id, revision }, index) =>
        `${String(index + 1).padStart(4)}  ${id}${revision === 1 ? '' : ` (revision ${revision})`}`,
    ),
  ]
}

/** Rows a person reads on a screen; `--json` has more. */
const rowsShown = 20

function offsetLines({ rows, partitions }: ForeseenOffsets): string[] {
  const shown = rows.slice(0, rowsShown)
  const more = partitions > shown.length ? `, the worst ${shown.length} of ${partitions}` : ''
  return [
    `Where the groups would continue now${more}; offsets move on until they are placed:`,
    ...shown.map(([group, topic, partition, chosen, committed, translated, duplicates, why]) =>
      [
        `  ${group} ${topic}-${partition}: ${chosen} (${why})`,
        ...(committed < 0 ? [] : [`committed ${committed} on the source`]),
        ...(translated < 0 ? [] : [`${translated} on the target`]),
        ...(duplicates === 0 ? [] : [`at most ${records(duplicates)} read twice`]),
      ].join(', '),
    ),
  ]
}
