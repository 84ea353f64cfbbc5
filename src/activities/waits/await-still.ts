import type { Offender, WaitActivities } from '../../contract/activities.ts'
import type { OpenTransaction, TopicEnds } from '../../contract/evidence.ts'
import { movedEnds, openTransactions } from '../../domain/fence.ts'
import { transactionName } from '../../domain/open-transactions-text.ts'
import { precondition } from '../../ports/failures.ts'
import { listed } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { holdersOf, noTransactions } from '../evidence/transactions.ts'
import { lookUntil, verdictOr } from './look-until.ts'
import { Writers } from './writers.ts'

type Input = Parameters<WaitActivities['awaitStill']>[0]
type Verdict = Awaited<ReturnType<WaitActivities['awaitStill']>>

/** Between two looks, ms: often enough to see who writes, seldom enough to be no load. */
const poll = { shortest: 100, longest: 1_000 }

/** Named to a person at most; the worst first. */
const namedOffenders = 50

/**
 * Ends that stand still: two readings, the second begun `stabilityMs` or more after the first had ended, with the same
 * high watermarks, none moved in between, and no transaction open.
 */
export async function awaitStill(
  deps: ActivityDeps,
  { cluster: alias, topics, stabilityMs, maxMs }: Input,
): Promise<Verdict> {
  const cluster = deps.ports.cluster(alias)
  const offenders = new Map<string, Moved>()
  const writers = new Writers(cluster, topics)
  const memory = noTransactions()
  let reference: { ends: TopicEnds[]; at: number } | undefined
  const pollMs = Math.min(poll.longest, Math.max(poll.shortest, stabilityMs / 4))

  const waited = await lookUntil<Verdict>({ pollMs, maxMs }, async (signal) => {
    const begun = performance.now()
    const ends = await cluster.ends(topics, signal)
    requireAll(alias, topics, ends)
    if (reference === undefined) await writers.begin(signal)
    const moved = reference === undefined ? [] : movedEnds(reference.ends, ends)
    for (const { topic, partition, from, to } of moved) {
      const known = offenders.get(`${topic}/${partition}`)
      const since = known?.since ?? reference?.at ?? begun
      const seconds = Math.round((begun - since) / 100) / 10
      offenders.set(`${topic}/${partition}`, { topic, partition, from: known?.from ?? from, to, seconds, since })
    }
    if (reference === undefined || moved.length > 0) reference = { ends, at: performance.now() }
    const open = openTransactions(ends)
    if (moved.length > 0) await writers.look(signal)
    const transactions = await holdersOf(cluster, ends, signal, memory)
    const stillMs = Math.max(0, begun - reference.at)
    const still = open.length === 0 && stillMs >= stabilityMs
    const named = worst(offenders.values()).map((moving) => ({ ...moving, producers: writers.of(moving) }))
    return {
      verdict: {
        still,
        ends,
        offenders: still ? [] : named,
        openTransactions: open,
        ...(transactions.length === 0 ? {} : { transactions }),
      },
      done: still,
      live: {
        stillForMs: Math.round(stillMs),
        of: stabilityMs,
        moved: moved.length,
        openTransactions: open.length,
        ...namedOf(transactions),
        offenders: named.slice(0, 3),
      },
    }
  })
  return verdictOr(waited, `Whether the ends on ${alias} stand still`)
}

function namedOf(transactions: OpenTransaction[]): { transactions?: string[] } {
  return transactions.length === 0 ? {} : { transactions: transactions.slice(0, 3).map(transactionName) }
}

type Moved = Omit<Offender, 'producers'> & { since: number }

function worst(offenders: Iterable<Moved>): Omit<Offender, 'producers'>[] {
  return [...offenders]
    .toSorted((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, namedOffenders)
    .map(({ topic, partition, from, to, seconds }) => ({ topic, partition, from, to, seconds }))
}

/** A topic that was left out of the answer stands still for nobody. */
function requireAll(alias: string, topics: string[], ends: TopicEnds[]): void {
  const found = new Set(ends.filter(({ partitions }) => partitions.length > 0).map(({ topic }) => topic))
  const missing = topics.filter((topic) => !found.has(topic))
  if (missing.length > 0) {
    throw precondition(
      `${alias} has no topic ${listed(missing)}, so nothing can be proven about it. Was it deleted? Create it, or leave it out of the pair.`,
    )
  }
}
