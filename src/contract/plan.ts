import type { MadeChoice } from './choices.ts'
import type { Finding, PhantomTotals } from './evidence.ts'
import type { OperationName } from './names.ts'
import type { ApprovedPositions, ForeseenOffsets } from './offset-plan.ts'
import type { PlannedStep } from './steps.ts'

export interface PlannedApplication {
  name: string
  /** With whom it moves. */
  kind: 'producer' | 'consumer'
  /** What of it does not move by itself: a person carries it over. Absent: nothing. */
  stays?: 'streams' | 'connect' | 'offsets'
  principal?: string
  topics: string[]
  group?: string
  /** As configured: with 0 the producer is never told that the fence refuses it. */
  acks?: 0 | 1 | 'all'
  /** It writes in transactions, with these ids. */
  transactionalIds?: string[]
}

/** A snapshot of intent. Addresses, commands and credentials are resolved live on the worker, so they are not in it. */
export interface Plan {
  version: 1
  operation: OperationName
  pair: string
  mode: 'planned' | 'forced'
  branch?: 'recover' | 'replace'
  /** The cluster left and the cluster moved to (reset: the active side, and the side to be mirrored to). */
  source: string
  target: string
  /** Link that carries data from source to target; for reset the old link to be disabled. */
  link: { from: string; to: string }
  /** Link to enable at the end (reset, failback). */
  nextLink?: { from: string; to: string }
  order: 'lag-first' | 'documented'
  ordering: 'strict' | 'relaxed'
  naming: Naming
  topics: string[]
  groups: string[]
  /** Absent: everywhere as in `groups`. */
  groupIds?: GroupIds
  applications: PlannedApplication[]
  fenceReads: boolean
  /** Local topics that the target lacks are created. Absent: they are in the way. */
  createTopics?: boolean
  /** A provider keeps the links' positions to itself: they can be neither read, while the source is dark, nor moved. */
  positionsKept?: true
  /** What was decided on what the assessment found. Absent: there was nothing to decide. */
  choices?: MadeChoice[]
  steps: PlannedStep[]
  timing: Timing
}

export interface Naming {
  kind: 'suffix' | 'prefix'
  separator: string
  /** Every alias in use: the closed set that keeps `accounting.invoices` from being read as a copy. */
  aliases: string[]
  /** By the alias of the cluster they are copies from: how a provider names them instead. */
  copies?: Record<string, NameTransform>
}

/** `none`: a copy is called as its topic, and on the target the two are one log. */
export type NameTransform = { type: 'none' } | { type: 'rename'; rename: Rename }

/** A name takes part only with what is removed; that goes first, then the rest is added. */
export interface Rename {
  addPrefix?: string | undefined
  removePrefix?: string | undefined
  addSuffix?: string | undefined
  removeSuffix?: string | undefined
}

/** What groups are called on each cluster, by their name in the configuration; only those that are called otherwise. */
export type GroupIds = Record<string, Record<string, string>>

/** Windows and budgets, in milliseconds, from the configuration. */
export interface Timing {
  /** How long ends must stand still before a fence counts as proven. */
  stability: number
  /** How long instead, once every leader was seen to refuse the producers. Absent: `stability`. */
  refusedStability?: number
  poll: number
  /** After so long a step asks, and goes on probing. */
  stepBudget: number
  /** After so long of failing a person is asked, while the step goes on trying. Absent: 30 s. */
  askAfter?: number
  /** A mirroring that has not moved for so long is a stall. */
  stall: number
  /** One try of a source step in a forced run. */
  forcedTry: number
  ticketReminder: number
  ticketEscalation: number
  /** First interval at which the desk is asked for the ticket's state; it grows. Absent: a minute. */
  ticketPoll?: number
  /** How long a provider takes to enable or disable a link as a rule, and how often it is looked at. Absent: budget and poll. */
  linkChange?: number
  linkPoll?: number
  /** After so long a person is asked what has become of it. Absent: after `linkChange`. */
  linkChangeLimit?: number
}

export interface Expectations {
  /**
   * Records that will be lost to the readers on the target (forced), at most; of a reset, those stranded by the failover's ledger.
   * Null: it cannot be known.
   */
  lossRecords: number | null
  /** In words where it is known in part: where nothing is known, and how much it is elsewhere. Absent: the number says it. */
  lossText?: string
  /** When the source was last seen (ISO 8601), where the loss rests on that. Absent: both sides were read. */
  lossSeenAt?: string
  /** Of these so many offsets were mirrored once, and the copies lack them. Absent: none that is known. */
  missing?: number
  /** Offsets that were lost to the target before this run, as the pair's watch saw it. Absent: it saw none. */
  lostBefore?: number
  /** The same in words: how many of them were records, as far as that was counted. */
  lostBeforeText?: string
  /** Upper bound of records read twice, by group. */
  duplicates: { group: string; records: number }[]
  /**
   * Inputs that an application reads again after its outputs were written: what it wrote for them is written twice, transactions
   * or not. Absent: no application writes what it makes of what it reads.
   */
  duplicateOutputs?: { application: string; records: number }[]
  /** Groups whose order breaks, with the reason; `records` come after newer ones, at most. Absent: how many is not known. */
  orderBreaks: { group: string; reason: string; records?: number }[]
  /** Records in the copies that are not committed on the source. Absent: none are known, and nothing is left unread. */
  phantoms?: PhantomTotals
  /**
   * What the fence changes for others: topics that are none of the pair's and are denied to these principals as well; topics that
   * get an ALLOW for everybody, since they had no ACL and were open. Absent: nothing.
   */
  fence?: { denies: { topic: string; principals: string[] }[]; admits: string[] }
  /** Producers that no DENY stops, as it seems: whoever starts them again on the side that is left writes there. Absent: none is known. */
  exempt?: { principal: string; topics: string[] }[]
  /** By what each position will be known, by group. Absent: of a reset, or where it could not be told. */
  positions?: ApprovedPositions[]
}

export interface PlanAnswer {
  hash: string
  plan: Plan
  expectations: Expectations
  findings: Finding[]
  /** As it looked when the plan was assessed. The hash binds `expectations.positions`, not these offsets. */
  offsets?: ForeseenOffsets
}
