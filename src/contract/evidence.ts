/**
 * What is read from the clusters. Offsets are numbers: a partition would have to hold 2^53 records to leave their
 * exact range, and adapters refuse an offset beyond it (docs/adr). Tuples, not objects, where there is one a partition.
 */

/** [partition, start S, high watermark H, last stable offset LSO] on the cluster asked. */
export type PartitionEnds = [partition: number, start: number, highWatermark: number, lastStable: number]

export interface TopicEnds {
  topic: string
  /** Kafka's topic id (base64 or UUID text): tells a recreated topic from the old one. */
  topicId: string
  partitions: PartitionEnds[]
}

/** Ends that were seen before: [partition, high watermark]. */
export interface KnownEnds {
  topic: string
  topicId: string
  ends: [partition: number, highWatermark: number][]
}

/**
 * Ends, and the partitions whose end moved from a known one by markers of transactions alone: a producer that had added a partition
 * to its transaction and wrote nothing leaves one there when it ends, fence or not.
 */
export interface EndsSince extends TopicEnds {
  markersOnly?: number[]
}

/** [partition, last source offset acknowledged on the target]. Absent: never mirrored. */
export type MirroredTo = [partition: number, offset: number]

/**
 * How the last record of a copy was placed on its source: `found` there; the copy is `empty` or `absent`; it is `not-found` on the
 * source (compacted or removed there, or written by somebody else); or it cannot be compared: `restamped` (the copy's topic
 * stamps records anew), `unreadable` (a codec this Node lacks).
 */
export const copyMatches = ['found', 'empty', 'absent', 'not-found', 'restamped', 'unreadable'] as const
export type CopyMatch = (typeof copyMatches)[number]

/**
 * [partition, start of the copy, its end (high watermark), offset of its last record or -1, that record's offset on the source or
 * -1, how it was placed]
 */
export type CopyRow = [partition: number, start: number, end: number, last: number, reached: number, match: CopyMatch]

/** How far the copy of one topic really reaches, read from both clusters. Partitions are those of the source. */
export interface CopyEvidence {
  /** On the source. */
  topic: string
  copy: string
  /** Null: the target has no such topic. */
  copyId: string | null
  rows: CopyRow[]
}

/** [partition, the position it is set to: last "done"; null deletes it, so that mirroring begins at the start of the log] */
export type PositionChange = [partition: number, offset: number | null]

export const partitionVerdicts = [
  'mirrored',
  'markers-only',
  'empty',
  'behind',
  'never-mirrored',
  'open-transaction',
  'expired-before-mirrored',
  /** Proven but for offsets that expired unseen: whether they held records cannot be known any more. */
  'expired-unknown',
  'truncated-or-recreated',
  'unassigned',
  'latency-only',
  /** Connect's position says that records are mirrored, and there is no copy that could hold them. */
  'copy-missing',
  /** The copy is another topic than it was, or ends before it did, and was not seen to hold everything again. */
  'copy-replaced',
  /** Connect's position lies beyond what the copy holds, with records between. */
  'copy-behind-position',
  /** The copy lacks records that its source holds before what the copy has reached. */
  'copy-has-gap',
] as const
export type PartitionVerdict = (typeof partitionVerdicts)[number]

/**
 * What a row rests on: `copy`, whose last record was found on the source; `position`, Connect's word alone, where the copy cannot
 * be compared; `latency`, the provider's; or there is `nothing left` that could be mirrored.
 */
export const proofBases = ['copy', 'position', 'latency', 'nothing left'] as const
export type ProofBasis = (typeof proofBases)[number]

/** Offsets [from, to) that expired before they were mirrored. With null: whether they held records is not known. */
export type ExpiredOffsets = [from: number, to: number, records?: null]

/** Records that a copy lacks: how many (null: not counted), and the offsets [from, to) on the source among which they lie. */
export type CopyGap = [records: number | null, from: number, to: number]

/** [partition, S, H, LSO, proven offset or -1, records lag, verdict, what expired, what it rests on, what the copy lacks] */
export type CertificateRow = [
  partition: number,
  start: number,
  highWatermark: number,
  lastStable: number,
  mirroredTo: number,
  lag: number,
  verdict: PartitionVerdict,
  expired?: ExpiredOffsets | null,
  basis?: ProofBasis,
  gap?: CopyGap,
]

/** [partition, end of the copy, offset of its last record or -1] */
export type CertifiedCopyRow = [partition: number, end: number, last: number]

/** The copy a certificate was taken of. */
export interface CertifiedCopy {
  name: string
  copyId: string | null
  rows: CertifiedCopyRow[]
}

/** Source offsets [from, to) of which nobody compared the copy; since when that is so is the certificate's time. */
export type NotCompared = [partition: number, from: number, to: number]

/** Source offsets [from, to) that the comparison in the background had found in the copy, and when it began (ISO 8601). */
export type ComparedBefore = [partition: number, from: number, to: number, since: string]

/**
 * Records that groups have still to read on the source and that the copy does not hold any more: how many (null: not counted), among
 * the source's offsets [from, to).
 */
export interface UnreadRemoved {
  topic: string
  copy: string
  partition: number
  groups: string[]
  records: number | null
  from: number
  to: number
}

/** Offsets [from, to) on the source that a person has decided about: they are in no copy. */
export interface SettledOffsets {
  topic: string
  partition: number
  from: number
  to: number
}

/**
 * A transaction that is not decided: nothing behind its first record counts as stable before it ends. What the brokers did
 * not tell is null, and `unknown` says why.
 */
export interface OpenTransaction {
  transactionalId: string | null
  /** A 64-bit number, as text. */
  producerId: string | null
  /** In its coordinator's word: Ongoing, PrepareCommit, PrepareAbort … */
  state: string | null
  /** When it began; where only the partition's broker told of it, when its producer last wrote. */
  since: string | null
  ageSeconds: number | null
  /** After so long its coordinator aborts it. */
  timeoutSeconds: number | null
  /** Its coordinator has ended it and a partition still holds it open: no time-out will ever end it. */
  hanging: boolean
  /** Those asked about that it holds open, with the offset of its first record there, or -1. */
  partitions: [topic: string, partition: number, firstOffset: number][]
  /** How many there are; the list may be shorter. */
  partitionCount: number
  unknown?: string
}

/**
 * Records in the copies that a transaction on the source does not stand for: aborted, or not decided when that was read. A link
 * that reads uncommitted copies them like any other.
 */
export interface PhantomTotals {
  aborted: number
  open: number
  /** Partitions that hold some. */
  partitions: number
  /** Partitions of which not everything mirrored was looked through: there may be more in their older part. */
  unread: number
}

/** [partition, offsets on the source from (inclusive), to (exclusive), records of aborted transactions, of undecided ones] */
export type PhantomRow = [partition: number, from: number, to: number, aborted: number, open: number]

/** The totals count all; the rows are bounded: see `domain/certificate/phantoms.ts`. */
export interface Phantoms extends PhantomTotals {
  topics: { topic: string; rows: PhantomRow[] }[]
}

/** Evidence, per partition, that everything up to the fenced end is mirrored. */
export interface Certificate {
  takenAt: string
  link: string
  complete: boolean
  /** Why there is none, when something beyond a partition stands in the way (connector without tasks, stale evidence). */
  obstacles: string[]
  totalLag: number
  /** Partitions with something left that only Connect's position can prove, once it is written. Absent: none. */
  onPosition?: number
  /** `latency`: for some partitions the provider's word stands in for offsets. Absent: offsets alone. */
  restsOn?: 'latency'
  topics: {
    topic: string
    topicId: string
    rows: CertificateRow[]
    copy?: CertifiedCopy
    /** What lies before the range that was compared with the copy, record by record. Absent: nothing, or nothing was compared. */
    notCompared?: NotCompared[]
    /** What of that older part was compared before this wait, and was equal then. */
    comparedBefore?: ComparedBefore[]
  }[]
  /** Who holds partitions open; the oldest first. Absent: nobody. */
  transactions?: OpenTransaction[]
  /** Of a complete certificate, where the link reads uncommitted and there are, or may be, some. */
  phantoms?: Phantoms
  /** Of a complete certificate: lost before this wait began, as the pair's watch saw it. Nothing that is waited for brings it. */
  lost?: LostRange[]
}

export interface TopicId {
  topic: string
  topicId: string
}

/** Mirrored-to offsets that were reached in a topic that is no more; `topicId` is its. */
export interface StalePosition extends TopicId {
  offsets: MirroredTo[]
}

/** Offsets [from, to) that the source's log removed before they were seen to be mirrored; `seenAt`: when that was first seen. */
export interface LostRange extends TopicId {
  partition: number
  from: number
  to: number
  seenAt: string
  /** Records among them, where a scan had counted them before. Absent: not known, there may be none. */
  records?: number
  /** So many of them are records, at least, by what a scan had seen. Absent: none for certain. */
  atLeast?: number
}

/**
 * [partition, from, to, data records in them]: what a scan of the offsets [from, to) behind the position found. None: markers and
 * aborted records only, which are never mirrored.
 */
export type RestRow = [partition: number, from: number, to: number, records: number]

export interface TopicRests {
  topic: string
  rows: RestRow[]
}

/**
 * Why records are missing from a copy although the position is behind them: the copy is gone (`copy-deleted`), another one
 * (`copy-recreated`), shorter than it was (`copy-shorter`) or holds less than the position says (`copy-behind`); or the source's
 * log is shorter than the position (`source-truncated`), or another one (`source-recreated`).
 */
export const missingReasons = [
  'copy-deleted',
  'copy-recreated',
  'copy-shorter',
  'copy-behind',
  'source-truncated',
  'source-recreated',
] as const
export type MissingReason = (typeof missingReasons)[number]

/**
 * Offsets [from, to) of the source that the link will not mirror, since its position lies behind them, and that its copy does not
 * hold. `topicId` is the source's.
 */
export interface MissingCopies extends TopicId {
  why: MissingReason
  seenAt: string
  rows: [partition: number, from: number, to: number][]
}

/** One reading of the lag: records not yet acknowledged on the target, by topic. */
export interface LagSample {
  at: string
  sourceReachable: boolean
  linkReachable: boolean
  totalLag: number | null
  /** When the source was last in contact, while it is dark: the age of ends and groups. Absent: `at`. */
  sourceSeenAt?: string
  /** Ends on the source at the last contact, and mirrored-to offsets. */
  ends: { topic: string; partitions: PartitionEnds[] }[]
  mirroredTo: { topic: string; offsets: MirroredTo[] }[]
  /** Ids of the source's topics when they were last seen, also of one that is gone for the moment. */
  topicIds?: TopicId[]
  /** Topics that were created again under a link whose position is still that of the old one. */
  stalePositions?: StalePosition[]
  /** What was lost lately, in bounded number: the link may have gone on behind it, and its position then hides it. */
  lost?: LostRange[]
  /** Committed offsets of the pair's groups on the source, at the last contact. */
  groups: GroupOffsets[]
  /** The copies on the target as they were seen last: what a later look is held against. Absent: none was seen. */
  copies?: RememberedCopy[]
  /** What scans found behind the positions. Absent: nothing was scanned. */
  rests?: TopicRests[]
  /** What the copies lack and the link will not bring by itself. Absent: nothing that is known. */
  missing?: MissingCopies[]
}

/** [partition, the copy's end, offset on the source of its last record or -1 where that was not found] */
export type RememberedCopyRow = [partition: number, end: number, reached: number]

/** The copy of one topic of the source: its id, and how far it had come. */
export interface RememberedCopy {
  /** On the source. */
  topic: string
  copyId: string
  rows: RememberedCopyRow[]
}

/**
 * A sample as it travels and is kept: numbers as differences from the ends, names once. See `domain/watch/packed-sample.ts`. What
 * is small stays as it is.
 */
export interface PackedSample extends Omit<
  LagSample,
  'ends' | 'mirroredTo' | 'topicIds' | 'groups' | 'copies' | 'rests'
> {
  groups: string[]
  topics: PackedTopic[]
}

/**
 * [topic, its id or 0, ends, mirrored-to, committed by group, copy, rests]. Ends, three numbers a partition: start, H, H - LSO.
 * The others, one: H - offset (H is 0 where it is unknown). Of a copy its id and two numbers: mirrored-to (or H - 1) - reached,
 * and reached + 1 - end. Of a rest three: from - mirrored-to (or H - 1), to - from, records.
 */
export type PackedTopic = [
  topic: string,
  topicId: string | 0,
  ends: PackedNumbers,
  mirroredTo: PackedNumbers,
  committed: PackedNumbers[],
  copy?: [copyId: string, numbers: PackedNumbers] | 0,
  rests?: PackedNumbers,
]

/**
 * Of the partitions 0, 1, 2 …, in base 36 with spaces between (a list of numbers in samples of earlier builds); or, with a gap,
 * after the list of partitions. 0: it was not told.
 */
export type PackedNumbers = 0 | string | number[] | [partitions: number[], numbers: number[]]

export interface GroupOffsets {
  group: string
  topics: { topic: string; offsets: [partition: number, committed: number][] }[]
}

/**
 * [partition, from (inclusive), to (exclusive) or null while the source is dark and the end unknown, records or null]
 *
 * Behind that, of an estimate: the seconds before the source was last seen in which the records were written, at most, or
 * null. Of an exact ledger, where the range was read: its bytes, and the times of its earliest and latest record, in ms
 * after the ledger's `since`, or null.
 */
export type LedgerRow = [
  partition: number,
  from: number,
  to: number | null,
  records: number | null,
  ...known: [] | [seconds: number | null] | [bytes: number, first: number | null, last: number | null],
]

/** Records written on the old side and never mirrored. */
export interface LossLedger {
  kind: 'estimate' | 'exact'
  takenAt: string
  cluster: string
  /**
   * Age of what the estimate rests on, in seconds: since then the source may have been written to unseen. Null: there was
   * no sample, or the ledger is exact.
   */
  sampleAgeSeconds: number | null
  /** Of the rows where it is known: of an estimate at most so many. Null: of no row. */
  records: number | null
  /** Time of the earliest record found; the rows count from it. Only of an exact ledger that found some. */
  since?: string
  topics: { topic: string; rows: LedgerRow[] }[]
  /** What is in the copies although it is not committed, where the link reads uncommitted and there is, or may be, some. */
  phantoms?: Phantoms
}

/** Stranded records older than what was written since, on the active side, under the same key. */
export interface KeyConflicts {
  /** Everything was read and is exact; else there are at least so many. */
  complete: boolean
  /**
   * Topics that have some: the stranded records concerned, of how many keys, and those where the stranded record or the
   * newest of its key since is a tombstone (a deletion that would be undone, or come too late).
   */
  topics: [topic: string, records: number, keys: number, tombstones: number][]
  /** Stranded records without a key: nobody can tell what came after them. */
  keyless: number
  /** Stranded topics that are compacted, on either side. */
  compacted: string[]
}

/** Offsets by topic and partition. */
export interface TopicOffsets {
  topic: string
  offsets: [partition: number, offset: number][]
}

export interface Finding {
  severity: 'info' | 'warning' | 'blocking'
  /** Stable id, e.g. `partition-parity`. */
  code: string
  /** One sentence: what, where, how much, what to do. */
  text: string
}
