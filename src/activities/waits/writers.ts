import { ApplicationFailure } from '@temporalio/common'
import type { Offender } from '../../contract/activities.ts'
import { wroteMeanwhile } from '../../domain/fence/offenders.ts'
import type { ActiveProducer, ClusterLooks } from '../../ports/cluster.ts'
import { isConfigurationFault } from '../faults.ts'

type Seen = Map<string, ActiveProducer[]>

/** Told to a person for one partition. */
const idsTold = 3

/**
 * Names whoever writes while nobody should, as far as the broker tells: producer ids by comparing two looks, and their
 * transactional ids. Names are a help: when they cannot be had, the wait goes on without them.
 */
export class Writers {
  readonly #cluster: ClusterLooks
  readonly #topics: string[]
  readonly #names = new Map<number, string | null>()
  #before: Seen | null = null
  #now: Seen | null = null

  constructor(cluster: ClusterLooks, topics: string[]) {
    this.#cluster = cluster
    this.#topics = topics
  }

  /** What is known before the wait is none of it. */
  async begin(signal: AbortSignal): Promise<void> {
    this.#before = await this.#seen(signal)
  }

  async look(signal: AbortSignal): Promise<void> {
    if (this.#before === null) return
    this.#now = await this.#seen(signal)
    const ids = [...(this.#now ?? [])].flatMap(([topic, rows]) =>
      rows.flatMap(([partition]) => wroteMeanwhile(this.#before?.get(topic) ?? [], rows, partition)),
    )
    const nameless = [...new Set(ids)].filter((id) => !this.#names.has(id))
    if (nameless.length === 0) return
    const named = new Map(await told(() => this.#cluster.transactionalIds(nameless, signal)))
    for (const id of nameless) this.#names.set(id, named.get(id) ?? null)
  }

  of({ topic, partition }: Pick<Offender, 'topic' | 'partition'>): Offender['producers'] {
    const after = this.#now?.get(topic)
    if (this.#before === null || after === undefined) return null
    return wroteMeanwhile(this.#before.get(topic) ?? [], after, partition)
      .slice(0, idsTold)
      .map((id) => [id, this.#names.get(id) ?? null])
  }

  async #seen(signal: AbortSignal): Promise<Seen | null> {
    const answer = await told(() => this.#cluster.producers(this.#topics, signal))
    return answer === null ? null : new Map(answer.map(({ topic, producers }) => [topic, producers]))
  }
}

async function told<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || isConfigurationFault(error)) throw error
    return null
  }
}
