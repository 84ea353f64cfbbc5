import { Context, heartbeat } from '@temporalio/activity'
import { CancelledFailure } from '@temporalio/common'
import type { LinkRef } from '../../contract/activities.ts'
import type {
  CompareAnswer,
  CompareInput,
  CompareLive,
  CompareResult,
  CompareRow,
  CompareScope,
  CopyDifference,
} from '../../contract/compare.ts'
import { walkLimits } from '../../domain/compare/block.ts'
import { withDifferences } from '../../domain/compare/differences.ts'
import { worstOf } from '../../domain/compare/due.ts'
import { heartbeatEvery } from '../acting.ts'
import { listed, linkName, namedPair } from '../configured.ts'
import { activitySignal, type ActivityDeps, timestamp } from '../deps.ts'
import { invalidInput } from '../faults.ts'
import { confirmed } from './confirm.ts'
import { blockSize, driven, whyUnread } from './logs.ts'
import { type Pace, paceOf } from './pace.ts'
import { lookAtContent, type SeenPartition, type SeenTopic } from './sight.ts'
import { logsOf } from './turn.ts'

const topicsAtOnce = 20
/** Of more topics, the rows of those that are the same are left out of the answer. */
const topicsWithRows = 300

/** Compares copies with their source, topic by topic, the newest records first. Only reads. */
export async function compareCopies(deps: ActivityDeps, input: CompareInput): Promise<CompareAnswer> {
  const { pair, from, to, scope } = input
  const topics = wantedTopics(deps, input)
  const signal = activitySignal()
  const pace = paceOf(
    input.recordsPerSecond === undefined ? null : { records: input.recordsPerSecond, bytes: Infinity },
    signal,
  )
  const began = performance.now()
  const live: CompareLive = { doing: 'reading how far the copies reach', done: 0, total: 0, differences: 0 }
  const beating = setInterval(
    () => heartbeat(live),
    Math.min(1_000, heartbeatEvery(Context.current().info.heartbeatTimeoutMs)),
  )
  heartbeat(live)
  try {
    const seen: SeenTopic[] = []
    for (let at = 0; at < topics.length; at += topicsAtOnce)
      seen.push(...(await lookAtContent(deps, { pair, from, to }, topics.slice(at, at + topicsAtOnce), signal)))
    live.total = seen
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, place) => sum + place.top - lowest(place, scope), 0)
    const comparison = new Comparison({ deps, link: { pair, from, to }, pace, signal }, scope, live)
    const answers: CompareAnswer['topics'] = []
    for (const topic of seen) answers.push(await comparison.topic(topic))
    for (const topic of topics.filter((name) => !seen.some((one) => one.topic === name)))
      answers.push({ topic, copy: topic, result: 'absent', rows: [] })
    const manyTopics = answers.length > topicsWithRows
    return {
      version: 1,
      pair,
      link: linkName({ from, to }),
      at: timestamp(deps),
      seconds: Math.round((performance.now() - began) / 100) / 10,
      records: comparison.records,
      topics: answers.map((answer) => (manyTopics && answer.result === 'same' ? { ...answer, rows: [] } : answer)),
      differences: comparison.differences,
    }
  } catch (error) {
    if (signal.aborted && signal.reason instanceof CancelledFailure) throw signal.reason
    throw error
  } finally {
    clearInterval(beating)
  }
}

function wantedTopics(deps: ActivityDeps, { pair, topics }: CompareInput): string[] {
  const configured = namedPair(deps.config(), pair).topics
  const unknown = (topics ?? []).filter((topic) => !configured.includes(topic))
  if (unknown.length > 0)
    throw invalidInput(`${listed(unknown)}: no topic of the pair ${pair}. It has ${listed(configured)}.`)
  return [...new Set(topics ?? configured)]
}

/** Source offset down to which a partition is compared at most. */
function lowest({ start, top }: SeenPartition, scope: CompareScope): number {
  return scope.kind === 'records' ? Math.max(start, top - scope.records) : start
}

interface Means {
  deps: ActivityDeps
  link: LinkRef
  pace: Pace
  signal: AbortSignal
}

class Comparison {
  records = 0
  differences: CopyDifference[] = []
  readonly #means: Means
  readonly #scope: CompareScope
  readonly #live: CompareLive

  constructor(means: Means, scope: CompareScope, live: CompareLive) {
    this.#means = means
    this.#scope = scope
    this.#live = live
  }

  async topic(seen: SeenTopic): Promise<CompareAnswer['topics'][number]> {
    const { topic, copy } = seen
    const rows: CompareRow[] = []
    for (const place of seen.partitions) rows.push(await this.#partition(seen, place))
    return { topic, copy, result: worstOf(rows.map(([, , , , result]) => result)), rows }
  }

  async #partition(seen: SeenTopic, place: SeenPartition): Promise<CompareRow> {
    const { partition, top, copyEnd } = place
    const bottom = lowest(place, this.#scope)
    this.#live.doing = `${seen.topic}-${partition}`
    if (place.why !== null) return [partition, top, top, 0, place.why]
    const logs = logsOf(this.#means, seen, place)
    const results: CompareResult[] = []
    let [upper, end, records] = [top, copyEnd, 0]
    try {
      while (upper > bottom) {
        this.#means.signal.throwIfAborted()
        const lower = Math.max(bottom, upper - blockSize(logs))
        const outcome = await driven(logs, { from: lower, to: upper, copyEnd: end }, walkLimits)
        records += outcome.seen
        this.records += outcome.seen
        this.#live.done += upper - lower
        if (outcome.result === 'missing') results.push(await this.#missing(seen, partition, logs, outcome))
        if (outcome.result === 'unclear') results.push('unclear')
        const ends = outcome.result === 'expired' || outcome.result === 'unclear'
        ;[upper, end] = [ends ? outcome.sameFrom : lower, outcome.copyFrom]
        if (ends || this.#isOld(logs.read.latest)) break
      }
    } catch (error) {
      const why = whyUnread(error)
      if (why === null) throw error
      results.push(why)
    }
    this.#live.done += upper - bottom
    return [partition, upper, top, records, worstOf(results)]
  }

  async #missing(
    seen: SeenTopic,
    partition: number,
    logs: ReturnType<typeof logsOf>,
    outcome: Parameters<typeof confirmed>[3],
  ): Promise<CompareResult> {
    const { deps, link } = this.#means
    const at = Math.floor(deps.clock.now().getTime() / 1000)
    const found = await confirmed(deps, link, { seen, partition, logs, at }, outcome)
    if (found === null) return 'unclear'
    this.differences = withDifferences(this.differences, found)
    this.#live.differences = this.differences.reduce((sum, one) => sum + one.records, 0)
    return found.length === 0 ? 'same' : 'differs'
  }

  /** Everything of the last block is older than what was asked for. */
  #isOld(latest: number): boolean {
    return this.#scope.kind === 'since' && latest !== -1 && latest < Date.parse(this.#scope.since)
  }
}
