import type { Offender, WaitActivities } from '../../contract/activities.ts'
import type { OpenTransaction, TopicEnds } from '../../contract/evidence.ts'
import { openTransactions } from '../../domain/fence/fence.ts'
import { transactionName } from '../../domain/certificate/open-transactions-text.ts'
import { Stillness } from '../../domain/certificate/stillness.ts'
import { precondition } from '../../ports/failures.ts'
import { listed } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { unreplicatedNow, writesOf } from '../evidence/final-ends.ts'
import { holdersOf, noTransactions } from '../evidence/transactions.ts'
import { lookUntil, verdictOr } from './look-until.ts'
import { Writers } from './writers.ts'

type Input = Parameters<WaitActivities['awaitStill']>[0]
type Verdict = Awaited<ReturnType<WaitActivities['awaitStill']>>

/** Between two looks, ms: often enough to see who writes, seldom enough to be no load. */
const poll = { shortest: 100, longest: 1_000 }

/** A window that only covers what is in flight is looked at twice, at least. */
const looksAWindow = 2

/** An ACL that was just added reaches every broker within this, ms; a fence that does not hold by then needs a person. */
const refusedWithin = 3_000

/** Named to a person at most; the worst first. */
const namedOffenders = 50

/**
 * Ends that stand still, by the rules of `Stillness`: two readings, the second begun a window or more after the first had ended,
 * with the same high watermarks, none moved in between, no transaction open and nothing that is not replicated. It ends early
 * where somebody who is to be refused is not.
 */
export async function awaitStill(
  deps: ActivityDeps,
  { cluster: alias, topics, stabilityMs, refused, maxMs, failingMs }: Input,
): Promise<Verdict> {
  const cluster = deps.ports.cluster(alias)
  const offenders = new Map<string, Moved>()
  const writers = new Writers(cluster, topics)
  const memory = noTransactions()
  const refusedMs = refused?.stabilityMs ?? null
  const stillness = new Stillness({ stabilityMs, refusedMs })
  const pollMs = Math.min(
    poll.longest,
    Math.max(poll.shortest, stabilityMs / 4),
    refusedMs === null ? poll.longest : refusedMs / looksAWindow,
  )
  const from = performance.now()
  let stoodAt = from
  let first = true

  const waited = await lookUntil<Verdict>({ pollMs, maxMs, failingMs }, async (signal) => {
    const begun = performance.now()
    // Leaders are asked beside the ends: what they let in before they refused is what the window is for.
    const [{ ends, behind }, writes] = await Promise.all([
      cluster.ends(topics, signal).then(async (found) => ({
        ends: found,
        behind: await unreplicatedNow(cluster, found, signal),
      })),
      refused === undefined ? null : writesOf(cluster, refused.principals, topics, signal),
      first ? writers.begin(signal) : undefined,
    ])
    first = false
    requireAll(alias, topics, ends)
    const access = writes?.access ?? []
    const allowed = access.some((one) => one.allowed.length > 0)
    const ended = performance.now()
    const { moved, standsMs, stillMs } = stillness.take({
      begun,
      ended,
      ends,
      unreplicated: behind,
      refused: !allowed,
      leaders: writes?.leaders ?? null,
    })
    for (const { topic, partition, from: end, to } of moved) {
      const known = offenders.get(`${topic}/${partition}`)
      const since = known?.since ?? stoodAt
      const seconds = Math.round((begun - since) / 100) / 10
      offenders.set(`${topic}/${partition}`, { topic, partition, from: known?.from ?? end, to, seconds, since })
    }
    if (moved.length > 0 || stoodAt === from) stoodAt = ended
    const open = openTransactions(ends)
    if (moved.length > 0) await writers.look(signal)
    const transactions = await holdersOf(cluster, ends, signal, memory)
    const still = stillMs !== null
    const named = worst(offenders.values()).map((moving) => ({ ...moving, producers: writers.of(moving) }))
    return {
      verdict: {
        still,
        ends,
        ...(stillMs === null ? {} : { stillMs }),
        ...(writes === null ? {} : { access }),
        ...(behind === null || behind.length === 0 ? {} : { unreplicated: behind }),
        offenders: still ? [] : named,
        openTransactions: open,
        ...(transactions.length === 0 ? {} : { transactions }),
      },
      done: still || (allowed && ended - from > refusedWithin),
      live: {
        stillForMs: Math.round(standsMs),
        of: stabilityMs,
        moved: moved.length,
        openTransactions: open.length,
        ...namedOf(transactions),
        offenders: named.slice(0, 3),
      },
    }
  })
  return verdictOr(waited, `Whether the end offsets on ${alias} advance`)
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
