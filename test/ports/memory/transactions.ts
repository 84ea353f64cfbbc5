import type { OpenTransaction } from '../../../src/contract/evidence.ts'
import type { ActiveProducer, Place } from '../../../src/ports/cluster.ts'
import type { NewRecord, PartitionLog } from './partition-log.ts'

/** Of a transactional producer. */
export interface Transaction {
  send(topic: string, partition: number, records: readonly NewRecord[]): void
  commit(): void
  abort(): void
}

interface Ongoing {
  id: string
  producerId: number
  since: number
  /** With the offset of its first record there. */
  parts: Map<string, Place & { first: number }>
}

/** So long a transaction may last before its coordinator aborts it, seconds: the clients' default. */
const timeoutSeconds = 60

/** Producers with an id, as brokers know them, and what they have not decided. */
export class Producers {
  readonly #ids = new Map<string, number>()
  readonly #active = new Map<string, Map<number, ActiveProducer>>()
  readonly #ongoing = new Map<string, Ongoing>()
  readonly #transactional = new Set<string>()
  readonly #logOf: (topic: string, partition: number) => PartitionLog
  readonly #now: () => number

  constructor(logOf: (topic: string, partition: number) => PartitionLog, now: () => number) {
    this.#logOf = logOf
    this.#now = now
  }

  /** `name`: of the producer; a transactional id is one. */
  idOf(name: string): number {
    const id = this.#ids.get(name) ?? 1_000 + this.#ids.size
    this.#ids.set(name, id)
    return id
  }

  wrote(name: string, topic: string, partition: number, records: number): void {
    const id = this.idOf(name)
    const place = `${topic}/${partition}`
    const here = this.#active.get(place) ?? new Map<number, ActiveProducer>()
    const before = here.get(id)?.[3] ?? -1
    this.#active.set(place, here.set(id, [partition, id, 0, before + records, this.#now()]))
  }

  of(topic: string, partitions: number): ActiveProducer[] {
    return Array.from({ length: partitions }, (_, partition) => [
      ...(this.#active.get(`${topic}/${partition}`)?.values() ?? []),
    ]).flat()
  }

  forget(topic: string): void {
    for (const place of this.#active.keys()) if (place.startsWith(`${topic}/`)) this.#active.delete(place)
  }

  /** One at a time for each id. */
  begin(id: string): Transaction {
    if (this.#ongoing.has(id)) throw new Error(`a transaction of ${id} is open`)
    this.#transactional.add(id)
    const ongoing: Ongoing = { id, producerId: this.idOf(id), since: this.#now(), parts: new Map() }
    const end = (outcome: 'commit' | 'abort'): void => {
      for (const { topic, partition } of ongoing.parts.values())
        this.#logOf(topic, partition).decide(ongoing, outcome, this.#now())
      this.#ongoing.delete(id)
    }
    return {
      send: (topic, partition, records) => {
        this.#ongoing.set(id, ongoing)
        const first = this.#logOf(topic, partition).append(records, this.#now(), ongoing)
        const place = `${topic}/${partition}`
        if (!ongoing.parts.has(place)) ongoing.parts.set(place, { topic, partition, first })
        this.wrote(id, topic, partition, records.length)
      },
      commit: () => end('commit'),
      abort: () => end('abort'),
    }
  }

  /** Transactional ids by producer id. */
  named(producerIds: readonly number[]): [number, string][] {
    return [...this.#ids].flatMap(([name, id]): [number, string][] =>
      producerIds.includes(id) && this.#transactional.has(name) ? [[id, name]] : [],
    )
  }

  open(places: readonly Place[]): OpenTransaction[] {
    const asked = new Set(places.map(({ topic, partition }) => `${topic}/${partition}`))
    return [...this.#ongoing.values()]
      .map((ongoing) => ({ ongoing, held: [...ongoing.parts].filter(([place]) => asked.has(place)) }))
      .filter(({ held }) => held.length > 0)
      .map(({ ongoing: { id, producerId, since, parts }, held }) => ({
        transactionalId: id,
        producerId: String(producerId),
        state: 'Ongoing',
        since: new Date(since).toISOString(),
        ageSeconds: Math.round((this.#now() - since) / 1_000),
        timeoutSeconds,
        hanging: false,
        partitions: held.map(([, { topic, partition, first }]): [string, number, number] => [topic, partition, first]),
        partitionCount: parts.size,
      }))
      .toSorted((a, b) => a.since.localeCompare(b.since))
  }
}
