import { line } from '../../domain/text/markdown-text.ts'
import type { Caller } from '../temporal/callers.ts'

/** The report's part on who called, as Markdown. */
export function callersText(callers: readonly Caller[]): string {
  const proven = callers.some(({ principal }) => principal !== null)
  return [
    '## Who called, as Temporal has it',
    '',
    proven
      ? 'The principal is who the authorizer of Temporal has recognized. What a message says (`by`) and what a client calls itself are not proven.'
      : 'Neither what a message says (`by`) nor what a client calls itself is proven: this Temporal does not report whom it has recognized.',
    '',
    ...callers.map(({ at, what, by, identity, principal }) => {
      const parts = [
        ...(by === null ? [] : [`by ${line(by)}`]),
        `called as ${identity === null ? 'unknown' : line(identity)}`,
        ...(principal === null ? [] : [`principal ${line(principal)}`]),
      ]
      return `- ${at} ${line(what)}: ${parts.join(', ')}`
    }),
  ].join('\n')
}
