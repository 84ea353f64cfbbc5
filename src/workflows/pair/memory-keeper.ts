import { CancellationScope, condition } from '@temporalio/workflow'
import { memoryActivities } from '../runbook/activities.ts'
import { failureText } from '../runbook/failure-text.ts'
import type { MemoryRecord } from './memory-record.ts'

/** A cluster that could not be written to is tried again after this, ms, and then twice as late each time up to the other. */
const firstPause = 15_000
const longestPause = 600_000

/** Keeps what the pair remembers on every cluster, one loop for each, so that a dark one holds up no other. */
export class MemoryKeeper {
  readonly #pair: string
  readonly #memory: MemoryRecord
  readonly #changed: () => void
  readonly #kept = new Set<string>()

  constructor(pair: string, memory: MemoryRecord, changed: () => void) {
    this.#pair = pair
    this.#memory = memory
    this.#changed = changed
  }

  /** Starts writing wherever it is behind. Called whenever the pair changes. */
  keepAll(): void {
    this.#memory.look()
    for (const cluster of this.#memory.clusters) {
      if (this.#kept.has(cluster) || !this.#memory.behind(cluster)) continue
      this.#kept.add(cluster)
      // Begun by a message it would be in the reach of Cancel.
      void CancellationScope.nonCancellable(async () => {
        try {
          await this.#keep(cluster)
        } finally {
          this.#kept.delete(cluster)
        }
      })
    }
  }

  async #keep(cluster: string): Promise<void> {
    let pause = firstPause
    while (this.#memory.behind(cluster)) {
      const { lineage } = this.#memory
      try {
        const last = this.#memory.placeOn(cluster)
        const answer = await memoryActivities().keepMemory({ pair: this.#pair, cluster, last })
        // What an older history found says nothing about the one that took its place meanwhile.
        if (lineage === this.#memory.lineage) this.#memory.wrote(cluster, answer, new Date().toISOString())
        pause = firstPause
        if (!answer.kept) this.#changed()
      } catch (error) {
        this.#memory.failed(cluster, failureText(error), new Date().toISOString())
        this.#changed()
        // A new history begins at once.
        await condition(() => lineage !== this.#memory.lineage, pause, { summary: `memory on ${cluster}` })
        pause = Math.min(pause * 2, longestPause)
      }
    }
  }
}
