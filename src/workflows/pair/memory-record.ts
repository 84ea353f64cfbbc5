import type { MemoryKept, MemoryPlace } from '../../contract/activities.ts'
import type { MemorySide } from '../../contract/memory.ts'
import type { PairMemoryAnswer, PairStatus } from '../../contract/pair-messages.ts'
import type { PairRecord } from './pair-record.ts'
import type { MemoryState, PairState } from './pair-record-state.ts'

/** Memories put aside that are kept in mind: one a cluster for each adoption, and a pair is adopted rarely. */
const keptOver = 30

/** The memory outside Temporal, as plain state: what has to be written where, and what stands in the way. */
export class MemoryRecord {
  clusters: string[] = []
  readonly #record: PairRecord
  #seen: unknown[]

  /** `fresh`: the revision of a history that has no memory yet; 0 is not written, and so fits a pair to which nothing has happened. */
  constructor(record: PairRecord, newLineage: string, fresh: 0 | 1) {
    this.#record = record
    record.state.memory ??= { lineage: newLineage, revision: fresh, over: [], kept: {}, problems: {}, found: [] }
    this.#seen = material(record.state)
  }

  get #state(): MemoryState {
    return this.#record.state.memory as MemoryState
  }

  /** Called after every change of the pair: one that matters makes a revision. */
  look(): void {
    const now = material(this.#record.state)
    if (now.every((part, index) => part === this.#seen[index])) return
    this.#seen = now
    this.#state.revision += 1
  }

  /** Has to be written there, or at least looked at once. What remembers another history is left alone. */
  behind(cluster: string): boolean {
    if (this.#state.found.some((found) => found.cluster === cluster)) return false
    const { lineage, revision, kept } = this.#state
    const mark = kept[cluster]?.mark
    return mark === undefined || mark.lineage !== lineage || mark.revision < revision
  }

  placeOn(cluster: string): MemoryPlace | null {
    const place = this.#state.kept[cluster]
    return place === undefined ? null : { mark: place.mark, end: place.end, slot: place.slot }
  }

  wrote(cluster: string, answer: MemoryKept, at: string): void {
    const { kept, problems } = this.#state
    delete problems[cluster]
    if (answer.kept) {
      const { mark, end, slot } = answer
      kept[cluster] = { mark, end, slot, at }
      return
    }
    this.#state.found = [
      ...this.#state.found.filter((found) => found.cluster !== cluster),
      { cluster, summary: answer.found, text: answer.problem, ...(answer.mark ? { mark: answer.mark } : {}) },
    ]
  }

  failed(cluster: string, text: string, at: string): void {
    const { problems } = this.#state
    problems[cluster] = { text, since: problems[cluster]?.since ?? at }
  }

  /** Every cluster has answered, or has failed to, at least once. */
  get lookedAtAll(): boolean {
    const { kept, problems, found } = this.#state
    return (
      this.clusters.length > 0 &&
      this.clusters.every(
        (cluster) => cluster in kept || cluster in problems || found.some((entry) => entry.cluster === cluster),
      )
    )
  }

  get lineage(): string {
    return this.#state.lineage
  }

  /** Why nothing may begin: the clusters know better than this pair, perhaps. */
  get refusal(): string | undefined {
    const { found } = this.#state
    if (found.length === 0) return undefined
    const { pair } = this.#record.state.dossier
    return (
      `${found.map(({ text }) => text).join(' ')} This Temporal does not know it, so nothing begins before a person has decided: ` +
      `\`switchback pair adopt ${pair} --by you\` shows what is remembered and goes on with it ` +
      '(in the UI: update recall {"by": "you"}, then adopt {"by": "you", "checksum": "as it shows"}).'
    )
  }

  /** A new history, that may write over everything that was shown. */
  begin(lineage: string, sides: readonly MemorySide[]): void {
    const state = this.#state
    const shown = [...sides.map(({ found }) => found), ...state.found.map(({ summary }) => summary)].filter(
      (summary) => summary !== null,
    )
    const unread = [...sides, ...state.found].flatMap(({ mark }) => mark ?? [])
    const over = [...state.over, ...shown.map(({ lineage, revision }) => ({ lineage, revision })), ...unread]
    const own = state.revision > 0 ? [{ lineage: state.lineage, revision: state.revision }] : []
    this.#record.state.memory = {
      lineage,
      revision: Math.max(state.revision, ...shown.map(({ revision }) => revision)) + 1,
      over: [...over, ...own].slice(-keptOver),
      kept: {},
      problems: {},
      found: [],
    }
    this.#seen = material(this.#record.state)
  }

  answer(): PairMemoryAnswer {
    const { dossier, lease, epoch, events } = this.#record.state
    const { lineage, revision, over } = this.#state
    return { mark: { lineage, revision }, memory: { version: 1, dossier, lease, epoch, events, over } }
  }

  /** The pair's status, with what it remembers outside. `now`: as in `PairRecord.status`. */
  status(now?: string): PairStatus {
    const status = this.#record.status(now)
    if (this.clusters.length === 0) return status
    const { revision, lineage, kept, problems, found } = this.#state
    const clusters = this.clusters.map((cluster) => {
      const place = kept[cluster]
      const problem = problems[cluster]
      return {
        cluster,
        revision: place?.mark.lineage === lineage ? place.mark.revision : null,
        at: place?.at ?? null,
        ...(problem === undefined ? {} : { problem: problem.text, since: problem.since }),
      }
    })
    const { refusal } = this
    return {
      ...status,
      alerts: refusal === undefined ? status.alerts : [refusal, ...status.alerts],
      memory: { revision, clusters, found },
    }
  }
}

/** What a revision is made of. Parts are replaced, never changed, so the same part is the same object. */
function material({ dossier, lease, epoch }: PairState): unknown[] {
  const { lastSample: _sample, remembered: _remembered, ...rest } = dossier
  return [
    lease,
    epoch,
    ...Object.keys(rest).sort(),
    ...Object.entries(rest)
      .sort(byName)
      .map(([, part]) => part),
  ]
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}
