import { activityInfo } from '@temporalio/activity'
import type { TicketActivities } from '../contract/activities.ts'
import { acting } from './acting.ts'
import type { ActivityDeps } from './deps.ts'
import { createLeaseGuard, type LeaseGuard } from './lease-guard.ts'
import { createPairDoor } from './pair-door.ts'
import { connectorsInWords, connectorsOf } from './ticket-connectors.ts'

/**
 * A write of unknown outcome. Looked up by the episode's token first, so that a ticket opened by an attempt that never
 * answered is found and not opened again.
 */
export function createTicketActivities(
  deps: ActivityDeps,
  guard: LeaseGuard = createLeaseGuard(createPairDoor(deps.client)),
): TicketActivities {
  return {
    openTicket: ({ lease, token, summary, text, link }) =>
      acting(`opening the ticket ${token}`, async (signal) => {
        const desk = deps.ports.desk(lease.pair)
        const found = await desk.find(token, signal)
        if (found !== null) return { ...found, adapter: desk.adapter }
        const workflowUrl = runUrl(deps)
        const connectors = connectorsOf(deps.config(), lease.pair, link)
        await guard(lease)
        const opened = await desk.open(
          {
            token,
            summary,
            text: [text, ...connectorsInWords(connectors, link)].join(' '),
            link,
            connectors,
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
