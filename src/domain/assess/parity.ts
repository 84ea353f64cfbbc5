import type { TopicTemplate } from '../../contract/topic-template.ts'

/** Settings of a topic that a move must not change unseen, by Kafka's names. */
export const comparedSettings = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'max.message.bytes',
  'compression.type',
  'min.insync.replicas',
] as const
export type ComparedSetting = (typeof comparedSettings)[number]

/** A topic's settings as they are in force, the cluster's defaults included, and those that are the topic's own. */
export interface TopicSettings {
  topic: string
  settings: Readonly<Record<string, string>>
  own: readonly string[]
}

/**
 * How to create topics like these: what is set on the topic itself, and what a move must not change. Limits of replication
 * traffic belong to the brokers they name.
 */
export function templatesOf(models: readonly (TopicSettings & { partitions: number })[]): TopicTemplate[] {
  const templates = new Map<string, TopicTemplate>()
  for (const { topic, partitions, settings, own } of models) {
    const names = [...new Set([...comparedSettings, ...own])].filter((name) => !name.includes('throttled')).sort()
    const kept = Object.fromEntries(
      names.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])),
    )
    const key = JSON.stringify([partitions, kept])
    const template = templates.get(key) ?? { partitions, settings: kept, topics: [] }
    templates.set(key, { ...template, topics: [...template.topics, topic] })
  }
  return [...templates.values()]
}

export interface SettingDifference {
  topic: string
  setting: ComparedSetting
  /** On the cluster left, and on the cluster moved to. */
  source: string
  target: string
  /** What the difference does to what is written there from now on. */
  means: string
}

/**
 * Where a local topic on the target is set differently than on the source. A setting that one side does not tell is no
 * difference; the order of cleanup policies is none either.
 */
export function settingDifferences(
  source: readonly TopicSettings[],
  target: readonly TopicSettings[],
): SettingDifference[] {
  const other = new Map(target.map(({ topic, settings }) => [topic, settings]))
  return source.flatMap(({ topic, settings }) =>
    comparedSettings.flatMap((setting) => {
      const [here, there] = [settings[setting], other.get(topic)?.[setting]]
      if (here === undefined || there === undefined || canonical(setting, here) === canonical(setting, there)) return []
      return [{ topic, setting, source: here, target: there, means: meaning(setting, here, there) }]
    }),
  )
}

function canonical(setting: ComparedSetting, value: string): string {
  const words = value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  return setting === 'cleanup.policy' ? words.sort().join(',') : value.trim()
}

function meaning(setting: ComparedSetting, source: string, target: string): string {
  const less = limit(setting, target) < limit(setting, source)
  switch (setting) {
    case 'cleanup.policy':
      return 'records are removed by another rule there'
    case 'retention.ms':
    case 'retention.bytes':
      return less ? 'records expire sooner there' : 'records are kept longer there'
    case 'max.message.bytes':
      return less ? 'batches that the source takes are refused there' : 'larger batches are taken there'
    case 'compression.type':
      return 'records are stored with another compression there'
    case 'min.insync.replicas':
      return less
        ? 'fewer replicas have a record before it counts there'
        : 'writes fail sooner when replicas are lost there'
    default:
      return setting satisfies never
  }
}

/** Kafka's -1 is no limit. */
function limit(setting: ComparedSetting, value: string): number {
  const number = Number(value)
  const unlimited = number === -1 && (setting === 'retention.ms' || setting === 'retention.bytes')
  return unlimited ? Infinity : number
}
