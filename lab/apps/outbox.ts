import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs'
import type { SentRecord } from './records.ts'

/** A record that is not acknowledged yet. `maybeOn`: clusters that may hold it although the send failed. */
export type Pending = { key: string; seq: number; maybeOn: string[] }

type State = {
  next: Record<string, Record<string, number>>
  turn: Record<string, number>
  pending: Record<string, Pending[]>
}

/** How much of the log's end can hold records of the batch that was under way when the process was killed, in bytes. */
const TAIL_BYTES = 1_048_576

/**
 * A producer's memory: which number each key has reached, and what is not acknowledged yet. It is kept in a file, so that numbers go on after
 * a restart, a kill or a move to another cluster, and every record is sent with the same number until somebody acknowledges it.
 */
export class Outbox {
  readonly #file: string
  readonly #keys: string[]
  readonly #state: State

  constructor(file: string, logFile: string, keys: string[]) {
    this.#file = file
    this.#keys = keys
    this.#state = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as State)
      : { next: {}, turn: {}, pending: {} }
    this.#dropAcknowledged(logFile)
  }

  /** The topic's records to send now: what is left over, or else `count` new ones, the keys taking turns. */
  batch(topic: string, count: number): Pending[] {
    const { next, turn, pending } = this.#state
    const left = pending[topic] ?? []
    if (left.length > 0 || count === 0) return left
    const numbers = (next[topic] ??= {})
    const first = turn[topic] ?? 0
    const fresh = Array.from({ length: count }, (_, index) => {
      const key = this.#keys[(first + index) % this.#keys.length] ?? ''
      const seq = numbers[key] ?? 1
      numbers[key] = seq + 1
      return { key, seq, maybeOn: [] }
    })
    turn[topic] = (first + count) % this.#keys.length
    pending[topic] = fresh
    return fresh
  }

  acknowledge(topic: string): void {
    this.#state.pending[topic] = []
  }

  save(): void {
    const draft = `${this.#file}.draft`
    writeFileSync(draft, JSON.stringify(this.#state))
    renameSync(draft, this.#file)
  }

  /** After a kill between "written to the log" and "saved here" the log knows better. */
  #dropAcknowledged(logFile: string): void {
    const done = new Set(logTail(logFile).map(({ topic, key, seq }) => `${topic} ${key} ${seq}`))
    for (const [topic, records] of Object.entries(this.#state.pending))
      this.#state.pending[topic] = records.filter(({ key, seq }) => !done.has(`${topic} ${key} ${seq}`))
  }
}

function logTail(file: string): SentRecord[] {
  if (!existsSync(file)) return []
  const handle = openSync(file, 'r')
  try {
    const { size } = fstatSync(handle)
    const start = Math.max(0, size - TAIL_BYTES)
    const bytes = Buffer.alloc(size - start)
    readSync(handle, bytes, 0, bytes.length, start)
    const lines = bytes.toString('utf8').split('\n')
    return lines
      .slice(start > 0 ? 1 : 0, -1)
      .map((line) => JSON.parse(line) as SentRecord)
      .filter((record) => !('maybe' in record))
  } finally {
    closeSync(handle)
  }
}
