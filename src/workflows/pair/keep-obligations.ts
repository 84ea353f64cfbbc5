import { CancellationScope, sleep } from '@temporalio/workflow'
import type { Obligation } from '../../contract/dossier.ts'
import { waits } from '../runbook/activities.ts'
import { failureText } from '../runbook/failure-text.ts'
import type { PairRecord } from './pair-record.ts'

/** One look-out for a dark cluster, ms; it is renewed as long as the obligation stands. */
const lookOut = 600_000
const pollMs = 2_000
const afterFailure = 60_000

/** Fences a dark cluster as soon as it answers: on record first, then applied. One at a time for each obligation. */
export class ObligationKeeper {
  readonly #record: PairRecord
  readonly #kept = new Set<string>()

  constructor(record: PairRecord) {
    this.#record = record
  }

  get idle(): boolean {
    return this.#kept.size === 0
  }

  /** Starts keeping what is owed and not kept yet. Called whenever the pair changes. */
  keepAll(): void {
    for (const obligation of this.#record.openObligations) {
      if (!obligation.fence || this.#kept.has(obligation.id)) continue
      this.#kept.add(obligation.id)
      const { fence } = obligation
      // Begun by a message it would be in the reach of Cancel.
      void CancellationScope.nonCancellable(async () => {
        try {
          await this.#keep(obligation, fence)
        } finally {
          this.#kept.delete(obligation.id)
        }
      })
    }
  }

  #stands(id: string): boolean {
    return this.#record.openObligations.some((obligation) => obligation.id === id)
  }

  async #keep(obligation: Obligation, fence: NonNullable<Obligation['fence']>): Promise<void> {
    const { pair } = this.#record.state.dossier
    const input = { pair, cluster: obligation.cluster, fence, pollMs, maxMs: lookOut }
    while (this.#stands(obligation.id)) {
      try {
        const look = await waits(lookOut).keepObligation({ ...input, apply: false })
        if (!look.reached || !this.#stands(obligation.id)) continue
        this.#record.fenced(obligation, look.missing, new Date().toISOString())
        const done = await waits(lookOut).keepObligation({ ...input, apply: true })
        if (!done.reached) continue
        const at = new Date().toISOString()
        this.#record.apply([{ type: 'obligation-discharged', id: obligation.id, at, by: `pair/${pair}` }])
      } catch (error) {
        await sleep(afterFailure, { summary: `obligation ${obligation.id}: ${failureText(error).slice(0, 100)}` })
      }
    }
  }
}
