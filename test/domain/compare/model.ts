import * as fc from 'fast-check'
import type { Answer, Ask, LogRecord } from '../../../src/domain/compare/ask.ts'
import { type BlockOutcome, compareBlock, type WalkLimits } from '../../../src/domain/compare/block.ts'

/** A partition and its copy, as a link leaves them. Null is an offset without a record for readers: a marker, an aborted one. */
export interface Logs {
  source: (string | null)[]
  copy: (string | null)[]
  sourceStart: number
  copyStart: number
  /** Source offset of the copy's last record. */
  reached: number
}

export interface History {
  records: { kind: 'data' | 'same-again' | 'marker' | 'aborted' }[]
  /** The link begins again so many offsets back, after so many records. */
  rewinds: { after: number; back: number }[]
  readsAborted: boolean
  /** A marker in the copy after so many records (exactly-once); 0: never. */
  markersEvery: number
  sourceRemoved: number
  copyRemoved: number
}

export const histories: fc.Arbitrary<History> = fc.record({
  records: fc.array(
    fc.record({
      kind: fc.oneof(
        { weight: 8, arbitrary: fc.constant('data' as const) },
        { weight: 1, arbitrary: fc.constant('same-again' as const) },
        { weight: 1, arbitrary: fc.constant('marker' as const) },
        { weight: 2, arbitrary: fc.constant('aborted' as const) },
      ),
    }),
    { minLength: 1, maxLength: 60 },
  ),
  rewinds: fc.array(fc.record({ after: fc.nat(70), back: fc.nat(40) }), { maxLength: 4 }),
  readsAborted: fc.boolean(),
  markersEvery: fc.nat(5),
  sourceRemoved: fc.nat(30),
  copyRemoved: fc.nat(60),
})

/** What a healthy link makes of it: in order, at least once, nothing left out. */
export function mirrored(history: History, skipped: ReadonlySet<number> = new Set()): Logs {
  let before = ''
  const all = history.records.map(({ kind }, offset) => {
    if (kind === 'marker') return null
    if (kind !== 'same-again' || before === '') before = `r${offset}`
    return { key: before, aborted: kind === 'aborted' }
  })
  const copy: (string | null)[] = []
  const append = (offset: number) => {
    const record = all[offset]
    if (!record || (record.aborted && !history.readsAborted) || skipped.has(offset)) return false
    copy.push(record.key)
    if (history.markersEvery > 0 && copy.length % history.markersEvery === 0) copy.push(null)
    return true
  }
  let reached = -1
  const rewinds = [...history.rewinds].sort((a, b) => a.after - b.after)
  for (let offset = 0; offset < all.length; offset++) {
    for (const { back } of rewinds.filter(({ after }) => after === offset)) {
      for (let again = Math.max(0, offset - back); again < offset; again++) append(again)
    }
    if (append(offset)) reached = offset
  }
  const source = all.map((record) => (record === null || record.aborted ? null : record.key))
  return {
    source,
    copy,
    sourceStart: Math.min(history.sourceRemoved, source.length),
    copyStart: Math.min(history.copyRemoved, copy.length),
    reached,
  }
}

/** Answers from the logs. A search may show records of a batch that the start of the log cuts through, as brokers do. */
export function answer(logs: Logs, asked: Ask, searches: boolean): Answer {
  const log = (side: 'source' | 'copy') => (side === 'source' ? logs.source : logs.copy)
  const start = (side: 'source' | 'copy') => (side === 'source' ? logs.sourceStart : logs.copyStart)
  if (asked.ask === 'copy-start') return { start: logs.copyStart }
  if (asked.ask === 'read') {
    const records = log(asked.side).flatMap((key, offset): LogRecord[] =>
      key !== null && offset >= asked.from && offset < asked.to && offset >= start(asked.side) ? [{ offset, key }] : [],
    )
    return { records }
  }
  const find = ({ key }: LogRecord) => {
    const found = log(asked.side).findIndex((other, offset) => other === key && offset >= start(asked.side) - 3)
    return found === -1 || !searches ? null : found
  }
  return { offsets: asked.records.map(find) }
}

const few: WalkLimits = { chunk: 7, stray: 1_000, walk: 1_000 }

export const limits: fc.Arbitrary<WalkLimits> = fc.record({
  chunk: fc.integer({ min: 1, max: 20 }),
  stray: fc.integer({ min: 1, max: 30 }),
  walk: fc.integer({ min: 1, max: 200 }),
})

/** Walks from the copy's end to the start of the source in blocks of so many offsets. */
export function walk(
  logs: Logs,
  size: number,
  { searches = true, limits = few }: { searches?: boolean; limits?: WalkLimits } = {},
): (BlockOutcome & { from: number; to: number })[] {
  const outcomes: (BlockOutcome & { from: number; to: number })[] = []
  let copyEnd = logs.copy.length
  for (let to = logs.reached + 1; to > logs.sourceStart; to -= size) {
    const from = Math.max(logs.sourceStart, to - size)
    const running = compareBlock({ from, to, copyEnd }, limits)
    let step = running.next()
    while (!step.done) step = running.next(answer(logs, step.value, searches))
    outcomes.push({ ...step.value, from, to })
    copyEnd = step.value.copyFrom
  }
  return outcomes
}
