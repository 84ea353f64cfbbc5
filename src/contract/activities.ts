import type { OpenChoice, SeenRanges } from './choices.ts'
import type { CompareAnswer, CompareInput } from './compare.ts'
import type { AclEntry, Dossier, DossierEntry, GroupSnapshot, SelectionText, Settlement } from './dossier.ts'
import type {
  Certificate,
  EndsSince,
  Finding,
  GroupOffsets,
  KeyConflicts,
  KnownEnds,
  LossLedger,
  LostRange,
  OpenTransaction,
  PackedSample,
  RememberedCopy,
  SettledOffsets,
  TopicEnds,
  TopicId,
  TopicRests,
  TopicOffsets,
  PositionChange,
} from './evidence.ts'
import type { MemoryMark, MemorySide, MemorySummary, PairMemory, Survey } from './memory.ts'
import type { AcquireAnswer, Readiness, RecordAnswer } from './pair-messages.ts'
import type { LeaseToken } from './lease.ts'
import type { OperationName } from './names.ts'
import type { ForeseenOffsets, OffsetPlan } from './offset-plan.ts'
import type { Expectations, Naming, Plan } from './plan.ts'
import type { StartInput } from './start-input.ts'
import type { TicketNote } from './ticket-note.ts'
import type { TopicTemplate } from './topic-template.ts'
import type { LagPoint, LagSlot, WatchMemory } from './watch.ts'

/** What workflows ask of activities. One interface per class of side effect; each has one factory in `activities/`. */

export interface LinkRef {
  pair: string
  from: string
  to: string
}

export interface AppState {
  name: string
  state: 'running' | 'stopped' | 'unknown'
  cluster?: string
  topics?: string[]
  adapter: string
  /** It can be brought up on the target before it is started there. */
  prepares?: true
  /** What a person has to do to stop it, for a manual application. */
  instruction?: string
  /** How a manual application is stopped and started, in the configuration's words. */
  how?: string
  detail?: string
}

export interface PositionCheck {
  changes: { topic: string; offsets: PositionChange[] }[]
  /** What is missing from the copies, and what a person would do about it. Empty: nothing. */
  text: string
  todo: string
  /** Partitions, and the offsets of the source that are mirrored again. */
  partitions: number
  offsets: number
}

export interface LinkView {
  state: 'running' | 'paused' | 'stopped' | 'absent' | 'failed' | 'starting'
  detail: string
  selection: string | null
  assignedTopics: string[]
  obstacles: string[]
  copiesAcls: boolean
}

export interface LinkChange extends Paced {
  reached: boolean
  over: 'failed' | 'idle' | null
  detail: string
}

export interface Assessment {
  findings: Finding[]
  /** What a person has to choose before the approval, and has not. Absent: nothing. */
  open?: OpenChoice[]
  expectations: Expectations
  /** Where the groups would continue as it looks now. Absent: of a reset, or where it could not be told. */
  offsets?: ForeseenOffsets
  /** Link and selection as found, on first contact of the episode. */
  original: { link: { from: string; to: string }; selection: SelectionText } | null
  /** Groups' committed offsets on every side that answered. */
  snapshots: Omit<GroupSnapshot, 'episode'>[]
  sourceReachable: boolean
  linkReachable: boolean
}

/** `trouble`: why the desk could not be asked, in one sentence; else it answered. */
export type TicketNews = { state: string; detail?: string } | { trouble: string }
export type KnownOfTicket = { detail?: string; silent: boolean }

/** Topics to be selected again that were taken out; `original`: the text before that, where it is known. */
export interface TopicsBack {
  topics: string[]
  original: string | null
  /** It was in force before, so nobody asks whether it loops: the source may be unreachable. */
  unjudged?: true
}

/** An activity of a run that has not ended, as Temporal and its last heartbeat tell it. */
export interface UnderWay {
  activity: string
  /** 1 for the first. */
  attempt: number
  /** In words: `disabling A->B`. */
  doing?: string
  /** What the attempt before failed with. */
  failed?: string
  /** What it waits for, as it saw it last. */
  seen?: string
  /** ms since 1970: until then it is within the time that was declared for it. */
  due?: number
  /** It counts what it has done so far. */
  done?: number
}

/** Look, never change. Retried within the step's budget. */
export interface ReadActivities {
  /** What the run that asks has under way besides this: for a question about what fails meanwhile. */
  underWay(): Promise<UnderWay[]>
  /** The plan of an operation, from the configuration and the dossier. InvalidInput when the scope cannot be closed. */
  draftPlan(input: {
    operation: OperationName
    input: StartInput
    dossier: Dossier
    mode: 'planned' | 'forced'
  }): Promise<Plan>
  /** `readiness`: what the pair says of itself; absent or null when nobody asked, or nobody answers. */
  assess(input: { plan: Plan; dossier: Dossier; readiness?: Readiness | null }): Promise<Assessment>
  /** Are the search attributes of contract/names.ts registered? Unknown ones would wedge a run that sets them. */
  searchAttributesRegistered(): Promise<boolean>
  observeApplications(input: { pair: string; names: string[] }): Promise<AppState[]>
  /**
   * ACLs that make the fence: those wanted, and which of them are missing now. `refused`: why it would harm others, and what to
   * do about it; nothing may be added then.
   */
  observeFence(input: {
    link: LinkRef | null
    cluster: string
    principals: string[]
    topics: string[]
    operations: ('Write' | 'Read')[]
  }): Promise<{
    authorizer: boolean
    wanted: AclEntry[]
    missing: AclEntry[]
    warnings: string[]
    refused?: string[]
  }>
  checkAccess(input: {
    cluster: string
    checks: { principal: string; operation: 'Write' | 'Read'; topics: string[] }[]
  }): Promise<
    { principal: string; operation: 'Write' | 'Read'; evidence: string; allowed: string[]; denied: string[] }[]
  >
  /** `since`: ends seen before; where one moved by markers alone the answer says so. */
  readEnds(input: { cluster: string; topics: string[]; since?: KnownEnds[] }): Promise<EndsSince[]>
  observeLink(input: LinkRef): Promise<LinkView>
  /**
   * Before a link is enabled: are its positions those of the topics that its source has now, and do the copies hold what they say?
   * What has to be changed, and why. `sample`: what the pair remembers of the link. `running`: it mirrors already.
   */
  checkPositions(
    input: LinkRef & { topics: string[]; sample: PackedSample | null; settlements: Settlement[]; running: boolean },
  ): Promise<PositionCheck>
  readMirroredTo(input: LinkRef & { topics: string[] }): Promise<TopicOffsets[]>
  /**
   * Who disables this link: a support desk, we ourselves, or nobody (`kept`), since topics rely on it that the run does not move:
   * those of other pairs, and with `moved` this pair's others.
   */
  disableDoor(input: LinkRef & { moved?: string[] }): Promise<'ticket' | 'self-service' | 'kept'>
  probeDisabled(input: LinkRef): Promise<{ disabled: boolean; detail: string }>
  /** The selection text with or without the given topics, everything else untouched; refuses what would make a cycle. */
  planSelection(
    input: LinkRef & { naming: Naming; remove?: string[]; add?: string[]; restore?: string; back?: TopicsBack },
  ): Promise<{ before: string | null; after: string; refused: string[] }>
  /** One certificate, now. `fencedEnds`: the source must not have moved beyond them. */
  takeCertificate(
    input: LinkRef & {
      topics: string[]
      fencedEnds: TopicEnds[] | null
      knownIds?: TopicId[]
      knownCopies?: RememberedCopy[]
      settled?: SettledOffsets[]
    },
  ): Promise<Certificate>
  /** How to create the topics that the target lacks: as on the source, or, where that is dark, as their copies are. */
  planTopics(input: {
    mode: 'planned' | 'forced'
    source: string
    target: string
    naming: Naming
    topics: string[]
  }): Promise<{ templates: TopicTemplate[]; likeOn: string }>
  /** Ids and replicas of topics that exist. */
  describeTopics(input: {
    cluster: string
    topics: string[]
  }): Promise<{ topic: string; topicId: string; partitions: number; replicas?: number }[]>
  estimateLoss(input: LinkRef & { topics: string[]; sample: PackedSample | null }): Promise<LossLedger>
  /**
   * `sample`: what the pair remembers of the link. `settlements`: of earlier episodes; with them the ledger has what the copies lack
   * by what both sides show now, else what was remembered to be missing.
   */
  exactLoss(
    input: LinkRef & { topics: string[]; sample?: PackedSample | null; settlements?: Settlement[] },
  ): Promise<LossLedger>
  /**
   * Records of each place of a group in a copy: [in the copy from `chosen` to `end`, on `from` behind the group's commit and
   * mirrored], null where it cannot be told; the places in the order asked.
   */
  countReread(input: {
    from: string
    to: string
    naming: Naming
    groups: {
      group: string
      topics: { topic: string; rows: [partition: number, chosen: number, end: number][] }[]
    }[]
    /** What had come over when the groups were placed. */
    mirroredTo: TopicOffsets[]
  }): Promise<{ group: string; places: [placed: number | null, unread: number | null][] }[]>
  /** Records that copies of these ids have copied to a cluster so far, by id. */
  readCopies(input: { cluster: string; ids: string[] }): Promise<[id: string, records: number][]>
  snapshotGroups(input: { cluster: string; groups: string[]; topics: string[] }): Promise<GroupOffsets[]>
  /** What lies in the target's local topics before where the groups were placed, and is read by none of them. */
  countUnread(input: { plan: Plan; dossier: Dossier; offsets: OffsetPlan }): Promise<SeenRanges[]>
  planOffsets(input: { plan: Plan; dossier: Dossier; drainedGroups: string[] }): Promise<OffsetPlan>
  /**
   * What a desk says of a ticket, once that is news: it is processed or closed there, `detail` is another than `known`'s, or the
   * desk began or ceased to answer. Until then it fails, and Temporal asks again by the proxy's retry policy.
   */
  ticketNews(input: { pair: string; id: string; known: KnownOfTicket }): Promise<TicketNews>
  /** `adapter`: of the desk; `others`: opened for the same, as happens when an answer is lost. */
  findTicket(input: {
    pair: string
    token: string
  }): Promise<{ id: string; url?: string; state: string; others?: string[]; adapter?: string } | null>
}

/** [partition, records copied, offset of the first copy or -1, of the last] */
export type CopiedRow = [partition: number, records: number, first: number, last: number]

/** Idempotent writes. Each checks the lease right before the outside call. */
export interface WriteActivities {
  stopApplication(input: { lease: LeaseToken; name: string; key: string }): Promise<AppState>
  startApplication(input: {
    lease: LeaseToken
    name: string
    key: string
    cluster: string
    topics: string[]
    phase: 'remote-first' | 'all'
    /** A person answers for it that it does not run elsewhere, where its probe cannot tell. */
    answeredFor?: true
  }): Promise<AppState>
  /** Up and connected on a cluster, writing nothing until it is started there; no state shows it. */
  prepareApplication(input: {
    lease: LeaseToken
    name: string
    key: string
    cluster: string
    topics: string[]
  }): Promise<void>
  /** Ends what was prepared there; what runs elsewhere is left. */
  discardPrepared(input: { lease: LeaseToken; name: string; key: string; cluster: string }): Promise<void>
  applyFence(input: { lease: LeaseToken; cluster: string; acls: AclEntry[] }): Promise<void>
  liftFence(input: { lease: LeaseToken; cluster: string; acls: AclEntry[] }): Promise<void>
  createTopics(input: { lease: LeaseToken; cluster: string; templates: TopicTemplate[] }): Promise<void>
  /** Only topics that still have these ids and hold no record; answers those left, each with the reason. */
  deleteEmptyTopics(input: {
    lease: LeaseToken
    cluster: string
    topics: TopicId[]
  }): Promise<{ topic: string; why: string }[]>
  setSelection(input: { lease: LeaseToken; link: LinkRef; text: string; expected: string | null }): Promise<void>
  placeGroup(input: { lease: LeaseToken; cluster: string; offsets: GroupOffsets }): Promise<void>
  enableLink(input: { lease: LeaseToken; link: LinkRef }): Promise<void>
  disableLink(input: { lease: LeaseToken; link: LinkRef }): Promise<void>
  /** Has the link write its positions now. False: it has no way to, or writes them with the records anyway. */
  flushLink(input: { lease: LeaseToken; link: LinkRef }): Promise<boolean>
  setLinkPosition(input: {
    lease: LeaseToken
    link: LinkRef
    positions: { topic: string; offsets: PositionChange[] }[]
  }): Promise<void>
  /**
   * Copies stranded ranges from one cluster to another, in order and exactly once: `id` is the same for every attempt. With
   * `begin` it makes the topics where `create` says so and commits the beginnings, and copies nothing; without it beginnings
   * that are gone are a failure. Ends after `maxMs`; the rows are what was copied of each partition so far.
   */
  copyStranded(input: {
    lease: LeaseToken
    id: string
    from: string
    to: string
    topics: { topic: string; into: string; ranges: [partition: number, from: number, to: number][] }[]
    begin: boolean
    create: boolean
    maxMs: number
  }): Promise<{ done: boolean; topics: { topic: string; rows: CopiedRow[] }[] }>
  /** The words are the worker's: `text` is read by workers of an earlier build alone, and all that these send. */
  commentTicket(input: {
    lease: LeaseToken
    id: string
    token?: string
    link?: { from: string; to: string }
    note?: TicketNote
    text: string
  }): Promise<void>
}

/** A write of unknown outcome: one attempt; look up by token first and after. */
export interface TicketActivities {
  openTicket(input: {
    lease: LeaseToken
    token: string
    summary: string
    text: string
    link: { from: string; to: string }
  }): Promise<{ id: string; url?: string; state: string; adapter: string }>
}

/** The pair's workflow, from outside: lease and dossier. */
export interface PairActivities {
  acquireLease(input: {
    pair: string
    operation: OperationName
    adopt: boolean
    dryRun: boolean
  }): Promise<AcquireAnswer>
  recordFacts(input: { lease: LeaseToken; key: string; entries: DossierEntry[] }): Promise<RecordAnswer>
  releaseLease(input: {
    lease: LeaseToken
    outcome: 'succeeded' | 'aborted' | 'failed' | 'handed-over'
    entries: DossierEntry[]
  }): Promise<void>
  /** The pair's newest sample of the lag: what a forced run estimates the loss from. */
  lastSample(input: { pair: string }): Promise<PackedSample | null>
  /** What the pair says of itself now; null when its workflow does not exist. */
  readiness(input: { pair: string }): Promise<Readiness | null>
  /** For the pair itself: is this run still open? */
  runStatus(input: { workflowId: string; runId: string }): Promise<{
    open: boolean
    status: string
    /** Its search attribute `SwitchbackState`. Absent: it has none. */
    state?: string
  }>
}

/** A partition that was written to although nobody should. */
export interface Offender {
  topic: string
  partition: number
  /** End offsets at the first look and at the last; `to` is -1 where the partition is gone. */
  from: number
  to: number
  /** Between those two looks. */
  seconds: number
  /**
   * [producer id, its transactional id or null] of those that wrote there meanwhile, some at most. Empty: a producer without
   * an id did. Null: the broker did not tell.
   */
  producers: [id: number, transactionalId: string | null][] | null
}

/** When a wait ends before its time, to have somebody asked. */
export interface WaitEnds {
  /** Looks have failed for so long, ms. Absent: it outlives every failure. */
  failingMs?: number | undefined
  /** Part of what it waits for has not moved for so long, ms. Absent: it is not looked at how it moves. */
  stillMs?: number | undefined
  /** Somebody was asked: it does not end because nothing moves, but when everything moves again. */
  untilItMoves?: boolean | undefined
}

/** How what a wait waits for moved while it lasted. */
export interface Pace {
  /** Names of the parts that have not moved for `stillMs` of the wait. */
  still: string[]
  /** For how long the one of them that moved last before all others has not moved, ms. */
  stillMs: number
  /** Something has moved. */
  moved: boolean
  /** Everything that is not there yet has moved. */
  allMoved: boolean
}

/** Of a verdict. Absent: it was not looked at, as by a worker of an earlier version. */
export interface Paced {
  pace?: Pace
}

/** Of a wait, ms: between two looks, and at most in all. */
export interface Waiting extends WaitEnds {
  pollMs: number
  maxMs: number
}

/**
 * Long waits, on a task queue of their own. Each heartbeats its live numbers, and returns when its verdict is reached or
 * after `maxMs`, whichever is first. They only look.
 */
export interface WaitActivities {
  /** Ends that do not move for `stabilityMs`, with no transaction open (H == LSO). */
  /** `refused`: who is to be refused there, and how long ends have to be the same once every leader refuses them. */
  awaitStill(input: {
    cluster: string
    topics: string[]
    stabilityMs: number
    refused?: { principals: string[]; stabilityMs: number }
    maxMs: number
    failingMs?: number | undefined
  }): Promise<{
    still: boolean
    ends: TopicEnds[]
    /** The window that counted, ms. Absent: not still. */
    stillMs?: number
    /** What the principals asked about may do, and by which evidence it is known. Absent: nobody was asked about. */
    access?: { principal: string; evidence: string; allowed: string[] }[]
    /** Records that a leader has taken and that are not replicated yet: the end moves when they are. */
    unreplicated?: { topic: string; partition: number; highWatermark: number; logEnd: number }[]
    offenders: Offender[]
    openTransactions: { topic: string; partition: number; highWatermark: number; lastStable: number }[]
    /** Who holds those open, as far as the cluster tells; the oldest first. */
    transactions?: OpenTransaction[]
  }>
  awaitMirrored(
    input: LinkRef & {
      topics: string[]
      fencedEnds: TopicEnds[] | null
      /** Topic ids the link's position belongs to, as the pair remembers them. */
      knownIds?: TopicId[]
      /** The copies as the pair saw them last: another one, or one that ends before it did, is refused. */
      knownCopies?: RememberedCopy[]
      /** What a person has decided to leave out of the copies. */
      settled?: SettledOffsets[]
      /** Groups that go on in the copies: what they have still to read has to be there. */
      readers?: { group: string; topics: string[] }[]
      /** Ends with `position` as soon as nothing but Connect's position, once it is written, can prove what is left. */
      endOnPosition?: boolean
      /** Ends with `refused` as soon as two looks show the same that no waiting cures. */
      endOnRefusal?: boolean
      /** What scans found behind the positions, as the pair remembers it. Counts with `knownIds` alone. */
      rests?: TopicRests[]
      /** What the pair saw lost before. */
      lost?: LostRange[]
      /** The last certificate of this wait: what expired since then was not seen to be mirrored. */
      previous?: Certificate
      pollMs: number
      stallMs: number
      maxMs: number
      failingMs?: number | undefined
    },
  ): Promise<{
    verdict: 'complete' | 'stalled' | 'not-yet' | 'position' | 'refused'
    certificate: Certificate
    recordsPerSecond: number | null
    etaSeconds: number | null
  }>
  /**
   * Groups have read everything there is (markers at the tail do not count). `from`: offsets before which a group counts as having
   * read, as a person has chosen where it has no commit.
   */
  awaitDrained(
    input: Waiting & {
      cluster: string
      groups: { group: string; topics: string[]; from?: TopicOffsets[] }[]
      /** Ends that were there before: a partition that is gone or ends earlier now has not been read. */
      atLeast?: TopicOffsets[]
    },
  ): Promise<
    Paced & {
      drained: boolean
      drainedGroups: string[]
      remaining: { group: string; topic: string; partition: number; committed: number; end: number }[]
    }
  >
  awaitGroupsEmpty(input: Waiting & { cluster: string; groups: string[] }): Promise<
    Paced & {
      empty: boolean
      active: { group: string; state: string; members: string[] }[]
    }
  >
  awaitDisabled(input: LinkRef & Waiting): Promise<{ disabled: boolean; detail: string }>
  /**
   * The link has become what was ordered. `over`: it will not by itself, since the order failed, or nothing has been under
   * way for `idleMs`.
   */
  awaitLinkChange(input: LinkRef & Waiting & { wanted: 'enabled' | 'disabled'; idleMs: number }): Promise<LinkChange>
  /** The topics are assigned to no task any more (`present: false`), or all of them are (`present: true`). */
  awaitAssigned(input: LinkRef & Waiting & { topics: string[]; present: boolean }): Promise<
    Paced & {
      reached: boolean
      detail: string
    }
  >
  /** Remote topics of `topics` exist on the link's target with as many partitions, and the link keeps up or moves. */
  awaitRemoteTopics(input: LinkRef & Waiting & { topics: string[]; naming: Naming }): Promise<
    Paced & {
      verified: boolean
      detail: string
      missing: string[]
    }
  >
  /** Producers' topics grow, and groups that have something to read move or are at the end. */
  awaitProgress(
    input: Waiting & {
      cluster: string
      producerTopics: string[]
      groups: { group: string; topics: string[] }[]
    },
  ): Promise<Paced & { verified: boolean; detail: string; recordsPerSecond: number; idle: string[] }>
  /**
   * Counts stranded records (ranges on `from`) whose key was written on `to` since `since`; a topic or partition that is not
   * in it counts from its start. Copies of stranded records do not count. One look: what cannot be read within `maxMs` leaves
   * it incomplete.
   */
  countConflicts(input: {
    from: string
    to: string
    topics: { topic: string; ranges: [partition: number, from: number, to: number][] }[]
    since: TopicOffsets[]
    maxMs: number
  }): Promise<KeyConflicts>
  /**
   * Used by the pair: samples the lag and judges what it sees. Returns at once when the reachability changes, a finding is
   * raised or cleared, or the last sample is old; else after `maxMs`. A day old or of another link, `memory` is null.
   */
  watchLink(input: {
    pair: string
    from: string
    to: string
    topics: string[]
    groups: string[]
    intervalMs: number
    maxMs: number
    lastReachable: { source: boolean; link: boolean } | null
    previous: PackedSample | null
    memory: WatchMemory | null
    /** Slots of the lag as far back as `windows.growth`. */
    recent: LagSlot[]
    /** Seconds: see `domain/watch/look.ts`. */
    windows: { stall: number; growth: number; retention: number }
    /** False while nothing protects the pair: then nothing is found. */
    judge: boolean
    /** An episode is open: what its runs have set is checked too, and put back. Absent: none is. */
    keep?: true
    /** Of ours on the clusters, what has no purpose any more: it is removed. Absent: nothing. */
    tidy?: { lift: { cluster: string; acls: AclEntry[] }[]; groups: { cluster: string; id: string }[] }
    /** Of stranded records on `from`: positions were moved past these on purpose. Absent: none. */
    settlements?: Settlement[]
  }): Promise<{ sample: PackedSample; changed: boolean; points: LagPoint[]; memory: WatchMemory }>
  /**
   * Used by the pair: waits until the dark cluster answers, at most `maxMs`. With `apply: false` it then only tells which
   * ACLs are missing, so that they are on record before they exist; with `apply: true` it creates the missing ones.
   */
  keepObligation(input: {
    apply: boolean
    pair: string
    cluster: string
    fence: { principals: string[]; topics: string[]; operations: ('Write' | 'Read')[] }
    pollMs: number
    maxMs: number
  }): Promise<{ reached: boolean; missing: AclEntry[]; detail: string }>
  /** Compares copies with their source, the newest records first. Its heartbeat carries `CompareLive`. */
  compareCopies(input: CompareInput): Promise<CompareAnswer>
  /** Used by the pair: topics, groups and timing to watch, from the configuration; null when the pair is not configured. */
  watchScope(input: { pair: string }): Promise<{
    topics: string[]
    groups: string[]
    intervalMs: number
    clusters: string[]
    windows: { stall: number; growth: number; retention: number }
    /** The namespace knows the search attributes. Absent: it was not asked, or did not answer. */
    searchAttributes?: boolean
  } | null>
}

/** Where the newest memory lies on a cluster: what it is, the topic's end behind it, and the slot of its parts. */
export interface MemoryPlace {
  mark: MemoryMark
  end: number
  slot: 0 | 1
}

/** What a write of a pair's memory found on the cluster. */
export type MemoryKept =
  | ({ kept: true } & MemoryPlace)
  /** Somebody else's: nothing was written. Null: it cannot be read. */
  | { kept: false; found: MemorySummary | null; problem: string; mark?: MemoryMark }

/** The pair's memory on its clusters. Used by the pair itself; a cluster that does not answer holds up nothing else. */
export interface MemoryActivities {
  /**
   * Writes the pair's memory, as the pair has it now, to one cluster, unless that has it, or remembers something else.
   * `last`: what the last write answered.
   */
  keepMemory(input: { pair: string; cluster: string; last: MemoryPlace | null }): Promise<MemoryKept>
  /** What every cluster of the pair remembers. */
  recallMemory(input: { pair: string }): Promise<MemorySide[]>
  /** The memory with this checksum, from whichever cluster has it; fails when none has it any more. */
  fetchMemory(input: { pair: string; checksum: string }): Promise<PairMemory>
  /** Links, ends and producers as they are, for a pair that nothing remembers. */
  surveyPair(input: { pair: string }): Promise<Survey>
}
