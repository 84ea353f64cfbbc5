import type { Finding } from '../../contract/evidence.ts'
import type { Expectations } from '../../contract/plan.ts'
import { moment } from '../../domain/text/markdown-text.ts'
import { phantomsText } from '../../domain/certificate/phantoms.ts'
import { records } from './words.ts'

/** What will be lost, doubled or reordered, and what the assessment found: what an approval is about. */
export function expectationLines(
  expectations: Expectations,
  findings: Finding[],
  mode: 'planned' | 'forced',
): string[] {
  return [
    `Lost:      ${lossText(expectations, mode)}`,
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
    ...(expectations.exempt ?? []).map(
      ({ principal, topics }) => `Unfenced:  ${principal} on ${topics.join(', ')}, which no DENY stops`,
    ),
    ...findings
      .filter(({ severity }) => severity !== 'info')
      .map(({ severity, text }) => `${severity === 'blocking' ? '✖' : '!'} ${text}`),
  ]
}

function lossText({ lossRecords, lossText: inWords, lossSeenAt }: Expectations, mode: 'planned' | 'forced'): string {
  if (lossRecords === null) return inWords ?? 'cannot be known: the source gives no answer'
  const when = lossSeenAt === undefined ? 'as it is now' : `when the source was last seen, ${moment(lossSeenAt)}`
  if (mode === 'planned')
    return lossRecords > 0 ? `at most ${records(lossRecords)}` : 'none: the source is drained first'
  return `${lossRecords > 0 ? `at most ${records(lossRecords)}` : 'none'} ${when}, and what was written after that`
}
