import type { ConnectorConfig } from '../settings.ts'
import { configured, type LinkSeen, type Mm2Link } from './link.ts'

/**
 * Settings that decide what is mirrored, how it is called, how far positions can be trusted and translated. A list of what
 * may be told, since Connect answers with passwords too: addresses and credentials are not in it. `topics` is not either:
 * runs change it, and the watch has a rule of its own for it.
 */
const watched = [
  'tasks.max',
  'topics.exclude',
  'groups',
  'groups.exclude',
  'transforms',
  'errors.tolerance',
  'topic.filter.class',
  'replication.policy.class',
  'replication.policy.separator',
  'offset.lag.max',
  'offset-syncs.topic.location',
  'emit.offset-syncs.enabled',
  'emit.checkpoints.enabled',
  'emit.checkpoints.interval.seconds',
  'sync.group.offsets.enabled',
  'sync.group.offsets.interval.seconds',
  'sync.topic.acls.enabled',
  'sync.topic.configs.enabled',
  'refresh.topics.enabled',
  'refresh.topics.interval.seconds',
  'refresh.groups.enabled',
  'consumer.isolation.level',
  'source.consumer.isolation.level',
  'consumer.auto.offset.reset',
  'source.consumer.auto.offset.reset',
] as const

const longest = 300

/** `source.tasks.max`, `checkpoint.sync.group.offsets.enabled` … as Connect has them; a key that is not set is not there. */
export function watchedSettings({ source, checkpoint }: LinkSeen): Record<string, string> {
  return Object.fromEntries(
    [source, checkpoint].flatMap((seen) =>
      seen ? only(seen.connector.config).map(([key, value]) => [`${seen.role}.${key}`, value]) : [],
    ),
  )
}

/** What switchback.yaml says of the same keys, where it says it in plain words: no secret, no template. */
export function wantedSettings({ link }: Mm2Link): Record<string, string> {
  return Object.fromEntries(
    (['source', 'checkpoint'] as const).flatMap((role) =>
      only(plain(configured(link, role))).map(([key, value]) => [`${role}.${key}`, value]),
    ),
  )
}

function only(config: Record<string, string>): [key: string, value: string][] {
  return watched.flatMap((key): [string, string][] => {
    const value = config[key]
    return value === undefined ? [] : [[key, short(value)]]
  })
}

/** A list of a hundred names travels with every look. */
function short(value: string): string {
  return value.length <= longest ? value : `${value.slice(0, longest)}… (${value.length} characters)`
}

function plain(connector: ConnectorConfig | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(connector?.config ?? {}).flatMap(([key, value]): [string, string][] =>
      typeof value === 'object' || /\{(?:env|file):/.test(String(value)) ? [] : [[key, String(value)]],
    ),
  )
}
