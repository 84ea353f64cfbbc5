import type { AclEntry } from '../contract/dossier.ts'
import type { GroupOffsets, OpenTransaction, TopicEnds, TopicId, TopicOffsets } from '../contract/evidence.ts'
import type { AclListings } from '../domain/fence/acl-listings.ts'
import type { TopicSettings } from '../domain/assess/parity.ts'
import type { GroupState, TopicDescription, TopicProducers } from '../contract/observed.ts'

export type { ActiveProducer, GroupState, TopicDescription, TopicProducers } from '../contract/observed.ts'

/** May the principal do it: with topics, or as groups (`Read`)? */
export interface AccessCheck {
  principal: string
  operation: 'Write' | 'Read'
  of: 'topic' | 'group'
  names: string[]
}

/** What one of our two logins may do, by Kafka's names of operations. */
export interface LoginRights {
  /** Null: that of its certificate. */
  user: string | null
  clusterId: string
  cluster: string[]
  /** Nothing with one that it does not see; those that it sees and that do not exist are left out. */
  topics: [topic: string, operations: string[]][]
}

/** What lies in a range of one partition, read without a group. */
export interface RangeScan {
  /** Committed data records, as a read_committed reader sees them. */
  records: number
  controlMarkers: number
  firstTimestamp?: string
  lastTimestamp?: string
  bytes: number
  /** The range was read to its end. */
  complete: boolean
}

/** Offsets [from, to), and how many records of the kind asked for are among them. */
export type UncommittedRange = [from: number, to: number, records: number]

/** What a read_uncommitted reader gets of a range and a read_committed one does not, in order. */
export interface UncommittedScan {
  aborted: UncommittedRange[]
  /** Of transactions that are not decided by now. */
  open: UncommittedRange[]
  /** The range was read to its end. */
  complete: boolean
}

/** A record as it is stored. A value of null is a tombstone. */
export interface StoredRecord {
  offset: number
  /** ms since 1970. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: [key: Buffer, value: Buffer | null][]
}

/** How far a copy has come in one partition of where it copies to. Offsets there: of its first and last record, or -1. */
export interface CopyProgress {
  topic: string
  partition: number
  /** Offset of the source to go on with. */
  next: number
  /** Records copied so far. */
  records: number
  first: number
  last: number
}

/** What one transaction appends to a partition, and where the source is to be read on after it. */
export interface CopyPart {
  topic: string
  partition: number
  records: StoredRecord[]
  next: number
}

/**
 * A copier: the only one that may write under its id; opening it ends the one before, and aborts what that had not
 * committed. Read-committed readers see each record once, whenever and however often copiers die.
 */
export interface RecordCopy {
  /** As it was committed last; partitions that were never appended to are not in it. */
  readonly progress: CopyProgress[]
  /**
   * One transaction: all parts with their records and progress, or nothing. It may have happened when it fails: open the
   * copy anew and read its progress.
   */
  append(parts: CopyPart[], signal?: AbortSignal): Promise<CopyProgress[]>
}

/** One partition of a topic. */
export interface Place {
  topic: string
  partition: number
}

/** With its last stable offset, where that was just read: it is not asked for again. */
export interface EndedPlace extends Place {
  stable?: number
}

/** What a record is known by on both sides of a mirroring. */
export interface RecordMark {
  offset: number
  /** ms since 1970. */
  timestamp: number
  /** Of key and value. */
  digest: string
  /** Of its headers, where it has some. A converter on the way may change them: equal ones confirm, others refuse nothing. */
  headers?: string
  /** The topic stamped it when it was appended (`LogAppendTime`): its time stamp is not that of its source. */
  restamped?: true
}

/**
 * The last committed data record of a place; or why there is none: `empty` (the log holds no offset), `no-record` (markers and
 * aborted records only, as far back as is looked), `unreadable` (a codec that this Node lacks), `absent` (no such partition).
 */
export type LastRecord = Place &
  ({ found: 'record'; mark: RecordMark } | { found: 'empty' | 'no-record' | 'unreadable' | 'absent' })

/** What is looked for, and where. */
export type WantedRecord = Place & Pick<RecordMark, 'timestamp' | 'digest' | 'headers'>

/**
 * The offset of a record; null where none is found among the records from its time on, as far as is searched; `unreadable` where
 * records that it may be among are compressed with a codec that this Node lacks.
 */
export type FoundRecord = number | 'unreadable' | null

/**
 * Data records of a range, whatever their order: how many, and the sum of a hash of each (of time stamp, key and value), in hex.
 * Two ranges with the same both hold the same records.
 */
export interface RangeDigest {
  records: number
  digest: string
  /** The range was read to its end. What is removed from its middle while it is read makes it incomplete: read again. */
  complete: boolean
  /** The log begins here by now, above the range's `from`: what lay below has expired, and is not in this. */
  start?: number
  /** Some batches could not be decompressed here: they are counted, and not in the digest. */
  unreadable?: true
}

/** A record of a topic of our own that is compacted by key. */
export interface KeyedRecord {
  key: string
  value: Uint8Array
}

/** A topic to be created: settings by Kafka's names; what is not named is the cluster's default. */
export interface NewTopic {
  topic: string
  partitions: number
  /** How many; the cluster's default when it is left out. */
  replicas?: number
  settings: Record<string, string>
}

/**
 * A Kafka cluster, as the runbook needs it. Every call fails with an `Unreachable`, `Rejected` or `PreconditionFailed`
 * failure that says which cluster and what to do; none writes into users' topics. Calls honour `signal`.
 */
export interface ClusterPort {
  readonly alias: string
  /** Cluster id and brokers; fails fast when no broker answers. */
  describe(signal?: AbortSignal): Promise<{ clusterId: string; brokers: number; authorizer: boolean }>
  /** As the login that reads, or the one that acts: they are one where the configuration has no second. */
  rights(login: 'watch' | 'act', topics: string[], signal?: AbortSignal): Promise<LoginRights>
  /** Missing topics are left out of the answer. */
  describeTopics(topics: string[], signal?: AbortSignal): Promise<TopicDescription[]>
  listTopics(signal?: AbortSignal): Promise<string[]>
  /** Start, high watermark (read uncommitted) and last stable offset of every partition, batched for all topics. */
  ends(topics: string[], signal?: AbortSignal): Promise<TopicEnds[]>
  /** Reads [from, to) of one partition and counts data and control records. */
  scan(topic: string, partition: number, from: number, to: number, signal?: AbortSignal): Promise<RangeScan>
  /** Reads [from, to) of one partition for records of aborted and of undecided transactions. */
  scanUncommitted(
    topic: string,
    partition: number,
    from: number,
    to: number,
    signal?: AbortSignal,
  ): Promise<UncommittedScan>
  /**
   * Committed data records of [from, to), in order, some MiB at most; what lies before the log's start is gone and left out.
   * `next`: where to go on. It is `from` when nothing can be read there (an open transaction, the end of the log).
   */
  readRecords(
    topic: string,
    partition: number,
    from: number,
    to: number,
    signal?: AbortSignal,
  ): Promise<{ records: StoredRecord[]; next: number }>
  /** Opens the copy of this id, the transactional id and the group that keeps its progress. */
  openCopy(id: string, signal?: AbortSignal): Promise<RecordCopy>
  /** The progress of a copy without opening it; what is in a transaction now is waited for. */
  copyProgress(id: string, signal?: AbortSignal): Promise<CopyProgress[]>
  /** Which of these topics are compacted (also those that are deleted from as well): of each key only the last record stays. */
  compacted(topics: string[], signal?: AbortSignal): Promise<string[]>
  /** Who wrote lately, by id: brokers do not tell principals. Topics that do not exist are left out. */
  producers(topics: string[], signal?: AbortSignal): Promise<TopicProducers[]>
  /** The transactional ids behind producer ids, of those that have one. */
  transactionalIds(
    producerIds: number[],
    signal?: AbortSignal,
  ): Promise<[producerId: number, transactionalId: string][]>
  /**
   * Who holds these partitions open, the oldest first: asked of their leaders and of the transactions' coordinators. What
   * the cluster or the administrator's rights do not tell is left open in the answer, and is no failure.
   */
  openTransactions(partitions: { topic: string; partition: number }[], signal?: AbortSignal): Promise<OpenTransaction[]>
  /**
   * The last record of each place below its last stable offset, in the order asked; batched: a request a leader and kind, not one
   * a partition.
   */
  lastRecords(places: EndedPlace[], signal?: AbortSignal): Promise<LastRecord[]>
  /**
   * Where a record with each mark lies, in the order asked; of several alike the lowest whose headers are the same as well, where
   * there is one, else the lowest. Aborted and undecided records count: a mirroring that reads uncommitted has copied them.
   * Batched like `lastRecords`.
   */
  findRecords(wanted: WantedRecord[], signal?: AbortSignal): Promise<FoundRecord[]>
  /**
   * Log end offsets of the leaders: what they have taken, replicated or not. Where it equals the high watermark twice, nothing
   * is on its way.
   */
  logEnds(topics: string[], signal?: AbortSignal): Promise<TopicOffsets[]>
  /** Reads [from, to) of one partition. `uncommitted`: records of aborted and undecided transactions count as well. */
  digestRange(
    place: Place,
    range: { from: number; to: number; isolation: 'committed' | 'uncommitted' },
    signal?: AbortSignal,
  ): Promise<RangeDigest>
  groupStates(groups: string[], signal?: AbortSignal): Promise<GroupState[]>
  /** Committed offsets; only of the topics asked for, all topics when absent. */
  groupOffsets(groups: string[], topics?: string[], signal?: AbortSignal): Promise<GroupOffsets[]>
  /** Sets offsets without joining. Refused for an active group, an unknown partition, or an offset outside [S, H]. */
  setGroupOffsets(offsets: GroupOffsets, signal?: AbortSignal): Promise<void>
  /** Deletes a group of our own with its commits; one that is gone is no failure, one that has members is refused. */
  deleteGroup(group: string, signal?: AbortSignal): Promise<void>
  /** Entries that bear on these topics (null: all entries on topics), as each broker that answers lists them. */
  acls(topics: string[] | null, signal?: AbortSignal): Promise<AclListings>
  /**
   * Does the authorizer let everybody use these topics, which no ACL bears on (`allow.everyone.if.no.acl.found`)? By the
   * settings of the brokers, or by what shows it; null where it cannot be told.
   */
  allowsWithoutAcl(topics: string[], signal?: AbortSignal): Promise<boolean | null>
  createAcls(acls: AclEntry[], signal?: AbortSignal): Promise<void>
  deleteAcls(acls: AclEntry[], signal?: AbortSignal): Promise<void>
  /**
   * May the principal write (or read) these topics? Asked of every leader as that principal, from its own
   * authorized operations, when its credentials are configured; otherwise derived from the ACLs as each broker lists them. Brokers learn
   * of ACLs one by one: a topic that only some of them allow is in `allowed` and in `denied`. `leaders`: which broker was asked for
   * each partition.
   */
  access(
    principal: string,
    operation: 'Write' | 'Read',
    topics: string[],
    signal?: AbortSignal,
  ): Promise<{
    evidence: 'asked-as-principal' | 'derived-from-acls'
    allowed: string[]
    denied: string[]
    leaders?: [topic: string, partition: number, broker: number][]
    /** Asked as the principal: topics that some leader lets it alter and delete as well, as super users may. */
    administers?: string[]
  }>
  /**
   * The same of many principals at once, derived from ACLs that are read once for all, in the order of the checks. Null where the
   * principal's credentials are configured: `access` and `groupAccess` ask as that one.
   */
  accessByAcls(
    checks: AccessCheck[],
    signal?: AbortSignal,
  ): Promise<({ evidence: 'derived-from-acls'; allowed: string[]; denied: string[] } | null)[]>
  /** Settings in force of the topics that exist; only those named, all with null. */
  topicSettings(topics: string[], names: readonly string[] | null, signal?: AbortSignal): Promise<TopicSettings[]>
  /** Deletes those that still have this id and hold no record; answers the others, each with the reason. */
  deleteEmptyTopics(topics: TopicId[], signal?: AbortSignal): Promise<{ topic: string; why: string }[]>
  /** May the principal read as these groups? Asked of their coordinators as that principal, or derived from the ACLs. */
  groupAccess(
    principal: string,
    groups: string[],
    signal?: AbortSignal,
  ): Promise<{ evidence: 'asked-as-principal' | 'derived-from-acls'; allowed: string[]; denied: string[] }>
  /** One that exists already stays as it is. Returns when its leaders are known. */
  createTopics(topics: NewTopic[], signal?: AbortSignal): Promise<void>
  /**
   * Records of partition 0 of one of our own topics, from offset `from` on (from its start, where that is not within the log), and
   * the offset to go on from: of each key the last one, of the keys `owner` and `owner/…`; null: of all. Null: there is no such
   * topic. Rejected where these are more than 64 MB.
   */
  readKeyed(
    topic: string,
    from: number,
    owner: string | null,
    signal?: AbortSignal,
  ): Promise<{ records: KeyedRecord[]; end: number } | null>
  /** Appends records in this order to partition 0 of one of our own topics, each in sync before the next. Answers the end. */
  appendKeyed(topic: string, records: KeyedRecord[], signal?: AbortSignal): Promise<number>
  close(): Promise<void>
}

/** What changes something there. Activities get it from `activities/permitted.ts` alone. */
export type ClusterWrites = Pick<
  ClusterPort,
  | 'setGroupOffsets'
  | 'deleteGroup'
  | 'createAcls'
  | 'deleteAcls'
  | 'deleteEmptyTopics'
  | 'createTopics'
  | 'appendKeyed'
  | 'openCopy'
>

/** What only looks. */
export type ClusterLooks = Omit<ClusterPort, keyof ClusterWrites>
