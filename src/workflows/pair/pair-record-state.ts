import type { Dossier } from '../../contract/dossier.ts'
import type { Lease } from '../../contract/lease.ts'
import type { MemoryPlace } from '../../contract/activities.ts'
import type { MemoryMark } from '../../contract/memory.ts'
import type { MemoryStatus } from '../../contract/pair-messages.ts'
import type { WatchState } from '../../contract/watch.ts'

/** A pair, as it travels over continue-as-new. */
export interface PairState {
  dossier: Dossier
  lease: Lease | null
  epoch: number
  adopted: boolean
  keys: string[]
  events: { at: string; text: string }[]
  /** The run that handed the lease in last. Absent: none has. */
  released?: { workflowId: string; runId: string; epoch: number }
  /** Signals that nobody handles. Absent: none came. */
  unknown?: { count: number; last: string[] }
  /** What is kept outside Temporal, and how far. Absent: a pair of before there was that. */
  memory?: MemoryState
  /** A day of the lag, and what the watch found. Absent: nothing was watched yet. */
  watch?: WatchState
  /** When Cancel was requested, within this run of the pair. */
  cancelRequestedAt?: string
  /** What the run that holds the lease says of itself (its search attribute), when it was checked last. */
  holderState?: string
}

/** What of the memory outside Temporal travels over continue-as-new. */
export interface MemoryState {
  lineage: string
  /** Counts material changes: everything but samples of the lag. */
  revision: number
  over: MemoryMark[]
  kept: Record<string, MemoryPlace & { at: string }>
  problems: Record<string, { text: string; since: string }>
  /** Other histories than this one, by cluster. */
  found: MemoryStatus['found']
}
