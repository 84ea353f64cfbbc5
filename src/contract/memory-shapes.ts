import { z } from 'zod'
import { kafkaAlias } from './primitives.ts'

/** Shapes of those parts of a memory that become writes. Longer names are none of Kafka's. */
const name = z.string().min(1).max(300)
const at = z.string().min(1).max(100)
const offset = z.number().int().min(-1).max(Number.MAX_SAFE_INTEGER)
const partition = z.number().int().min(0).max(1_000_000)
const records = offset.nullable()
const episode = z.number().int().min(0).max(1_000_000)
const topicOffsets = z.array(z.object({ topic: name, offsets: z.array(z.tuple([partition, offset])) }))

const acl = z.object({
  resource: z.enum(['topic', 'group', 'transactionalId', 'cluster']),
  name,
  pattern: z.enum(['literal', 'prefixed']),
  principal: name,
  host: name,
  operation: name,
  permission: z.enum(['allow', 'deny']),
})

const settled = [partition, offset, offset, records] as const

const link = z.object({ from: kafkaAlias, to: kafkaAlias })

/** The link and the selection on first contact. */
export const originalSelection = z.object({
  link,
  selection: z.object({ link, topics: z.string().max(1_000_000) }),
})

export const writtenLater = {
  fences: z.array(z.object({ cluster: kafkaAlias, episode, at, added: z.array(acl), proof: z.string().max(10_000) })),
  cuts: z.array(z.object({ cluster: kafkaAlias, episode, at, topics: topicOffsets })),
  snapshots: z.array(
    z.object({
      cluster: kafkaAlias,
      episode,
      at,
      groups: z.array(z.object({ group: name, topics: topicOffsets })),
    }),
  ),
  settlements: z.array(
    z.looseObject({
      cluster: kafkaAlias,
      episode,
      at,
      action: z.enum(['keep', 'replay', 'quarantine', 'discard']),
      topics: z.array(
        z.object({
          topic: name,
          rows: z.array(z.union([z.tuple(settled), z.tuple([...settled, offset, offset])])),
        }),
      ),
    }),
  ),
  obligations: z.array(
    z.looseObject({
      id: name,
      kind: z.enum(['fence', 'stop-application']),
      cluster: kafkaAlias,
      fence: z
        .object({ principals: z.array(name), topics: z.array(name), operations: z.array(z.enum(['Write', 'Read'])) })
        .optional(),
    }),
  ),
}
