import { uuid4 } from '@temporalio/workflow'
import type { AdoptRequest, MemorySide, Recall } from '../../contract/memory.ts'
import { adoptedDossier, surveyedDossier } from '../../domain/memory/adopted.ts'
import { recallOf, summaryText } from '../../domain/memory/choice.ts'
import { memoryActivities } from '../runbook/activities.ts'
import type { MemoryRecord } from './memory-record.ts'
import type { PairRecord } from './pair-record.ts'

/** Rebuilds a pair whose Temporal database is gone. Refusals are thrown as sentences. */
export class Adoption {
  readonly #record: PairRecord
  readonly #memory: MemoryRecord
  readonly #sides: { primary: string; secondary: string }

  constructor(record: PairRecord, memory: MemoryRecord, sides: { primary: string; secondary: string }) {
    this.#record = record
    this.#memory = memory
    this.#sides = sides
  }

  get #pair(): string {
    return this.#record.state.dossier.pair
  }

  /** What is remembered, and, where nothing is, how things run. Changes nothing. */
  async recall(): Promise<Recall> {
    const sides = await memoryActivities().recallMemory({ pair: this.#pair })
    if (sides.some(({ found }) => found !== null)) return recallOf(sides)
    return recallOf(sides, await memoryActivities().surveyPair({ pair: this.#pair }))
  }

  async adopt(request: AdoptRequest): Promise<string> {
    this.#mustBeFree()
    const recall = await this.recall()
    if (request.from === 'memory') return this.#fromMemory(request, recall)
    if (request.from === 'clusters') return this.#fromClusters(request, recall)
    return this.#done(
      `${this.#pair} stays as this Temporal knows it, by ${request.by}; what the clusters remembered is put aside`,
      recall.sides,
    )
  }

  async #fromMemory({ by, checksum }: AdoptRequest, { best, sides, text }: Recall): Promise<string> {
    if (best === null) {
      throw new Error(
        `Nothing can be adopted from memory. ${text} To go on from the clusters as they run now: adopt {"by": "you", "from": "clusters", "active": "the side the producers are on"}.`,
      )
    }
    if (best.lineage === this.#memory.lineage) {
      throw new Error(`The clusters remember what this pair has written itself: there is nothing to adopt. ${text}`)
    }
    if (checksum !== undefined && checksum !== best.checksum) {
      throw new Error(`The highest memory is another one than was shown (${best.checksum}). ${text}`)
    }
    const memory = await memoryActivities().fetchMemory({ pair: this.#pair, checksum: best.checksum })
    const at = new Date().toISOString()
    this.#mustBeFree()
    this.#record.rebuild({ dossier: adoptedDossier(memory, at), epoch: memory.epoch, events: memory.events })
    const doubt = this.#record.state.dossier.episode?.inDoubt
    return this.#done(
      `${this.#pair} is adopted by ${by} from revision ${best.revision}, ${summaryText(best)}` +
        (doubt ? `; the ${doubt.operation} is in doubt: adopt it, or hand it over` : ''),
      sides,
    )
  }

  async #fromClusters({ by, active }: AdoptRequest, recall: Recall): Promise<string> {
    const survey = recall.survey ?? (await memoryActivities().surveyPair({ pair: this.#pair }))
    const told = recall.survey ? recall : recallOf(recall.sides, survey)
    const side = active ?? told.active
    const known = survey.sides.map(({ cluster }) => cluster)
    if (side === undefined || !known.includes(side)) {
      throw new Error(
        `Say in "active" which side the producers are on (${known.join(' or ')}): it is not known. ${told.text}`,
      )
    }
    this.#mustBeFree()
    const at = new Date().toISOString()
    const dossier = surveyedDossier({ pair: this.#pair, ...this.#sides, active: side, survey, at })
    this.#record.rebuild({ dossier, epoch: 0, events: [] })
    const stage = dossier.episode ? `, episode 1 ${dossier.episode.stage}` : ''
    return this.#done(
      `${this.#pair} is adopted by ${by} as the clusters run: ${side} active, ${dossier.standby} stands by${stage}`,
      recall.sides,
    )
  }

  #done(text: string, sides: readonly MemorySide[]): string {
    this.#mustBeFree()
    this.#record.note(text, new Date().toISOString())
    this.#memory.begin(uuid4(), sides)
    return `${text}.`
  }

  #mustBeFree(): void {
    const { lease } = this.#record.state
    if (lease === null) return
    throw new Error(
      `${this.#pair} is held by the ${lease.operation} ${lease.workflowId} since ${lease.acquiredAt}: a pair that a run changes is not adopted.`,
    )
  }
}
