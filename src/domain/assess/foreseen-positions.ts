import type { Dossier } from '../../contract/dossier.ts'
import type { Finding } from '../../contract/evidence.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import type { Plan } from '../../contract/plan.ts'
import { type LateRecords, lateRecords } from '../positions/late-records.ts'
import { planMove } from '../positions/positions.ts'
import { type MoveInput } from '../positions/position.ts'
import { readBy } from '../positions/read-by.ts'
import { listed } from '../text/listed.ts'
import { finding, unlessForced, whenAny } from './finding.ts'
import type { World } from './world.ts'

/** Where the groups would be placed, and what of it breaks their order under `strict`. */
export interface ForeseenMove {
  offsets: OffsetPlan
  late: LateRecords[]
}

/**
 * Where the groups would continue if they were placed now: once they have read the source to its end, or, in a forced run,
 * as they stand. Null where it cannot be told: a reset places nobody, and what does not answer is a finding already.
 */
export function foreseeMove(plan: Plan, dossier: Dossier, { source, target }: World): ForeseenMove | null {
  const forced = plan.mode === 'forced'
  if (plan.operation === 'reset' || target.problem !== null || (source.problem !== null && !forced)) return null
  // What is missing there is a finding of its own, or is created empty.
  const there = new Set(target.topics.map(({ topic }) => topic))
  const input: MoveInput = {
    plan,
    dossier,
    drainedGroups: forced ? [] : plan.groups,
    source: source.problem === null ? { committed: source.committed } : null,
    target: { ends: target.ends, committed: target.committed },
    groupTopics: readBy(plan).map(({ group, topics }) => ({
      group,
      topics: topics.filter((topic) => there.has(topic)),
    })),
  }
  const offsets = planMove(input)
  return { offsets, late: lateRecords(input, offsets) }
}

/** Past the point of no return the run could only stop at it. */
export function positionFindings(plan: Plan, foreseen: ForeseenMove | null): Finding[] {
  return whenAny(foreseen?.offsets.obstacles ?? [], (places) =>
    finding(
      unlessForced(plan),
      'no-safe-offset',
      `For some groups there is no offset on ${plan.target} that loses nothing: ${listed(places)}. Set the offset there that they are to continue at (kafka-consumer-groups --reset-offsets), or leave the topic out.`,
    ),
  )
}
