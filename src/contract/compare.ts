import { z } from 'zod'
import { kafkaAlias } from './primitives.ts'

/** What the comparison of copies with their source found, as it travels. Offsets are those of the source unless it is said. */

/**
 * Why a copy cannot be compared: it is `absent` or `empty`; one side is `compacted`; the copy's topic stamps records anew
 * (`restamped`); a codec this worker lacks (`unreadable`); the copy's last record is `not-found` on the source (it expired there,
 * was changed on the way, or somebody else wrote it).
 */
export const incomparable = ['absent', 'empty', 'compacted', 'restamped', 'unreadable', 'not-found'] as const
export type Incomparable = (typeof incomparable)[number]

/**
 * `same`: every committed record of the source in the range is in the copy. `differs`: some are not. `unclear`: some were not
 * seen, and retention on the copy, or a place too far back, may be why.
 */
export type CompareResult = 'same' | 'differs' | 'unclear' | Incomparable

/** Records that are missing from a copy, or are there with another content. */
export interface CopyDifference {
  topic: string
  copy: string
  partition: number
  /** Source offsets [from, to) that hold them. */
  from: number
  to: number
  /** How many there are, at least. */
  records: number
  /** When that was seen, seconds since 1970. */
  at: number
}

/**
 * [partition, source offsets from (inclusive), to (exclusive) that were compared, when that began (seconds since 1970), offsets of
 * the copy between which they were found]. A `copyFrom` of -1: nothing older is left to compare. What differs is in
 * `differences`; all else is the same.
 */
export type ComparedRow = [partition: number, from: number, to: number, since: number, copyFrom: number, copyTo: number]

/** [topic, end of the ids of source and copy, when it was last compared (seconds since 1970), result, rows] */
export type ComparedTopic = [topic: string, ids: string, at: number, result: CompareResult, rows: ComparedRow[]]

/** What a pair knows of its copies' content. Bounded: see `domain/compare/kept.ts`. */
export interface ComparedCopies {
  topics: ComparedTopic[]
  differences: CopyDifference[]
  /** Topics that were compared and are not in the list, and the oldest time of one. Absent: all are in it. */
  more?: { topics: number; oldest: number }
}

/** The short of it, for status, page and metrics. */
export interface ComparedSummary {
  /** Of so many topics that were compared since the worker began to. */
  topics: number
  same: number
  unclear: number
  differ: number
  incomparable: number
  /** When the topic that was compared longest ago was compared, ISO 8601; null: none was. */
  oldest: string | null
  newest: string | null
  /** [topic, when it was last compared, ISO 8601, result], of some at most; what differs comes first. */
  list: [topic: string, at: string, result: CompareResult][]
  differences: CopyDifference[]
}

/** How much of each partition is compared: its newest records, those since a time, or all that both sides have. */
export const compareScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('records'), records: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
  z.strictObject({ kind: z.literal('since'), since: z.iso.datetime() }),
  z.strictObject({ kind: z.literal('all') }),
])
export type CompareScope = z.infer<typeof compareScope>

export const compareInput = z.strictObject({
  pair: z.string().min(1).max(100),
  from: kafkaAlias,
  to: kafkaAlias,
  /** Absent: all topics of the pair. */
  topics: z.array(z.string().min(1).max(249)).min(1).max(10_000).optional(),
  scope: compareScope,
  /** Records a second at most, of both clusters together. Absent: as fast as they answer. */
  recordsPerSecond: z.number().int().min(1).max(10_000_000).optional(),
})
export type CompareInput = z.infer<typeof compareInput>

/** [partition, source offsets from, to that were compared, records of the source among them, result] */
export type CompareRow = [partition: number, from: number, to: number, records: number, result: CompareResult]

/** What `switchback compare` answers. */
export interface CompareAnswer {
  version: 1
  pair: string
  link: string
  at: string
  seconds: number
  /** Of the source, compared. */
  records: number
  topics: { topic: string; copy: string; result: CompareResult; rows: CompareRow[] }[]
  differences: CopyDifference[]
}

/** Live numbers of a comparison under way, in its heartbeat. */
export interface CompareLive {
  doing: string
  /** Source records compared, and how many there are to compare, as far as is known. */
  done: number
  total: number
  differences: number
}
