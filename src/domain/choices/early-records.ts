import type { SeenRanges } from '../../contract/choices.ts'
import type { Dossier } from '../../contract/dossier.ts'
import type { PartitionEnds, TopicEnds, TopicId } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { factOf } from '../dossier/dossier.ts'
import { type Lookup, indexing, searching } from '../positions/lookup.ts'
import { keepsNames } from '../names/naming.ts'
import { rangesOf } from './ranges.ts'

type DecidedRow = readonly [partition: number, from: number, to: number | null, ...rest: unknown[]]

type Known = Pick<Dossier, 'moves' | 'settlements' | 'ledgers' | 'episode'>

/**
 * Up to where the local log of a cluster is accounted for: records of the pair, which its groups have read or go back to, and those
 * a person has decided about. 0: the pair was never there, or the topic is another one. Null: it cannot be known.
 * `find`: for many partitions, one that indexes.
 */
export function accountedEnd(
  dossier: Known,
  cluster: string,
  { topic, topicId }: TopicId,
  partition: number,
  find: Lookup = searching,
): number | null {
  const guarded = find.entry(guardedEnds(dossier, cluster), topic)
  const guard = guarded?.topicId === topicId ? find.row(guarded.partitions, partition)?.[2] : undefined
  const left = leftAt(dossier, cluster, topic, find)
  if (guard === undefined && left === 'never') return 0
  if (left !== 'never' && left !== 'unknown' && left.topicId !== topicId) return guard ?? 0
  const fenced = typeof left === 'object' ? find.row(left.partitions, partition)?.[2] : undefined
  // A partition that is younger than the fence was never the pair's.
  if (typeof left === 'object' && fenced === undefined && guard === undefined) return 0
  const decided = [...dossier.settlements, ...dossier.ledgers.filter(({ kind }) => kind === 'exact')]
    .filter((one) => one.cluster === cluster)
    .flatMap(({ topics }) => find.ranges<DecidedRow>(topics, topic, partition))
    .flatMap(([, , to]) => (to === null ? [] : [to]))
  const known = [guard, fenced].filter((end) => end !== undefined)
  return known.length === 0 ? null : Math.max(...known, ...decided)
}

/** The ends behind the fence of a cluster that came back in this episode. */
function guardedEnds({ episode, moves }: Known, cluster: string): TopicEnds[] {
  const left = moves.findLast((move) => move.episode === episode?.number && move.operation === 'failover')
  if (episode === null || left?.from !== cluster) return []
  const fact = episode.facts.findLast(
    ({ operation, step, state }) => operation === 'reset' && step === 'guard-returning' && state === 'done',
  )
  return (fact?.fact as { result?: { ends?: TopicEnds[] } } | undefined)?.result?.ends ?? []
}

/** Where the pair left the topic on the cluster, by its last move away that held the topic. */
function leftAt({ moves }: Known, cluster: string, topic: string, find: Lookup): TopicEnds | 'never' | 'unknown' {
  for (const { from, fencedEnds } of moves.toReversed()) {
    if (from !== cluster) continue
    if (fencedEnds === undefined) return 'unknown'
    const ends = find.entry(fencedEnds, topic)
    if (ends !== undefined) return ends
  }
  return 'never'
}

/**
 * Where the records of this episode begin in one partition of the target's local topic, seen before its producers start: behind
 * what is accounted for, and behind what a person has approved to leave unread. Whatever came since is never passed over.
 */
export function beginningOf(
  plan: Plan,
  dossier: Dossier,
  topic: TopicId,
  row: PartitionEnds,
  find: Lookup = searching,
): number {
  const [partition, start, end] = row
  // Copy and local topic are one log there: what lies before the cut is the copy.
  if (keepsNames(plan.naming, plan.source)) return end
  const accounted = accountedEnd(dossier, plan.target, topic, partition, find)
  if (accounted === null) return end
  const from = Math.min(Math.max(accounted, start), end)
  const skipped = skippedEarly(plan, topic.topic, partition, topic.topicId, find)
  return skipped === undefined || from < skipped.from ? from : Math.min(Math.max(from, skipped.to), end)
}

/** Offsets [from, to) of the target's local topic that a person has chosen to leave unread. */
export function skippedEarly(
  { choices = [] }: Pick<Plan, 'choices'>,
  topic: string,
  partition: number,
  topicId: string,
  find: Lookup = searching,
): { from: number; to: number; records: number } | undefined {
  const cut = choices.find(({ about, action }) => about === 'early' && action === 'cut')
  const seen = cut && find.entry(cut.topics, topic)
  const row = seen?.topicId === topicId ? find.row(seen.rows, partition) : undefined
  if (row === undefined) return undefined
  const [, from, to, records] = row
  return { from, to, records: records ?? to - from }
}

/** Offsets of the target's local topics that nothing of the pair accounts for; none once producers were started there. */
export function earlyRanges(plan: Plan, dossier: Dossier, ends: readonly TopicEnds[]): SeenRanges[] {
  if (plan.operation === 'reset' || keepsNames(plan.naming, plan.source)) return []
  if (begun(plan, dossier)) return []
  const find = indexing()
  return rangesOf(ends, plan.topics, (topic, [partition, start, end]) => {
    const accounted = accountedEnd(dossier, plan.target, topic, partition, find)
    return accounted === null ? null : [Math.max(accounted, start), end]
  })
}

/** Producers of this operation may write there: what comes now is theirs. */
function begun(plan: Plan, dossier: Dossier): boolean {
  const state = factOf(dossier, plan.operation, 'start-producers')?.state
  return state === 'begun' || state === 'done' || state === 'skipped'
}
