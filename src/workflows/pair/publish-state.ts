import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common'
import { patched, upsertSearchAttributes } from '@temporalio/workflow'
import { searchAttributes } from '../../contract/names.ts'
import { pairState } from '../../domain/dossier/pair-state.ts'
import { readiness, sampleAgeLimit } from '../../domain/watch/readiness.ts'
import type { MemoryRecord } from './memory-record.ts'
import type { PairRecord } from './pair-record.ts'

const stateKey = defineSearchAttributeKey(searchAttributes.state, SearchAttributeType.KEYWORD)
const pairKey = defineSearchAttributeKey(searchAttributes.pair, SearchAttributeType.KEYWORD)

/** Keeps the pair's search attributes, so that a saved filter finds the pair that needs somebody. */
export class PairStatePublisher {
  /** The namespace knows the attributes: setting one that it lacks would stop the pair. */
  registered = false
  readonly #record: PairRecord
  readonly #memory: MemoryRecord
  #published: string | undefined

  constructor(record: PairRecord, memory: MemoryRecord) {
    this.#record = record
    this.#memory = memory
  }

  /** `now`: ISO 8601. Writes nothing when the state is as it was. */
  publish(now: string): void {
    if (!this.registered) return
    const { dossier, watch, lease, holderState } = this.#record.state
    const { verdict, reasons } = readiness(dossier, watch ?? null, now, sampleAgeLimit)
    const state = pairState({
      // Obligations blocked once: what was published of them is in the histories of pairs of then.
      verdict:
        verdict === 'warned' && reasons.some(({ from }) => from === 'obligation') && !patched('obligations-warn')
          ? 'blocked'
          : verdict,
      inDoubt: dossier.episode?.inDoubt !== null && dossier.episode?.inDoubt !== undefined,
      refused: this.#memory.refusal !== undefined,
      unprotected: dossier.unprotectedSince !== null,
      holder: lease === null ? null : (holderState ?? 'running'),
    })
    if (state === this.#published || !patched('pair-state')) return
    upsertSearchAttributes([
      { key: stateKey, value: state },
      ...(this.#published === undefined ? [{ key: pairKey, value: dossier.pair }] : []),
    ])
    this.#published = state
  }
}
