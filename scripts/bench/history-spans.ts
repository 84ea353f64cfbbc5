import type { temporal } from '@temporalio/proto'

type History = temporal.api.history.v1.IHistory

/** One activity of a run, from its last start to its end: milliseconds since 1970. */
export type Span = { activity: string; taskQueue: string; from: number; to: number }

/** What a run's activities took, by its history. */
export function activitySpans({ events }: History): Span[] {
  const scheduled = new Map<string, { activity: string; taskQueue: string }>()
  const started = new Map<string, number>()
  const spans: Span[] = []
  for (const event of events ?? []) {
    const order = event.activityTaskScheduledEventAttributes
    if (order)
      scheduled.set(String(event.eventId), {
        activity: order.activityType?.name ?? '',
        taskQueue: order.taskQueue?.name ?? '',
      })
    const start = event.activityTaskStartedEventAttributes
    if (start) started.set(String(start.scheduledEventId), millis(event.eventTime))
    const end =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskCanceledEventAttributes
    const what = end && scheduled.get(String(end.scheduledEventId))
    const from = started.get(String(end?.scheduledEventId))
    if (what && from !== undefined) spans.push({ ...what, from, to: millis(event.eventTime) })
  }
  return spans
}

/** From the first event to the last, ms. */
export function duration({ events }: History): number {
  return millis(events?.at(-1)?.eventTime) - millis(events?.[0]?.eventTime)
}

/** So long at least one of them was under way, ms. */
export function covered(spans: readonly Span[]): number {
  let sum = 0
  let until = -Infinity
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    sum += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return sum
}

function millis(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6
}
