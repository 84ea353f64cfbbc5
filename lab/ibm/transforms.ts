import { z } from 'zod'

const rename = z.strictObject({
  add_prefix: z.string().optional(),
  remove_prefix: z.string().optional(),
  add_suffix: z.string().optional(),
  remove_suffix: z.string().optional(),
})
const renamed = z.strictObject({ type: z.literal('rename'), rename })

/** `options` of a mirroring, as documented. */
export const mirroringOptions = z.strictObject({
  topic_name_transform: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('use_alias') }),
      z.strictObject({ type: z.literal('none') }),
      renamed,
    ])
    .optional(),
  group_id_transform: z.discriminatedUnion('type', [z.strictObject({ type: z.literal('none') }), renamed]).optional(),
})
export type MirroringOptions = z.infer<typeof mirroringOptions>

/** The replication policy that names copies so; nothing where it is by the alias. */
export function policySettings({ topic_name_transform: topics }: MirroringOptions): Record<string, string> {
  if (topics === undefined || topics.type === 'use_alias') return {}
  const words = topics.type === 'rename' ? topics.rename : {}
  return {
    'replication.policy.class': 'switchback.lab.RenamingReplicationPolicy',
    ...Object.fromEntries(
      Object.entries(words).map(([name, word]) => [`replication.policy.${name.replace('_', '.')}`, word]),
    ),
  }
}

/** A pattern over names from which what is removed is gone, as one over names on the source. */
export function patternOnSource({ topic_name_transform: topics }: MirroringOptions, pattern: string): string {
  if (topics?.type !== 'rename') return pattern
  const { remove_prefix = '', remove_suffix = '' } = topics.rename
  const name = pattern.replace(/^\^/, '').replace(/\$$/, '')
  return `${escaped(remove_prefix)}(?:${name})${escaped(remove_suffix)}`
}

/** The name a pattern has to match. */
export function withoutRemoved({ topic_name_transform: topics }: MirroringOptions, topic: string): string {
  if (topics?.type !== 'rename') return topic
  const { remove_prefix = '', remove_suffix = '' } = topics.rename
  return topic.slice(remove_prefix.length, topic.length - remove_suffix.length)
}

/** What a group's positions are translated to; null when it takes no part. */
export function groupThere({ group_id_transform: groups }: MirroringOptions, id: string): string | null {
  if (groups?.type !== 'rename') return id
  const { add_prefix = '', remove_prefix = '', add_suffix = '', remove_suffix = '' } = groups.rename
  if (!id.startsWith(remove_prefix) || !id.endsWith(remove_suffix)) return null
  return add_prefix + id.slice(remove_prefix.length, id.length - remove_suffix.length) + add_suffix
}

function escaped(text: string): string {
  return text.replaceAll('.', String.raw`\.`)
}
