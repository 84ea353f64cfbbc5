import type { TicketRequest } from '../../ports/tickets.ts'
import type { Needs } from './settings.ts'

/** Topics named in a case before "and so on". */
const shownTopics = 50

/**
 * What support needs to disable a mirroring: both instances with their aliases, the direction there is and the one wanted,
 * the topics, and who asks. No secret and no person's name.
 */
export function caseText(
  { instances, topics }: Needs,
  { summary, text, link, token, workflowId, workflowUrl }: TicketRequest,
  search: string,
): { subject: string; description: string; resources: { crn: string; note: string }[] } {
  const sides = [
    { alias: link.from, role: 'source' },
    { alias: link.to, role: 'target' },
  ].map((side) => ({ ...side, crn: instances[side.alias]?.crn }))
  const named = topics.slice(0, shownTopics).join(', ')
  const lines = [
    text,
    '',
    ...sides.map(({ alias, role, crn }) => `${alias} (${role} now): ${crn ?? 'CRN not configured'}`),
    `Mirroring now: ${link.from} -> ${link.to}.`,
    `Wanted: this mirroring disabled on ${link.to}. We enable ${link.to} -> ${link.from} ourselves afterwards.`,
    `Topics: ${named}${topics.length > shownTopics ? ` and ${topics.length - shownTopics} more` : ''}.`,
    '',
    `Workflow: ${workflowId}${workflowUrl === undefined ? '' : ` (${workflowUrl})`}`,
    `Reference: ${token} (${search})`,
  ]
  return {
    subject: `${summary} [${search}]`,
    description: lines.join('\n'),
    resources: sides.flatMap(({ alias, role, crn }) =>
      crn === undefined ? [] : [{ crn, note: `alias ${alias}, ${role} of the mirroring` }],
    ),
  }
}
