import type { Rename } from '../../contract/plan.ts'
import { maxTopicLength } from './topic-length.ts'

/**
 * Names as a provider's mirroring changes them (Event Streams, `topic_name_transform` and `group_id_transform`): what is
 * removed must be there, else the name does not take part; what is added comes after that.
 */

/** Does the name take part? */
export function takesPart({ removePrefix = '', removeSuffix = '' }: Rename, name: string): boolean {
  return (
    name.length > removePrefix.length + removeSuffix.length &&
    name.startsWith(removePrefix) &&
    name.endsWith(removeSuffix)
  )
}

/** The name on the target of one that takes part. */
export function renamed(rename: Rename, name: string): string {
  const { removePrefix = '', removeSuffix = '', addPrefix = '', addSuffix = '' } = rename
  return addPrefix + name.slice(removePrefix.length, name.length - removeSuffix.length) + addSuffix
}

/** The name on the source of which this is the one on the target; null when there is none, or Kafka would not have it. */
export function unrenamed(rename: Rename, name: string): string | null {
  const { removePrefix = '', removeSuffix = '', addPrefix = '', addSuffix = '' } = rename
  const back = { removePrefix: addPrefix, removeSuffix: addSuffix, addPrefix: removePrefix, addSuffix: removeSuffix }
  if (!takesPart(back, name)) return null
  const before = renamed(back, name)
  return before.length > maxTopicLength ? null : before
}
