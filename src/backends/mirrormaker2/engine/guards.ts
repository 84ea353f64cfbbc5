import type { Mm2Link, Seen } from './link.ts'
import { nothingSelected, selectionEntries } from '../../../domain/names/selection.ts'

/**
 * Why a link must not be resumed or written to: the settings would mirror everything, or belong to another pair of
 * clusters. Empty: nothing stands against it.
 */
export function dangers({ link }: Mm2Link, { role, connector }: Seen): string[] {
  // It mirrors nothing, and is at times run against the source cluster.
  if (role === 'heartbeat') return []
  const { name, config } = connector
  const found: string[] = []
  // MirrorMaker's default is `.*`, and Connect's own topics, which hold passwords, are not excluded by default.
  if (role === 'source' && config['topics'] === undefined)
    found.push(
      `connector ${name} has no setting topics, so it mirrors every topic, Connect's own (with passwords) included`,
    )
  if (config['source.cluster.alias'] !== link.from)
    found.push(`connector ${name} has source.cluster.alias ${quoted(config['source.cluster.alias'])}, not ${link.from}`)
  // The target's alias is what MirrorMaker's cycle guard compares with.
  if (config['target.cluster.alias'] !== link.to)
    found.push(`connector ${name} has target.cluster.alias ${quoted(config['target.cluster.alias'])}, not ${link.to}`)
  return found
}

/** Settings of the source connector under which a stored offset does not prove that the record was written. */
export function unprovable({ connector: { name, config } }: Seen): string[] {
  const found: string[] = []
  const tolerance = config['errors.tolerance'] ?? 'none'
  if (tolerance.toLowerCase() !== 'none')
    found.push(
      `connector ${name} has errors.tolerance ${tolerance}: records that failed count as mirrored. Set it to none`,
    )
  const transforms = config['transforms']
  if (transforms !== undefined && transforms.trim() !== '')
    found.push(`connector ${name} has transforms (${transforms}): dropped records count as mirrored. Remove them`)
  if (config['topic.filter.class'] !== undefined)
    found.push(`connector ${name} has a topic.filter.class of its own: topics does not say what it mirrors`)
  return found
}

/** What a person should know, though it stands in nobody's way. */
export function warnings({ connector: { config } }: Seen): string[] {
  const isolation =
    config['source.consumer.isolation.level'] ?? config['consumer.isolation.level'] ?? 'read_uncommitted'
  return isolation.toLowerCase() === 'read_committed'
    ? []
    : ['reads uncommitted records: those of aborted transactions are mirrored too']
}

/** MirrorMaker copies literal DENY entries to the target unless it is told not to. */
export function copiesAcls({ connector: { config } }: Seen): boolean {
  return (config['sync.topic.acls.enabled'] ?? 'true').toLowerCase() !== 'false'
}

/** Does the text select anything at all? */
export function selectsSomething(text: string | undefined): boolean {
  return text === undefined || selectionEntries(text).some((entry) => entry !== nothingSelected)
}

function quoted(value: string | undefined): string {
  return value === undefined ? '(not set)' : `"${value}"`
}
