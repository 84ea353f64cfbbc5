import { z } from 'zod'
import { kafkaAlias } from '../../contract/primitives.ts'

/** A name as IBM's `rename` changes it: what is removed must be there, and what is added comes after that. */
function rename(word: z.ZodString) {
  return z
    .strictObject({
      addPrefix: word.optional().describe('put before the name'),
      removePrefix: word.optional().describe('taken from its beginning; a name without it takes no part'),
      addSuffix: word.optional().describe('put behind the name'),
      removeSuffix: word.optional().describe('taken from its end; a name without it takes no part'),
    })
    .refine((words) => Object.values(words).some((value) => value !== undefined), {
      message: 'say what to add or to remove: addPrefix, removePrefix, addSuffix, removeSuffix',
    })
}

const topicWord = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9._-]+$/, 'a topic has letters, digits, ".", "_" or "-"')

const topicNameTransform = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('use_alias').describe('accounting.invoices.A') }),
  z.strictObject({
    type: z
      .literal('none')
      .describe('the name stays: copy and topic are one log. On every link, and for a failover only'),
  }),
  z.strictObject({
    type: z.literal('rename').describe('another name, with something added'),
    rename: rename(topicWord).describe('how'),
  }),
])

const groupIdTransform = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none').describe('the id stays') }),
  z.strictObject({
    type: z.literal('rename').describe('another id; the links of both directions must undo each other'),
    rename: rename(z.string().min(1).max(200)).describe('how'),
  }),
])

export const eventStreamsLink = z.strictObject({
  from: kafkaAlias.describe('alias of the source, and its `source_alias`'),
  to: kafkaAlias.describe('alias of the target, and its `target_alias`: both have `eventStreams` under `clusters`'),
  backend: z.literal('event-streams').describe('mirroring of IBM Event Streams (Enterprise)'),
  disable: z
    .enum(['ticket', 'self-service'])
    .default('self-service')
    .describe('who disables the link at reset and failback'),
  topicNameTransform: topicNameTransform
    .default({ type: 'use_alias' })
    .describe('`options.topic_name_transform` of the mirroring: how copies are called'),
  groupIdTransform: groupIdTransform
    .default({ type: 'none' })
    .describe('`options.group_id_transform` of the mirroring: what groups are called on the target'),
  maxLatencySeconds: z
    .number()
    .min(0)
    .default(5)
    .describe('mirroring latency up to which a topic counts as mirrored, where offsets cannot be compared'),
  latencyWindowSeconds: z
    .number()
    .int()
    .min(1)
    .default(300)
    .describe('all samples of so many seconds must be at or below it'),
  latencySamples: z.number().int().min(1).default(3).describe('so many samples must be in that window'),
  pollMs: z.number().int().min(50).default(15_000).describe('between two checks of an operation of the provider, ms'),
})

export type EventStreamsConfig = z.infer<typeof eventStreamsLink>
