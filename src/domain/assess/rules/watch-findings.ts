import type { Finding } from '../../../contract/evidence.ts'
import type { Readiness } from '../../../contract/pair-messages.ts'
import type { Plan } from '../../../contract/plan.ts'
import type { WatchCode } from '../../../contract/watch.ts'
import { agedTo } from '../../watch/readiness.ts'
import { finding, unlessForced } from '../finding.ts'

/** `assess` looks at these itself: its own look is newer, and says when the matter is gone. */
const lookedAtLive: ReadonlySet<string> = new Set<WatchCode>([
  'link-state',
  'target-group-active',
  'missing-partitions',
  'topic-unselected',
  'copy-changed',
  'source-changed',
])

/**
 * What the pair's watch has found, and whether it watches at all: a stall or a lag that grows shows only over time. Blocks a
 * planned run where the watch says so, and where its last sample is old; a forced one is told.
 */
export function watchFindings(plan: Plan, answer: Readiness | null, at: string): Finding[] {
  if (answer === null || answer.unprotectedSince !== null) return []
  const readiness = agedTo(answer, at)
  const found = readiness.reasons.flatMap(({ from, code, text, todo, since, blocking }): Finding[] => {
    if (from !== 'watch' || code === undefined || lookedAtLive.has(code)) return []
    const severity = blocking ? unlessForced(plan) : 'warning'
    return [finding(severity, `watch-${code}`, `Since ${since}: ${text} ${todo}`)]
  })
  if (!readiness.stale) return found
  const what =
    readiness.sampledAt === null
      ? `The pair has never sampled the lag of ${plan.source}->${plan.target}`
      : `The pair's last sample of ${plan.source}->${plan.target} is from ${readiness.sampledAt}, ${readiness.ageSeconds} s ago`
  return [
    finding(
      unlessForced(plan),
      'watch-stale',
      `${what}, so nobody saw whether the mirroring keeps up. See that the worker serves the queue of long waits; it is sampled within half a minute.`,
    ),
    ...found,
  ]
}
