import type { Finding } from '../../contract/evidence.ts'
import type { Expectations } from '../../contract/plan.ts'
import { phantomsText } from '../../domain/phantoms.ts'
import { records } from './words.ts'

/** What will be lost, doubled or reordered, and what the assessment found: what an approval is about. */
export function expectationLines(
  expectations: Expectations,
  findings: Finding[],
  mode: 'planned' | 'forced',
): string[] {
  return [
    `Lost:      ${lossText(expectations.lossRecords, mode)}`,
    ...(expectations.missing === undefined
      ? []
      : [`           of these ${records(expectations.missing)} were mirrored once, and the copies lack them`]),
    ...(expectations.lostBefore === undefined
      ? []
      : [
          `           and before this run ${expectations.lostBeforeText ?? `${expectations.lostBefore} offsets`}, as the watch saw it`,
        ]),
    `Doubled:   ${
      expectations.duplicates
        .filter((row) => row.records > 0)
        .map((row) => `${row.group} at most ${records(row.records)}`)
        .join(', ') || 'none'
    }`,
    ...(expectations.duplicateOutputs ?? [])
      .filter((row) => row.records > 0)
      .map((row) => `Rewritten: ${row.application} the outputs of ${records(row.records)}, at most`),
    `Reordered: ${expectations.orderBreaks.map(({ group, reason }) => `${group} (${reason})`).join(', ') || 'none'}`,
    ...(expectations.phantoms === undefined ? [] : [`Phantoms:  ${phantomsText(expectations.phantoms)}`]),
    ...(expectations.fence?.denies ?? []).map(
      ({ topic, principals }) => `Fenced:    also ${topic}, which is not of the pair, for ${principals.join(', ')}`,
    ),
    ...(expectations.fence === undefined || expectations.fence.admits.length === 0
      ? []
      : [`Admitted:  everybody else, by an ACL of the fence, on ${expectations.fence.admits.join(', ')}`]),
    ...findings
      .filter(({ severity }) => severity !== 'info')
      .map(({ severity, text }) => `${severity === 'blocking' ? '✖' : '!'} ${text}`),
  ]
}

function lossText(lossRecords: number | null, mode: 'planned' | 'forced'): string {
  if (lossRecords === null) return 'cannot be known: the source gives no answer'
  if (lossRecords > 0) return `at most ${records(lossRecords)}, as far as the last sample tells`
  return mode === 'planned' ? 'none: the source is drained first' : 'none as far as the last sample tells'
}
