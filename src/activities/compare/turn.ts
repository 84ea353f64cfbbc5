import type { LinkRef } from '../../contract/activities.ts'
import type { ComparedCopies, ComparedRow, CompareResult, CopyDifference } from '../../contract/compare.ts'
import { type BlockOutcome, walkLimits } from '../../domain/compare/block.ts'
import { withDifferences, withoutRange } from '../../domain/compare/differences.ts'
import { usableRow, withTopic, worstOf } from '../../domain/compare/due.ts'
import type { ActivityDeps } from '../deps.ts'
import { confirmed } from './confirm.ts'
import { blockSize, driven, type Logs, whyUnread } from './logs.ts'
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

/** What came of a partition in a turn that may not be over: a stretch of the watch is shorter than a turn of many partitions. */
export type Progress = Map<number, { at: number; result: CompareResult }>

/**
 * One turn of a topic: of each partition what is new, then one older block. `keep` is given what is known after each of them; the
 * topic counts as compared once all had their turn.
 */
export async function takeTurn(
  turn: Turn,
  seen: SeenTopic,
  before: ComparedCopies,
  progress: Progress,
  keep: (compared: ComparedCopies) => void,
): Promise<void> {
  const { topic, ids } = seen
  const known = before.topics.find(([name, sameIds]) => name === topic && sameIds === ids)
  const [, , lastTurn, lastResult, lastRows] = known ?? [topic, ids, 0, 'same' as const, []]
  const rows = new Map(lastRows.map((row) => [row[0], row]))
  let differences = known ? before.differences : before.differences.filter((one) => one.topic !== topic)
  const snapshot = (at: number, result: CompareResult): ComparedCopies =>
    withTopic({ ...before, differences }, [topic, ids, at, result, [...rows.values()]])
  const results: CompareResult[] = []
  for (const place of seen.partitions) {
    turn.signal.throwIfAborted()
    const { partition } = place
    const done = known === undefined ? undefined : progress.get(partition)
    if (done !== undefined && done.at > lastTurn) {
      results.push(done.result)
      continue
    }
    const part = new Part(turn, seen, place, differences)
    const row = usableRow(rows.get(partition), place, turn)
    const after = await part.compare(row)
    differences = part.differences
    if (after === null) rows.delete(partition)
    else rows.set(partition, after)
    const wrong = differences.some((one) => one.topic === topic && one.partition === partition)
    const result = wrong ? 'differs' : part.result
    results.push(result)
    progress.set(partition, { at: turn.now, result })
    keep(snapshot(lastTurn, wrong ? 'differs' : lastResult))
  }
  keep(snapshot(turn.now, worstOf(results)))
}

class Part {
  result: CompareResult = 'same'
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

  /** Null: nothing is known of the partition now. */
  async compare(row: ComparedRow | null): Promise<ComparedRow | null> {
    if (this.#place.why !== null) {
      this.result = this.#place.why
      return null
    }
    try {
      return await this.#compare(row)
    } catch (error) {
      const why = whyUnread(error)
      if (why === null) throw error
      this.result = why
      return row
    }
  }

  async #compare(row: ComparedRow | null): Promise<ComparedRow> {
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
    if (outcome.result === 'unclear') this.result = 'unclear'
    if (outcome.result !== 'missing') return outcome
    const at = this.#turn.now
    const { deps, link } = this.#turn
    const found = await confirmed(deps, link, { seen: this.#seen, partition, logs: this.#logs, at }, outcome)
    if (found === null) this.result = 'unclear'
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
    read: { records: 0, bytes: 0, latest: -1 },
  }
}
