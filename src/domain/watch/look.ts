import type { MissingCopies, TopicEnds, TopicRests } from '../../contract/evidence.ts'
import type { Naming } from '../../contract/plan.ts'
import type { ForcedReread, LagSlot, WatchMemory, WatchSign } from '../../contract/watch.ts'
import type { TopicMirroredTo } from '../certificate/mirrored-to.ts'

/** The link as its own side tells. */
export interface LinkSeen {
  readonly state: string
  readonly detail: string
  /** Null: the link is absent. */
  readonly selection: string | null
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  readonly failedTasks: readonly string[]
  /** Settings that matter, and those switchback.yaml wants; absent where a provider shows none. */
  readonly settings?: Readonly<Record<string, string>>
  readonly wantedSettings?: Readonly<Record<string, string>>
}

/** One look of the watch. What did not answer, or was not asked this time, is null. */
export interface WatchLook {
  /** ISO 8601. */
  readonly at: string
  readonly from: string
  readonly to: string
  readonly naming: Naming
  readonly topics: readonly string[]
  readonly link: LinkSeen | null
  readonly ends: readonly TopicEnds[] | null
  readonly mirroredTo: readonly TopicMirroredTo[] | null
  /** A provider keeps the positions; these are found in the copies. */
  readonly byCopies?: boolean
  readonly target: {
    readonly groups: readonly { readonly group: string; readonly state: string; readonly members: readonly string[] }[]
    readonly copies: readonly { readonly topic: string; readonly partitions: number }[]
    /** Absent: the copies' ends or the groups' positions could not be read. */
    readonly reread?: readonly ForcedReread[]
  } | null
  /** What scans found behind the positions, and what the copies lack: with what this look showed. */
  readonly rests: readonly TopicRests[]
  readonly missing: readonly MissingCopies[]
  /** Slots of the lag, oldest first, as far back as `windows.growth`. */
  readonly recent: readonly LagSlot[]
  readonly windows: WatchWindows
}

/** In seconds. */
export interface WatchWindows {
  /** Mirroring that stands still for so long while something waits is a stall. */
  readonly stall: number
  /** Lag that only grows over so long. */
  readonly growth: number
  /** Retention is looked at over so long, and told when it would overtake the mirroring within as long again. */
  readonly retention: number
}

/** Null: it is not so. Undefined: this look does not tell, so what was found before stands. */
export type Judged = Omit<WatchSign, 'code'> | null | undefined
export type WatchRule = (look: WatchLook, memory: WatchMemory) => Judged

/** The first five, and how many more. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}

export function secondsOf(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000)
}
