import type { EventStreamsConfig } from './settings.ts'
import type { Rename } from '../../contract/plan.ts'

type Transforms = Pick<EventStreamsConfig, 'topicNameTransform' | 'groupIdTransform'>

/** `options` of an order to enable; nothing where both transforms are the service's own defaults. */
export function transformOptions({ topicNameTransform: topics, groupIdTransform: groups }: Transforms): object {
  const options = {
    ...(topics.type === 'use_alias' ? {} : { topic_name_transform: transform(topics) }),
    ...(groups.type === 'none' ? {} : { group_id_transform: transform(groups) }),
  }
  return Object.keys(options).length === 0 ? {} : { options }
}

function transform(given: { type: string; rename?: Rename }): object {
  const { addPrefix, removePrefix, addSuffix, removeSuffix } = given.rename ?? {}
  const words = {
    add_prefix: addPrefix,
    remove_prefix: removePrefix,
    add_suffix: addSuffix,
    remove_suffix: removeSuffix,
  }
  const said = Object.entries(words).filter(([, word]) => word !== undefined)
  return { type: given.type, ...(said.length === 0 ? {} : { rename: Object.fromEntries(said) }) }
}
