/** What a pair's watch keeps and tells: a day of lag, findings, and the little it remembers between two looks. */

import type { AclEntry } from './dossier.ts'
import type { ComparedCopies } from './compare.ts'

/** Stable ids of what a watch can find; each is a rule in `domain/watch/rules`. */
export const watchCodes = [
  'link-state',
  'stall',
  'running-without-progress',
  'retention-overtakes',
  'lag-growth',
  'target-group-active',
  'settings-drift',
  'missing-partitions',
  'topic-unselected',
  'copy-changed',
  'source-changed',
  'copy-differs',
  'fence-changed',
  'selection-changed',
  'link-restarted',
  'left-side-written',
  'groups-untranslated',
] as const
export type WatchCode = (typeof watchCodes)[number]

/** What one look showed. */
export interface WatchSign {
  code: WatchCode
  /** `blocking`: a planned failover would not begin. */
  severity: 'warning' | 'blocking'
  /** One sentence: what, where, how much. */
  text: string
  /** What a person does about it. */
  todo: string
}

/** A sign that is followed over looks. It is a finding once it is raised. */
export interface WatchFinding extends WatchSign {
  /** When it was first seen, ISO 8601. */
  since: string
  lastSeen: string
  /** Null: seen, but not for long enough to be told. */
  raisedAt: string | null
}

/**
 * [partition, mirrored-to offset or -1, when that last changed, older anchor, newer anchor]. Times in seconds since 1970. An
 * anchor is what retention is measured from: [time, log start, mirrored-to or -1].
 */
export type PartitionTrack = [
  partition: number,
  mirroredTo: number,
  movedAt: number,
  older: TrackAnchor,
  newer: TrackAnchor,
]
export type TrackAnchor = [at: number, logStart: number, mirroredTo: number]

/** Offsets a group would read twice in a forced move, at most; `untranslated`: those of them where it has no position on the copy. */
export interface ForcedReread {
  group: string
  records: number
  untranslated: number
}

/** What one look hands to the next. */
export interface WatchMemory {
  findings: WatchFinding[]
  /** Partitions that lag, two hundred at most: see `domain/watch/tracks.ts`. */
  tracks: { topic: string; rows: PartitionTrack[] }[]
  /** Settings of the link's connectors when the watch began, and since when they are taken as right. */
  settings: { since: string; values: Record<string, string> } | null
  /** What is known of the content of the copies. Absent: nothing was compared. */
  compared?: ComparedCopies
  /** What the groups would read twice in a forced move, when the target was asked last. Absent: it was not, or did not answer. */
  reread?: ForcedReread[]
  /** What `assess` said when it was asked last on behalf of the move that could begin. Absent: it was not asked yet. */
  assessed?: AssessedAhead
  /** What this stretch has removed of ours, and groups that were deleted before. Absent: nothing. */
  tidied?: Tidied
  /** What a run has set and somebody changed since. Absent: nothing. */
  kept?: KeptThing[]
}

/** What was removed since its purpose was over. */
export interface Tidied {
  /** Of this stretch only: the pair takes it out of its dossier. */
  lifted: { cluster: string; acls: AclEntry[] }[]
  groups: string[]
}

/** What runs leave set in an episode, and the ends of the side that they left; each is a code of the watch. */
export const keptKinds = ['fence-changed', 'selection-changed', 'link-restarted', 'left-side-written'] as const
export type KeptKind = (typeof keptKinds)[number]

/** One of them that was found otherwise than it was left. */
export interface KeptThing {
  kind: KeptKind
  /** The cluster, or the link. */
  where: string
  /** What is otherwise, as it was seen last. */
  what: string
  /** When it was first found so, and when last. */
  since: string
  lastSeen: string
  /** It is so now, and was so at this many checks in a row. */
  checks: number
  /** How often it was found changed. */
  times: number
  /** When it was put back, within the last hour. */
  restored: string[]
  /** Why it could not be put back, when that was tried last. */
  problem?: string
}

/** What `assess` would say if the next move began: asked rarely, since it asks everybody. */
export interface AssessedAhead {
  at: string
  tookMs: number
  operation: 'failover' | 'failback'
  /** What warns or blocks and is not judged at every look. */
  findings: { severity: 'warning' | 'blocking'; code: string; text: string }[]
  /** So many more are not named. */
  more?: number
  /** Why it could not be made; the findings are those of before. */
  problem?: string
}

/** One look in numbers. Offsets are sums over all partitions that answered. */
export interface LagPoint {
  at: string
  /** Null: it could not be told. */
  lag: number | null
  /** Sum of the ends on the source, and of the offsets mirrored-to plus one. */
  ends: number | null
  mirrored: number | null
  sourceReachable: boolean
  linkReachable: boolean
  /** Topics that lag most, worst first, ten at most. */
  worst: [topic: string, lag: number][]
}

/**
 * [start of the slot, newest lag or -1, worst lag or -1, newest sum of ends or -1, newest sum mirrored or -1, looks, of these
 * without an answer of source or link]. Times in seconds since 1970.
 */
export type LagSlot = [
  at: number,
  lag: number,
  worstLag: number,
  ends: number,
  mirrored: number,
  looks: number,
  dark: number,
]

/** A day of the lag: see `domain/watch/lag-history.ts` for what is kept how finely. */
export interface LagHistory {
  slots: LagSlot[]
  /** Worst lag of a topic within the day, of those that were ever among the ten worst; the worst fifty. */
  worst: [topic: string, lag: number, at: number][]
}

/** Kept by the pair. `link` is what it is about: of another direction it says nothing. */
export interface WatchState {
  link: string
  history: LagHistory
  memory: WatchMemory
}

/** Answer of the pair's query `lag`. */
export interface LagAnswer {
  version: 1
  pair: string
  link: string | null
  history: LagHistory
}
