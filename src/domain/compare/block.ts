import { type Answer, type Ask, ask, type LogRecord } from './ask.ts'

/** Source offsets [from, to), and the offsets of the copy between which they are looked for; `copyFloor` absent: from its start. */
export interface Block {
  readonly from: number
  readonly to: number
  readonly copyEnd: number
  readonly copyFloor?: number
}

export interface WalkLimits {
  /** Offsets of the copy read at once. */
  readonly chunk: number
  /** Records of the copy in a row that are none of the block's before the rest of the block is looked for by time stamp. */
  readonly stray: number
  /** So far back a block is looked for at most, in records of the copy. */
  readonly walk: number
}

export const walkLimits: WalkLimits = { chunk: 2_000, stray: 8_000, walk: 1_000_000 }

/**
 * `expired`: what was not met is older than what the copy still holds; `unclear`: why it was not met is not known.
 *
 * `copyFrom`: records of the source before the block are in the copy before this offset. `sameFrom`: all records of the block from
 * this offset on are in the copy. `missing`: offsets that are not; `prefix`: nothing older than them was seen in the copy, which
 * begins with a later record. `seen`: records of the source in the block.
 */
export interface BlockOutcome {
  readonly result: 'same' | 'missing' | 'expired' | 'unclear'
  readonly copyFrom: number
  readonly sameFrom: number
  readonly missing: readonly number[]
  readonly prefix: boolean
  readonly seen: number
}

/** Records looked for by time stamp: a request each at worst. */
const sampled = 16

/**
 * Is every committed record of the block in the copy, before `copyEnd`? Walks the copy back from there until each record of the
 * block is met once. A link copies in order and at least once, so that its copy holds the source as a subsequence: the walk finds
 * them all, whatever was copied twice, aborted or removed in between, and what is before the block is still before `copyFrom`.
 * No record of the copy stands for two of the source, so `same` is never said of a copy that lacks one.
 *
 * What was not met is looked for by its time stamp in the whole copy. It is missing only when it is not found there while records
 * known to be there are, and when retention of the copy cannot be why: the copy still holds an older record, or has lost none.
 */
export function* compareBlock(block: Block, limits: WalkLimits): Generator<Ask, BlockOutcome, Answer> {
  const source = yield* ask.read('source', block.from, block.to)
  const left = new Left(source)
  const tail: LogRecord[] = []
  const begin = yield* ask.copyStart()
  const start = Math.max(begin, block.copyFloor ?? 0)
  let [position, lowest, stray, walked, patience] = [block.copyEnd, block.copyEnd, 0, 0, limits.stray]
  for (;;) {
    while (left.size > 0 && position > start && stray < patience && walked < limits.walk) {
      const from = Math.max(start, position - limits.chunk)
      const records = yield* ask.read('copy', from, position)
      walked += Math.max(1, records.length)
      for (const record of records.toReversed()) {
        if (left.size === 0) break
        if (left.take(record)) [lowest, stray] = [record.offset, 0]
        else {
          stray++
          tail.push(record)
          if (tail.length > 4) tail.shift()
        }
      }
      position = from
    }
    const outcome = (
      result: BlockOutcome['result'],
      missing: readonly number[] = [],
      prefix = false,
    ): BlockOutcome => ({
      result,
      copyFrom: lowest,
      sameFrom: left.size === 0 ? block.from : Math.max(...left.offsets()) + 1,
      missing,
      prefix,
      seen: source.length,
    })
    if (left.size === 0) return outcome('same')
    if (block.copyFloor !== undefined) return outcome('unclear')
    const judged = yield* judge(left, tail, { start, whole: position <= start })
    if (judged.state === 'missing') return outcome('missing', judged.missing, judged.prefix)
    if (judged.state === 'unclear') return outcome(position <= start && start > 0 ? 'expired' : 'unclear')
    if (position <= start || walked >= limits.walk) return outcome('unclear')
    // All are further down: a link that began again far back has copied many records twice.
    ;[stray, patience] = [0, patience * 2]
  }
}

type Judged = { state: 'further-down' | 'unclear' } | { state: 'missing'; missing: number[]; prefix: boolean }

function* judge(
  left: Left,
  tail: readonly LogRecord[],
  walk: { start: number; whole: boolean },
): Generator<Ask, Judged, Answer> {
  const wanted = left.sample(sampled)
  // Records that are known to be there: where they are not found, time stamps are too much out of order for the search.
  const control = [...tail, ...left.someTaken(4)]
  const places = yield* ask.find('copy', [...wanted, ...control])
  const start = yield* ask.copyStart()
  // A batch that the start of the log cuts through still shows the records before it: they are gone.
  const found = places.map((offset) => (offset !== null && offset < start ? null : offset))
  const absent = wanted.filter((_, index) => found[index] === null)
  if (absent.length === 0) return { state: 'further-down' }
  const searched = control.length > 0 && found.slice(wanted.length).every((offset) => offset !== null)
  const intact = start === 0
  if (!searched && !(walk.whole && start === walk.start)) return { state: 'further-down' }
  const onSource = intact || tail.length === 0 ? [] : yield* ask.find('source', [...tail])
  const older = Math.min(left.lowestUnique, ...onSource.flatMap((place) => (place === null ? [] : [place])))
  const known = absent.filter(({ offset }) => intact || older < offset)
  if (known.length === 0) return { state: 'unclear' }
  const concerned = absent.length === wanted.length ? left.offsets() : known.map(({ offset }) => offset)
  const missing = concerned.filter((offset) => intact || older < offset).sort((a, b) => a - b)
  const highest = missing.at(-1) ?? -1
  const prefix =
    walk.whole && (left.oldestTaken === -1 || left.oldestTaken > highest) && (yield* isOldest(tail, highest))
  return { state: 'missing', missing, prefix }
}

/** Nothing that was met below the block is older than it on the source. */
function* isOldest(tail: readonly LogRecord[], highest: number): Generator<Ask, boolean, Answer> {
  if (tail.length === 0) return true
  const places = yield* ask.find('source', [...tail])
  return places.every((place) => place === null || place > highest)
}

/** The records of a block that were not met yet. */
class Left {
  readonly #offsets = new Map<string, LogRecord[]>()
  readonly #taken: LogRecord[] = []
  readonly #repeated = new Set<string>()
  size: number
  /** Lowest offset that was met, or -1. */
  oldestTaken = -1
  /** Lowest offset that was met, of records that are in the block once. */
  lowestUnique = Infinity

  constructor(records: readonly LogRecord[]) {
    this.size = records.length
    for (const record of records) {
      const before = this.#offsets.get(record.key)
      if (before === undefined) this.#offsets.set(record.key, [record])
      else {
        before.push(record)
        this.#repeated.add(record.key)
      }
    }
  }

  take({ key }: LogRecord): boolean {
    const met = this.#offsets.get(key)?.pop()
    if (met === undefined) return false
    this.size--
    if (this.#taken.length < 64) this.#taken.push(met)
    if (this.oldestTaken === -1 || met.offset < this.oldestTaken) this.oldestTaken = met.offset
    if (!this.#repeated.has(key)) this.lowestUnique = Math.min(this.lowestUnique, met.offset)
    return true
  }

  offsets(): number[] {
    return [...this.#offsets.values()].flat().map(({ offset }) => offset)
  }

  /** Of those left: the first, the last, and some in between. */
  sample(count: number): LogRecord[] {
    const all = [...this.#offsets.values()].flat().sort((a, b) => a.offset - b.offset)
    const step = Math.max(1, (all.length - 1) / (count - 1))
    const picked = new Set<LogRecord>()
    for (let at = 0; at <= all.length - 1 + 1e-9 && picked.size < count; at += step) {
      const record = all[Math.round(at)]
      if (record !== undefined) picked.add(record)
    }
    return [...picked]
  }

  someTaken(count: number): LogRecord[] {
    return this.#taken.slice(-count)
  }
}
