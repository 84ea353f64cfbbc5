import type { SeenRanges } from './choices.ts'
import type { GroupOffsets, LossLedger, PackedSample, TopicEnds, TopicOffsets } from './evidence.ts'
import type { OperationName } from './names.ts'
import type { StepId } from './steps.ts'

/** One ACL, in the broker's words. */
export interface AclEntry {
  resource: 'topic' | 'group' | 'transactionalId' | 'cluster'
  name: string
  pattern: 'literal' | 'prefixed'
  principal: string
  host: string
  operation: string
  permission: 'allow' | 'deny'
}

/** What makes a cluster refuse the applications. Exactly `added` is lifted later. */
export interface Fence {
  cluster: string
  episode: number
  at: string
  added: AclEntry[]
  /** Proof: the ends that stood still, or why there is none. */
  proof: string
}

/** Where this episode's records begin in the target's local topics: their ends just before producers start there, or before what is there already and is to be read. */
export interface Cut {
  cluster: string
  episode: number
  at: string
  topics: TopicOffsets[]
}

/** Committed offsets of a group, taken on first contact: those of idle groups expire. */
export interface GroupSnapshot {
  cluster: string
  episode: number
  at: string
  groups: GroupOffsets[]
}

/**
 * [partition, from (inclusive), to (exclusive), records or null where they could not be counted]; of a range that was
 * copied also the offsets of its partition's first and last copy, -1 where there was nothing to copy.
 */
export type SettledRow = [
  partition: number,
  from: number,
  to: number,
  records: number | null,
  ...copies: [] | [first: number, last: number],
]

/** A copy of stranded records that was begun: from here on its progress is with the cluster it goes to. */
export interface CopyBegun {
  /** Transactional id, and name of the group that keeps the progress. */
  id: string
  cluster: string
  episode: number
  at: string
  action: 'replay' | 'quarantine'
}

/** What a person decided on stranded records: the receipt. */
export interface Settlement {
  /** Where the records lie. */
  cluster: string
  episode: number
  at: string
  by: string
  reason: string
  action: 'keep' | 'replay' | 'quarantine' | 'discard'
  /** The second word, by name, where one is not enough. */
  confirmed?: { by: string; at: string }
  /** `takenAt` of the exact ledger that was decided on. */
  ledger: string
  /** Null: none of them could be counted. */
  records: number | null
  /** Where replay and quarantine copied them: `{topic}` stands for the topic's name. */
  copied?: { cluster: string; into: string; records: number; id: string; at: string }
  topics: { topic: string; rows: SettledRow[] }[]
}

/** Something a run could not do and somebody must. */
export interface Obligation {
  id: string
  kind: 'fence' | 'stop-application'
  cluster: string
  text: string
  since: string
  /** What the pair does itself as soon as the cluster answers: the fence to apply. */
  fence?: { principals: string[]; topics: string[]; operations: ('Write' | 'Read')[] }
  dischargedAt?: string
  dischargedBy?: string
}

/** The selection of a link as it was: the text of the connector's `topics`. */
export interface SelectionText {
  link: { from: string; to: string }
  topics: string
}

/** What a group was declared to read twice after a move, and what it did, as far as the brokers tell. */
export interface Reread {
  group: string
  /** Records, at most. */
  declared: number
  /** Records that it had committed as read on the side it left. Null: not known, or not yet. */
  counted: number | null
  /** Partitions that could not be counted. */
  unknown: number
  /** Records it had not read and was placed behind: there should be none. */
  skipped?: number
}

/** Where reading the source ended when a move was made: per partition the fenced end and the mirrored-to offset. */
export interface MoveRecord {
  episode: number
  operation: OperationName
  from: string
  to: string
  mode: 'planned' | 'forced'
  at: string
  /** High watermarks on `from` at the fence; absent when it was dark. */
  fencedEnds?: TopicEnds[]
  /** Final mirrored-to offsets of the link from->to. */
  mirroredTo?: TopicOffsets[]
  /** Groups that had read everything on `from` when they left, by name. */
  drainedGroups: string[]
  /** By group. Absent: recorded before it was kept. */
  reread?: Reread[]
  /** In local topics on `to`, before where the groups were placed: read by none of them. Absent: none. */
  unread?: SeenRanges[]
  /** Why it could not be counted: whether there are some is not known. Absent: it was. */
  unreadUnknown?: string
}

/** What a step leaves behind, in the run's own words; kept until the episode closes, for `adopt`. */
export interface StepFact {
  operation: OperationName
  step: StepId
  state: 'begun' | 'done' | 'skipped' | 'undone'
  at: string
  fact: unknown
}

export type EpisodeStage =
  'failing-over' | 'failed-over' | 'resetting' | 'reset' | 'failing-back' | 'closed' | 'handed-over'

export interface Episode {
  number: number
  startedAt: string
  stage: EpisodeStage
  /** A run of this episode was terminated or reset in the middle: only `adopt` or `handOver` go on. */
  inDoubt: { since: string; operation: OperationName; workflowId: string; why: string } | null
  facts: StepFact[]
  /** The link and the selection on first contact: what failback restores. */
  original: { link: { from: string; to: string }; selection: SelectionText } | null
}

/** What a pair remembers between runs. */
export interface Dossier {
  version: 1
  pair: string
  /** Where producers write now, and the other side. */
  active: string
  standby: string
  /** The link that protects the active side, when one does. */
  protectedBy: { from: string; to: string } | null
  unprotectedSince: string | null
  episode: Episode | null
  episodesClosed: number
  moves: MoveRecord[]
  fences: Fence[]
  cuts: Cut[]
  snapshots: GroupSnapshot[]
  settlements: Settlement[]
  ledgers: LossLedger[]
  /** Absent: none was ever begun. */
  copies?: CopyBegun[]
  obligations: Obligation[]
  lastSample: PackedSample | null
  /** Of links that are not watched now: what their topics and copies are known by. No ends, no groups. Absent: of none. */
  remembered?: RememberedLink[]
}

/** What a link's topics, positions and copies were when it was watched last. */
export interface RememberedLink {
  from: string
  to: string
  sample: PackedSample
}

/** A change of the dossier. The pair applies them in order; each is idempotent. */
export type DossierEntry =
  | { type: 'fact'; fact: StepFact }
  | { type: 'fence'; fence: Fence }
  | { type: 'fence-lifted'; cluster: string; lifted: AclEntry[] }
  | { type: 'cut'; cut: Cut }
  | { type: 'snapshot'; snapshot: GroupSnapshot }
  | { type: 'settlement'; settlement: Settlement }
  | { type: 'ledger'; ledger: LossLedger }
  | { type: 'copy'; copy: CopyBegun }
  | { type: 'obligation'; obligation: Obligation }
  | { type: 'obligation-discharged'; id: string; at: string; by: string }
  | { type: 'original'; link: { from: string; to: string }; selection: SelectionText }
  | { type: 'move'; move: MoveRecord }
  | { type: 'stage'; stage: EpisodeStage }
  | { type: 'active'; active: string; standby: string }
  | { type: 'protection'; link: { from: string; to: string } | null; at: string }
