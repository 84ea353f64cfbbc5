import type { LastRecord, Place } from '../../../ports/cluster.ts'
import { decodeBatch, isReadable, type Batch } from '../records/batch.ts'
import { committedBatches } from '../records/committed-batches.ts'
import type { FetchedPartition } from '../records/fetch.ts'
import { markOf } from './mark.ts'
import type { Walk } from './walk.ts'

/**
 * Offsets before the last stable one at which reading begins. Behind the last record there is mostly nothing or the marker of its
 * transaction; markers and aborted records may be many.
 */
const STEPS = [2, 50, 1_000, 10_000]

type Found = { found: 'record'; mark: ReturnType<typeof markOf> } | { found: 'unreadable' }

/** Looks for the last committed data record below the last stable offset, in growing steps back. */
export class LastRecordWalk implements Walk {
  readonly topic: string
  readonly partition: number
  position: number | null = null
  #stable: number
  #start = 0
  #step = 0
  /** What is read in this step: [from, to). */
  #from = 0
  #to: number
  #last: Found | undefined

  constructor({ topic, partition }: Place, stable: number) {
    this.topic = topic
    this.partition = partition
    this.#stable = stable
    this.#to = stable
    this.#stepBack()
  }

  /** Absent: none was found in the last 10 000 offsets. */
  get last(): LastRecord | undefined {
    return this.#last === undefined ? undefined : { topic: this.topic, partition: this.partition, ...this.#last }
  }

  take(answer: FetchedPartition): void {
    const position = this.position ?? 0
    let last: Batch | undefined
    let next = position
    for (const { batch, aborted } of committedBatches(answer)) {
      if (Number(batch.baseOffset) >= this.#to) {
        next = this.#to
        break
      }
      if (Number(batch.lastOffset) < position) continue
      next = Number(batch.lastOffset) + 1
      if (!batch.control && !aborted && batch.count > 0) last = batch
    }
    // Decoded at once, one batch of each answer: what is kept must not keep the answer.
    if (last !== undefined) this.#last = lastOf(last)
    this.position = next
    if (next >= this.#to || next === position) this.end()
  }

  end(): void {
    if (this.#last === undefined) this.#stepBack()
    else this.position = null
  }

  outside({ start, stable }: { start: number; stable: number }): void {
    if (this.position !== null && this.position < start) {
      this.#start = start
      if (start >= this.#to) this.end()
      else this.position = this.#from = start
      return
    }
    // Cut off behind what was read: everything is looked for again.
    this.#last = undefined
    ;[this.#stable, this.#start, this.#step, this.#to] = [stable, start, 0, stable]
    this.#stepBack()
  }

  #stepBack(): void {
    const step = STEPS[this.#step++]
    if (this.#step > 1) this.#to = this.#from
    if (step === undefined || this.#to <= this.#start) this.position = null
    else this.position = this.#from = Math.max(this.#start, this.#stable - step)
  }
}

function lastOf(batch: Batch): Found | undefined {
  if (!isReadable(batch)) return { found: 'unreadable' }
  const last = decodeBatch(batch).at(-1)
  return last === undefined ? undefined : { found: 'record', mark: markOf(last, batch) }
}
