import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { missingPartitions } from '../../watch/rules/missing-partitions.ts'
import { finding, unlessForced } from '../finding.ts'
import type { World } from '../world.ts'

/** Partitions without a copy, or that no task mirrors, by the watch's own rule: what it finds before a run the run finds too. */
export function partitionFindings(plan: Plan, { link, source, target }: World): Finding[] {
  if (source.problem !== null || target.problem !== null || link.description === null) return []
  const offline = new Set(source.topics.filter((topic) => topic.offline.length > 0).map(({ topic }) => topic))
  const topics = plan.topics.filter((topic) => !offline.has(topic))
  const found = missingPartitions(
    {
      at: '',
      from: link.from,
      to: link.to,
      naming: plan.naming,
      topics,
      link: link.description,
      ends: source.ends.filter(({ topic }) => topics.includes(topic)),
      mirroredTo: null,
      target: { groups: [], copies: target.topics },
      rests: [],
      missing: [],
      recent: [],
      windows: { stall: 0, growth: 0, retention: 0 },
    },
    { findings: [], tracks: [], settings: null },
  )
  return found ? [finding(unlessForced(plan), 'missing-partitions', `${found.text} ${found.todo}`)] : []
}
