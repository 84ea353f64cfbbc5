import type { SeenRanges } from '../../contract/choices.ts'
import type { Dossier, MoveRecord } from '../../contract/dossier.ts'
import type { TopicEnds } from '../../contract/evidence.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import type { UnreadOnTarget } from '../../contract/pair-messages.ts'
import type { Plan } from '../../contract/plan.ts'
import { keepsNames } from '../names/naming.ts'
import { settledRanges, skipSettled } from '../positions/settled.ts'
import { accountedEnd } from './early-records.ts'
import { rangesOf } from './ranges.ts'
import { indexing } from '../positions/lookup.ts'
import { countText } from './text.ts'

/** Is there a local topic in which a group was placed behind its own commit? Else nothing was passed over. */
export function passedOver(plan: Plan, { groups }: OffsetPlan): boolean {
  if (keepsNames(plan.naming, plan.source)) return false
  return groups.some(({ rows }) =>
    rows.some(([topic, , chosen, , own]) => plan.topics.includes(topic) && chosen > Math.max(own, 0)),
  )
}

/**
 * Offsets of the target's local topics that no group of the pair reads, behind what is accounted for there: every group that reads
 * the topic was placed behind them, and none had committed so far. `ends`: of the target; records are not counted yet.
 */
export function unreadRanges(
  plan: Plan,
  dossier: Dossier,
  { groups }: OffsetPlan,
  ends: readonly TopicEnds[],
): SeenRanges[] {
  const places = new Map<string, { own: number; placed: number }>()
  for (const { rows } of groups)
    for (const [topic, partition, chosen, , own] of rows) {
      const at = `${partition}/${topic}`
      const before = places.get(at) ?? { own: 0, placed: Infinity }
      places.set(at, { own: Math.max(before.own, own), placed: Math.min(before.placed, chosen) })
    }
  const find = indexing()
  return rangesOf(ends, plan.topics, (topic, [partition, start]) => {
    const place = places.get(`${partition}/${topic.topic}`)
    const accounted = accountedEnd(dossier, plan.target, topic, partition, find)
    if (place === undefined || accounted === null) return null
    const settled = settledRanges(dossier, plan.target, topic.topic, partition, 0, find)
    return [skipSettled(Math.max(accounted, start, place.own), settled), place.placed]
  })
}

/** What no group reads, move by move. */
export function unreadOfMoves(moves: readonly MoveRecord[]): UnreadOnTarget[] {
  return moves.flatMap(({ operation, at, to, unread = [], unreadUnknown }) =>
    unread.length === 0 && unreadUnknown === undefined
      ? []
      : [
          {
            operation,
            at,
            cluster: to,
            topics: unread,
            ...(unreadUnknown === undefined ? {} : { unknown: unreadUnknown }),
          },
        ],
  )
}

/** One sentence for a person. */
export function unreadOnTargetText({ cluster, topics, unknown }: UnreadOnTarget): string {
  return unknown === undefined
    ? readByNoGroupText(topics, cluster)
    : `Whether records in local topics on ${cluster} are read by no group is unknown: ${unknown}`
}

/** "500 records of accounting.invoices on B are read by no group". */
export function readByNoGroupText(unread: readonly SeenRanges[], target: string): string {
  const places = unread.map((one) => `${one.topic} (${countText([one])})`)
  const more = places.length > 5 ? ` and ${places.length - 5} more topics` : ''
  return `${countText(unread)} in local topics on ${target} are read by no group: ${places.slice(0, 5).join(', ')}${more}`
}
