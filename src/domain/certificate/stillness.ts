import type { TopicEnds, TopicOffsets } from '../../contract/evidence.ts'
import { movedEnds, openTransactions } from '../fence/fence.ts'

export interface Unreplicated {
  topic: string
  partition: number
  highWatermark: number
  logEnd: number
}

/**
 * Partitions whose leader has taken more than is replicated. Log ends have to be read after the high watermarks: where they are
 * the same, the log stood at that offset in between, with nothing on its way. Null where a partition is not told of.
 */
export function unreplicated(ends: readonly TopicEnds[], logEnds: readonly TopicOffsets[]): Unreplicated[] | null {
  const told = new Map(logEnds.map(({ topic, offsets }) => [topic, new Map(offsets)]))
  const rows = ends.flatMap(({ topic, partitions }) =>
    partitions.map(([partition, , highWatermark]) => {
      return { topic, partition, highWatermark, logEnd: told.get(topic)?.get(partition) }
    }),
  )
  const known = rows.flatMap(({ logEnd, ...row }) => (logEnd === undefined ? [] : [{ ...row, logEnd }]))
  return known.length < rows.length ? null : known.filter(({ highWatermark, logEnd }) => logEnd > highWatermark)
}

/** One look at the ends: when it began and was answered, in ms of any clock that only grows. */
export interface StillLook {
  begun: number
  ended: number
  ends: readonly TopicEnds[]
  /** Null: not told. */
  unreplicated: readonly Unreplicated[] | null
  /** Everybody who is to be refused is; nobody is asked about: true. */
  refused: boolean
  /** The leaders that said so, each asked as the principals; null: nobody was asked. */
  leaders: string | null
}

/**
 * Whether ends are final ([ADR 0044](../../docs/adr/0044-a-fence-is-proven-by-leaders-and-log-ends.md)). Two windows, whichever
 * is over first:
 * - `refusedMs`, from when each leader was seen to refuse the principals: only what it had let in before can still come, and the
 *   window covers that. Leaders, and ends at the log's own, have to be the same throughout; a look that took longer than the
 *   window begins it again, since the broker may have been paused in it.
 * - `stabilityMs` of ends that do not move, whatever is known of who may write.
 */
export class Stillness {
  readonly #stabilityMs: number
  readonly #refusedMs: number | null
  #stands: { ends: readonly TopicEnds[]; at: number } | undefined
  #final: { leaders: string; at: number } | undefined

  constructor(windows: { stabilityMs: number; refusedMs: number | null }) {
    this.#stabilityMs = windows.stabilityMs
    this.#refusedMs = windows.refusedMs
  }

  /** `stillMs`: the window that is over; null: none is. `standsMs`: since when no end has moved. */
  take(look: StillLook): { moved: ReturnType<typeof movedEnds>; standsMs: number; stillMs: number | null } {
    const moved = this.#stands === undefined ? [] : movedEnds(this.#stands.ends, look.ends)
    if (this.#stands === undefined || moved.length > 0) this.#stands = { ends: look.ends, at: look.ended }
    const standsMs = Math.max(0, look.begun - this.#stands.at)
    const quiet = look.refused && openTransactions(look.ends).length === 0 && (look.unreplicated?.length ?? 0) === 0
    const finalMs = this.#finalMs(look, quiet && moved.length === 0)
    const over =
      this.#refusedMs !== null && finalMs !== null && finalMs >= this.#refusedMs
        ? this.#refusedMs
        : standsMs >= this.#stabilityMs
          ? this.#stabilityMs
          : null
    return { moved, standsMs, stillMs: quiet ? over : null }
  }

  #finalMs({ begun, ended, leaders, unreplicated: behind }: StillLook, quiet: boolean): number | null {
    if (this.#refusedMs === null || leaders === null || behind === null || !quiet) {
      this.#final = undefined
      return null
    }
    if (this.#final?.leaders !== leaders || ended - begun > this.#refusedMs) {
      this.#final = { leaders, at: ended }
      return null
    }
    return begun - this.#final.at
  }
}
