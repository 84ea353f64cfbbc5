import { readFileSync } from 'node:fs'
import { Admin } from '@platformatic/kafka'
import { kafkaClient } from '../kafka/client.ts'
import type { LabCluster } from '../kafka/cluster.ts'

/** Milliseconds between two rounds: as often as the lab's MirrorMaker 2 translates. */
const ROUND_MS = 1_000

/**
 * Has translated positions of groups arrive under another id. MirrorMaker 2 translates to the group's own id, so they are
 * taken on from there: as there, only forward, and only while the group has no member (the broker refuses it then).
 */
export class RenamedGroups {
  readonly #target: LabCluster
  readonly #rename: (id: string) => string | null
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(target: LabCluster, rename: (id: string) => string | null) {
    this.#target = target
    this.#rename = rename
  }

  begin(): void {
    const round = async () => {
      // A cluster that is down, or a group with members: the next round sees.
      await this.#takeOn().catch(() => undefined)
      if (!this.#ended) this.#timer = setTimeout(() => void round(), ROUND_MS)
    }
    void round()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  async #takeOn(): Promise<void> {
    const { bootstrap, caFile, admin: user } = this.#target
    const reader = kafkaClient(this.#target, user).admin()
    const writer = new Admin({
      clientId: 'lab-groups',
      bootstrapBrokers: bootstrap.split(','),
      sasl: { mechanism: 'PLAIN', ...user },
      ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile) } }),
    })
    await reader.connect()
    try {
      const { groups } = await reader.listGroups()
      const ids = groups.map(({ groupId }) => groupId)
      for (const id of ids) {
        const there = this.#rename(id)
        // An id that is itself the result of the rename is a group's own on this side.
        if (there === null || there === id || ids.some((other) => this.#rename(other) === id)) continue
        const known = new Map<string, number>()
        for (const { topic, partitions } of await reader.fetchOffsets({ groupId: there }))
          for (const { partition, offset } of partitions) known.set(`${topic}-${partition}`, Number(offset))
        for (const { topic, partitions } of await reader.fetchOffsets({ groupId: id })) {
          const ahead = partitions
            .map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
            .filter(({ partition, offset }) => offset > (known.get(`${topic}-${partition}`) ?? -1))
          if (ahead.length === 0) continue
          const partitionOffsets = ahead.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) }))
          await writer
            .alterConsumerGroupOffsets({ groupId: there, topics: [{ name: topic, partitionOffsets }] })
            .catch(() => undefined)
        }
      }
    } finally {
      await Promise.allSettled([reader.disconnect(), writer.close()])
    }
  }
}
