import type { Registry } from 'prom-client'
import type { Progress } from '../../contract/progress.ts'
import { gaugesNamed } from './gauge.ts'
import { seconds } from './seconds.ts'

/** Of the runs that hold a pair. */
export function runGauges(registry: Registry) {
  const gauge = gaugesNamed(registry, 'switchback_run')
  return {
    info: gauge('info', 'Always 1; the run that holds the pair, its state, and the step it is at.', [
      'pair',
      'operation',
      'mode',
      'state',
      'step',
      'workflow_id',
    ]),
    started: gauge('started_timestamp_seconds', 'When the run began.', ['pair', 'operation']),
    waiting: gauge('waiting_since_timestamp_seconds', 'Since when the oldest question of its kind and step is open.', [
      'pair',
      'operation',
      'kind',
      'step',
    ]),
    tickets: gauge('tickets_open', 'Tickets that were opened and are not completed.', ['pair', 'operation']),
    oldestTicket: gauge('oldest_ticket_opened_timestamp_seconds', 'When the oldest of the open tickets was opened.', [
      'pair',
      'operation',
    ]),
  }
}

export function describeRun(gauges: ReturnType<typeof runGauges>, pair: string, run: Progress): void {
  const { operation, mode, state, currentStep, workflowId, waitingFor, tickets, startedAt } = run
  const labels = { pair, operation }
  gauges.info.set({ ...labels, mode, state, step: currentStep ?? '', workflow_id: workflowId }, 1)
  gauges.started.set(labels, seconds(startedAt))
  for (const { kind, step, askedAt } of waitingFor.toSorted(
    (one, other) => seconds(other.askedAt) - seconds(one.askedAt),
  ))
    gauges.waiting.set({ ...labels, kind, step }, seconds(askedAt))
  const open = tickets.filter(({ completedAt }) => completedAt === undefined)
  gauges.tickets.set(labels, open.length)
  if (open.length > 0) gauges.oldestTicket.set(labels, Math.min(...open.map(({ openedAt }) => seconds(openedAt))))
}
