import type { LinkRef } from '../../contract/activities.ts'
import type { ComparedCopies, ComparedRow, CompareResult, CopyDifference } from '../../contract/compare.ts'
import { type BlockOutcome, walkLimits } from '../../domain/compare/block.ts'
import { withDifferences, withoutRange } from '../../domain/compare/differences.ts'
import { usableRow, withTopic, worstOf } from '../../domain/compare/due.ts'
import type { ActivityDeps } from '../deps.ts'
import { confirmed } from './confirm.ts'
import { blockSize, driven, type Logs, NotReadable } from './logs.ts'
import type { Pace } from './pace.ts'
import type { SeenPartition, SeenTopic } from './sight.ts'

/** New records of a partition that are compared in one go, offsets; where there are more, its newest part begins anew. */
const catchUp = 20_000

/** A difference is checked again after this, seconds: it is gone once its records are mirrored again. */
const checkAgain = 60

export interface Turn {
  deps: ActivityDeps
  link: LinkRef
  pace: Pace
  signal: AbortSignal
  /** Seconds since 1970. */
  now: number
  /** What was compared is compared again after so many seconds. */
  every: number
}

/** One turn of a topic: of each partition what is new, then one older block. Answers what is known after it. */
export async function takeTurn(turn: Turn, seen: SeenTopic, before: ComparedCopies): Promise<ComparedCopies> {
  const { topic, ids } = seen
  const known = before.topics.find(([name, sameIds]) => name === topic && sameIds === ids)
  let differences = known ? before.differences : before.differences.filter((one) => one.topic !== topic)
  const rows: ComparedRow[] = []
  const results: CompareResult[] = []
  for (const place of seen.partitions) {
    turn.signal.throwIfAborted()
    if (place.why !== null) {
      results.push(place.why)
      continue
    }
    const part = new Part(turn, seen, place, differences)
    try {
      const row = known?.[4].find(([partition]) => partition === place.partition)
      const after = await part.compare(usableRow(row, place, turn))
      if (after !== null) rows.push(after)
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error
      part.unclear = true
    }
    differences = part.differences
    const wrong = differences.some((one) => one.topic === topic && one.partition === place.partition)
    results.push(wrong ? 'differs' : part.unclear ? 'unclear' : 'same')
  }
  return withTopic({ ...before, differences }, [topic, ids, turn.now, worstOf(results), rows])
}

class Part {
  unclear = false
  differences: CopyDifference[]
  readonly #turn: Turn
  readonly #seen: SeenTopic
  readonly #place: SeenPartition
  readonly #logs: Logs

  constructor(turn: Turn, seen: SeenTopic, place: SeenPartition, differences: CopyDifference[]) {
    this.#turn = turn
    this.#seen = seen
    this.#place = place
    this.differences = differences
    this.#logs = logsOf(turn, seen, place)
  }

  async compare(row: ComparedRow | null): Promise<ComparedRow | null> {
    await this.#checkDifferences()
    const { partition, start, top, copyStart, copyEnd } = this.#place
    const { now } = this.#turn
    const newer = row === null ? null : await this.#newer(row)
    let [, from, to, since, copyFrom, copyTo] = newer ?? [partition, top, top, now, copyEnd, copyEnd]
    if (from > start && copyFrom > 0 && copyFrom <= copyStart) copyFrom = -1
    if (from > start && copyFrom !== -1) {
      const begin = Math.max(start, from - blockSize(this.#logs))
      const outcome = await this.#block(begin, from, copyFrom)
      ;[from, copyFrom] = ends(outcome) ? [outcome.sameFrom, -1] : [begin, outcome.copyFrom]
    }
    return [partition, from, to, since, copyFrom, copyTo]
  }

  /** What came since, within what was copied since. Null: too much, or not so simple; the partition begins anew. */
  async #newer(row: ComparedRow): Promise<ComparedRow | null> {
    const [partition, from, to, since, copyFrom, copyTo] = row
    const { top, copyEnd } = this.#place
    if (top - to > catchUp) return null
    let end = copyEnd
    for (let upper = top; upper > to;) {
      const lower = Math.max(to, upper - blockSize(this.#logs))
      const outcome = await driven(this.#logs, { from: lower, to: upper, copyEnd: end, copyFloor: copyTo }, walkLimits)
      if (outcome.result !== 'same') return null
      ;[upper, end] = [lower, outcome.copyFrom]
    }
    return [partition, from, top, since, copyFrom, copyEnd]
  }

  async #block(from: number, to: number, copyEnd: number): Promise<BlockOutcome> {
    const outcome = await driven(this.#logs, { from, to, copyEnd }, walkLimits)
    const { topic } = this.#seen
    const { partition } = this.#place
    this.differences = withoutRange(this.differences, topic, partition, { from: outcome.sameFrom, to })
    if (outcome.result === 'unclear') this.unclear = true
    if (outcome.result !== 'missing') return outcome
    const at = this.#turn.now
    const { deps, link } = this.#turn
    const found = await confirmed(deps, link, { seen: this.#seen, partition, logs: this.#logs, at }, outcome)
    if (found === null) this.unclear = true
    else this.differences = withDifferences(this.differences, found)
    return outcome
  }

  /** Known differences from the copy's end down: what was mirrored again is there, whatever was compared before. */
  async #checkDifferences(): Promise<void> {
    const { topic } = this.#seen
    const { partition, start, top, copyEnd } = this.#place
    this.differences = withoutRange(this.differences, topic, partition, { from: 0, to: start })
    const here = this.differences.filter(
      (one) => one.topic === topic && one.partition === partition && this.#turn.now - one.at >= checkAgain,
    )
    for (const one of here) {
      const to = Math.min(one.to, top, one.from + blockSize(this.#logs))
      if (to > one.from) await this.#block(one.from, to, copyEnd)
    }
  }
}

/** Nothing older can be compared. */
function ends({ result }: BlockOutcome): boolean {
  return result === 'expired' || result === 'unclear'
}

export function logsOf(
  { deps, link, pace, signal }: Pick<Turn, 'deps' | 'link' | 'pace' | 'signal'>,
  { topic, copy }: SeenTopic,
  { partition }: SeenPartition,
): Logs {
  return {
    source: deps.ports.cluster(link.from),
    copy: deps.ports.cluster(link.to),
    places: { source: { topic, partition }, copy: { topic: copy, partition } },
    pace,
    signal,
    read: { records: 0, bytes: 0 },
  }
}
