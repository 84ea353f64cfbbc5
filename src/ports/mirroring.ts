import type { Finding, MirroredTo, PositionChange } from '../contract/evidence.ts'
import type { LinkDescription } from '../contract/observed.ts'

export type { LinkDescription, LinkState } from '../contract/observed.ts'

/** What a provider says that keeps no position for others to read: see `certificate-latency.ts`. */
export interface LatencyWitness {
  /** Partitions whose copy holds records that cannot be found again on the source: there, offsets prove nothing. */
  incomparable: { topic: string; partitions: number[] }[]
  /** Worst latency of each topic within the window; null: no data, which is never zero. */
  latency: { topic: string; seconds: number | null; samples: number }[]
  /** Largest throughput of the mirroring within the window; null: no data. */
  bytesPerSecond: number | null
  /** What counts as mirrored: every sample of the window at or below, and so many of them. */
  maxSeconds: number
  minSamples: number
  windowSeconds: number
}

/** The mirroring of one link; it lives on the target's side. Writes are idempotent. */
export interface MirroringPort {
  readonly from: string
  readonly to: string
  describe(signal?: AbortSignal): Promise<LinkDescription>
  /**
   * Last source offset acknowledged on the target, per partition: from the link's own store, in any state of it; or, where
   * the provider shows none, the offset of the copy's last record on the source. `incomparable`: partitions where there is no such
   * record, so that their position is unknown.
   */
  mirroredTo(
    topics: string[],
    signal?: AbortSignal,
  ): Promise<{ topic: string; offsets: MirroredTo[]; incomparable?: number[] }[]>
  /**
   * Replaces the selection text when it is still `expected`; refused otherwise. Waits until the tasks assigned are those
   * of the new selection.
   */
  setSelection(text: string, expected: string | null, signal?: AbortSignal): Promise<void>
  /**
   * Creates (selecting nothing, when it is absent) or resumes the link; keeps its position. Waits until it runs, or, where a
   * provider takes hours, until the order is taken: `describe` tells the rest.
   */
  enable(signal?: AbortSignal): Promise<void>
  /** Stops the link (self-service) and waits until no task is left, or until the order is taken; its position stays. */
  disable(signal?: AbortSignal): Promise<void>
  /**
   * Is the link really off: stopped or absent, no task left, and its position readable as final. `failed`: it will not
   * come about by itself.
   */
  probeDisabled(signal?: AbortSignal): Promise<{ disabled: boolean; detail: string; failed?: boolean }>
  /**
   * Has the link write its positions now, rather than at its next interval; nothing is lost by it, and some records may be copied
   * twice. False: it writes them with the records anyway, or there is nothing that could. Absent: it cannot.
   */
  flush?(signal?: AbortSignal): Promise<boolean>
  /** Only where positions are not the provider's own word. */
  witness?(topics: string[], signal?: AbortSignal): Promise<LatencyWitness>
  /** What a provider's service needs besides the link, looked at before a run relies on it. */
  findings?(signal?: AbortSignal): Promise<Finding[]>
  /**
   * Moves the link's position while it is stopped, so that settled records are not mirrored, or deletes it, so that everything is
   * mirrored again. What is not named stays; it is read back.
   */
  setPosition(positions: { topic: string; offsets: PositionChange[] }[], signal?: AbortSignal): Promise<void>
}
