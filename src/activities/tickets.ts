import { activityInfo } from '@temporalio/activity'
import type { TicketActivities } from '../contract/activities.ts'
import { acting } from './acting.ts'
import type { ActivityDeps } from './deps.ts'
import { createLeaseGuard, type LeaseGuard } from './lease-guard.ts'
import { linkName } from './configured.ts'
import { invalidInput } from './faults.ts'
import { createPairDoor } from './pair-door.ts'
import { permitted } from './permitted.ts'
import { disableTicketWords } from '../domain/pages/ticket-words.ts'
import { stopsOf } from './ticket-connectors.ts'

/**
 * A write of unknown outcome. Looked up by the episode's token first, so that a ticket opened by an attempt that never
 * answered is found and not opened again. What the desk reads is written here, not by whoever asked for it.
 */
export function createTicketActivities(
  deps: ActivityDeps,
  guard: LeaseGuard = createLeaseGuard(createPairDoor(deps.client)),
): TicketActivities {
  return {
    openTicket: ({ lease, token, link }) =>
      acting(`opening the ticket ${token}`, async (signal) => {
        const words = disableTicketWords(token, { ...link, pair: lease.pair, workflowId: lease.workflowId })
        if (words === null)
          throw invalidInput(
            `No ticket was opened: the token "${token}" is none of a run of ${lease.pair} that has ${linkName(link)} disabled.`,
          )
        const desk = deps.ports.desk(lease.pair)
        const found = await desk.find(token, signal)
        if (found !== null) return { ...found, adapter: desk.adapter }
        const workflowUrl = runUrl(deps)
        const stops = stopsOf(deps.config(), lease.pair, link)
        const opened = await permitted(deps, lease.pair, () => guard(lease))
          .desk()
          .open(
            {
              token,
              summary: words.summary,
              text: [words.text, ...stops.words].join(' '),
              link,
              connectors: stops.connectors,
              pair: lease.pair,
              workflowId: lease.workflowId,
              ...(workflowUrl === undefined ? {} : { workflowUrl }),
            },
            signal,
          )
        return { ...opened, adapter: desk.adapter }
      }),
  }
}

/** The run in Temporal's UI, when its address is configured. */
function runUrl(deps: ActivityDeps): string | undefined {
  const { uiUrl } = deps.config().temporal
  const { namespace, workflowExecution } = activityInfo()
  if (uiUrl === undefined || workflowExecution === undefined) return undefined
  const { workflowId, runId } = workflowExecution
  const path = ['namespaces', namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/')
  return `${uiUrl.replace(/\/+$/, '')}/${path}`
}
