import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { listed } from '../../text/listed.ts'
import { readsUncommitted } from '../../plan/reads-uncommitted.ts'
import { finding, whenAny } from '../finding.ts'
import type { World } from '../world.ts'

/**
 * MirrorMaker reads uncommitted records unless it is told not to: those of aborted transactions then stand in the copy like
 * any other, since it does not copy the transactions themselves. Consumers on the target read what never happened.
 */
export function transactionFindings({ source }: Plan, { link, writers }: World): Finding[] {
  if (!readsUncommitted(link.description) || !writers?.producers.ok || !writers.transactional.ok) return []
  const ids = new Map(writers.transactional.value)
  const transactional = writers.producers.value.flatMap(({ topic, producers }) => {
    const names = [...new Set(producers.flatMap(([, id]) => ids.get(id) ?? []))]
    return names.length === 0 ? [] : [`${topic} (by ${listed(names)})`]
  })
  return whenAny(transactional, (names) =>
    finding(
      'warning',
      'link-reads-uncommitted',
      `${link.name} copies uncommitted records, and transactions write on ${source}: ${listed(names)}. Records of transactions that were aborted, or that stay open, are in the copies and are read on ${link.to} as if they had been committed. Set source.consumer.isolation.level=read_committed on the source connector; what is copied already stays.`,
    ),
  )
}
