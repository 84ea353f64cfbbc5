import { z } from 'zod'
import type { ComparedSummary } from './compare.ts'
import { dossierEntry } from './dossier-entry.ts'
import type { SeenRanges } from './choices.ts'
import type { Dossier, DossierEntry, Episode, EpisodeStage, MoveRecord, Obligation, Settlement } from './dossier.ts'
import type { LossLedger } from './evidence.ts'
import { type OperationName, operations } from './names.ts'
import type { Lease, LeaseToken } from './lease.ts'
import { type AdoptRequest, adoptRequest, type MemoryMark, type MemorySummary, type PairMemory } from './memory.ts'
import { personName, shortText } from './primitives.ts'
import type { ForcedReread, WatchFinding } from './watch.ts'

export interface PairStart {
  pair: string
  primary: string
  secondary: string
  /** Rebuild it from what the clusters remember, as its first act. */
  adopt?: AdoptRequest
}

export interface AcquireRequest {
  workflowId: string
  runId: string
  operation: OperationName
  adopt: boolean
  /** The run that holds the lease is known to be closed (asked of Temporal by the activity). */
  holderClosed: { workflowId: string; runId: string; status: string } | null
  at: string
}

export interface AcquireAnswer {
  epoch: number
  adopted: boolean
  dossier: Dossier
}

export interface RecordRequest {
  lease: LeaseToken
  /** Unique for the step and phase: the same key twice changes nothing. */
  key: string
  entries: DossierEntry[]
}

export interface ReleaseRequest {
  lease: LeaseToken
  outcome: 'succeeded' | 'aborted' | 'failed' | 'handed-over'
  entries: DossierEntry[]
}

/** What the pair answers to a record: its open obligations, since it discharges some by itself. */
export interface RecordAnswer {
  obligations: Obligation[]
}

/** What is kept outside Temporal, with its mark; revision 0: nothing worth keeping has happened. */
export interface PairMemoryAnswer {
  mark: MemoryMark
  memory: PairMemory
}

/** The pair's memory outside Temporal, as it is told. */
export interface MemoryStatus {
  revision: number
  /** By cluster the revision it has, and since when it could not be written. */
  clusters: { cluster: string; revision: number | null; at: string | null; problem?: string; since?: string }[]
  /** The clusters remember another history: nothing begins before a person has decided. */
  found: { cluster: string; summary: MemorySummary | null; text: string; mark?: MemoryMark }[]
}

export const handOverRequest = z.strictObject({ by: personName, reason: shortText })
export const dischargeRequest = z.strictObject({
  id: z.string().min(1).max(300),
  by: personName,
  note: shortText.optional(),
})
export type HandOverRequest = z.infer<typeof handOverRequest>
export type DischargeRequest = z.infer<typeof dischargeRequest>

const leaseToken = z.strictObject({
  pair: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  epoch: z.number().int(),
})
/** A step leaves a handful of entries. */
const entries = z.array(dossierEntry).max(500)
/** As long as Temporal lets an id be. An id that cannot be one would be held by a run that nobody can look up. */
const workflowId = z.string().min(1).max(1_000)
const runId = z.guid()

/** Shapes of what runs send to the pair: a stranger's message is refused before it reaches the dossier. */
export const pairRequestSchemas = {
  acquire: z.strictObject({
    workflowId,
    runId,
    operation: z.enum(operations),
    adopt: z.boolean(),
    holderClosed: z.strictObject({ workflowId, runId, status: z.string().max(200) }).nullable(),
    at: z.iso.datetime(),
  }),
  record: z.strictObject({ lease: leaseToken, key: z.string().min(1).max(500), entries }),
  release: z.strictObject({
    lease: leaseToken,
    outcome: z.enum(['succeeded', 'aborted', 'failed', 'handed-over']),
    entries,
  }),
  handOver: handOverRequest,
  dischargeObligation: dischargeRequest,
  adopt: adoptRequest,
  recall: z.strictObject({ by: personName }),
} as const

export const pairMessageExamples = {
  handOver: { by: 'you', reason: 'the episode is taken over manually' },
  dischargeObligation: { id: 'stop-producers/A/1', by: 'you', note: 'the service is decommissioned' },
  adopt: { by: 'you', checksum: 'as recall shows it' },
  recall: { by: 'you' },
} as const

export interface PairStatus {
  version: 1
  /** Of the worker that answers. Absent: 0.1.0. */
  release?: string
  pair: string
  active: string
  standby: string
  lease: Lease | null
  episode: { number: number; stage: EpisodeStage; inDoubt: Episode['inDoubt'] } | null
  /** Of an episode in doubt: what is down now, and where the run stood. Absent: none is. */
  stood?: string[]
  obligations: { id: string; text: string; since: string }[]
  alerts: string[]
  unprotectedSince: string | null
  protectedBy: { from: string; to: string } | null
  lag: { at: string; records: number | null; sourceReachable: boolean; linkReachable: boolean } | null
  dossierEntries: number
  /** Absent: the pair's clusters are not known yet. */
  memory?: MemoryStatus
  /** What the watch found and has not seen go. Absent: nothing. */
  findings?: WatchFinding[]
  forcedLoss?: ForcedLoss
  /** When the copies were last compared with their source, and with what result. Absent: they were not. */
  compared?: ComparedSummary
  /** Signals that nobody handles: counted, and the last ones kept by name. */
  unknownMessages?: { count: number; last: string[] }
  /** Somebody pressed Cancel on the pair since it continued as new. It has no effect. */
  cancelRequestedAt?: string
}

/** What was stranded and what was decided on it, also of episodes that are closed: the last ones, oldest first. */
export interface PairLedger {
  version: 1
  pair: string
  ledgers: LossLedger[]
  settlements: Settlement[]
  /**
   * Records in local topics on the target of a move that no group of the pair reads. They are not lost: they are there. Absent: none
   * are known.
   */
  unread?: UnreadOnTarget[]
}

/** Of one move. `unknown`: why nobody could count them; there are no topics then. */
export interface UnreadOnTarget extends Pick<MoveRecord, 'operation' | 'at'> {
  cluster: string
  topics: SeenRanges[]
  unknown?: string
}

/** What a forced failover would lose at this moment, as far as the last contact tells. */
export interface ForcedLoss {
  /**
   * Offsets that are not mirrored or that the copies lack, without those known to hold no record: as many records, at most. Null:
   * nobody knows.
   */
  records: number | null
  /** Of these so many were mirrored, and the copies lack them. Absent: none. */
  missing?: number
  /** Age of the oldest of them when the source was last seen; null: nobody knows. */
  seconds: number | null
  /** When the source was last seen, and how long ago: what was written since is not in `records`. */
  asOf: string | null
  uncertaintySeconds: number | null
  /** What each group would read twice, at most. Absent: nobody knows. */
  reread?: ForcedReread[]
}

export interface ReadinessReason {
  text: string
  /** A planned failover would not begin. */
  blocking: boolean
  /** `watch`, `assess`: a finding; `sample`: no number that says something about now; else from the dossier. */
  from: 'episode' | 'protection' | 'sample' | 'obligation' | 'watch' | 'assess'
  /** Of a finding. */
  code?: string
  since?: string
  todo?: string
}

/** Could the pair move now, by a planned failover, without more loss than none? */
export interface Readiness {
  version: 1
  /** `ready`: nothing speaks against it; `warned`: reasons, none of which blocks; `blocked`: at least one does. */
  verdict: 'ready' | 'warned' | 'blocked'
  reasons: ReadinessReason[]
  sampledAt: string | null
  /** Age of the last sample; null: there is none. */
  ageSeconds: number | null
  /** The sample is too old to say anything. */
  stale: boolean
  unprotectedSince: string | null
  forcedLoss: ForcedLoss
  /** When everything that `assess` looks at was last checked on behalf of the next move. Absent: not yet. */
  assessedAt?: string
  /** When the copies were last compared with their source, and with what result. Absent: they were not. */
  compared?: ComparedSummary
}
