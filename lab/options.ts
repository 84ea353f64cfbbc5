import type { GroundName } from './grounds/ground.ts'
import type { MirroringOptions } from './ibm/transforms.ts'
import type { LabPair } from './pairs.ts'
import type { LabApplication, LabTopic } from './apps/definitions.ts'

export type LabOptions = {
  /** The kind of installation. Default: `lab`, the fast one. */
  ground?: GroundName
  /** Everything the lab writes goes below it. Default: .lab/<unique>. */
  dir?: string
  topics?: LabTopic[]
  applications?: LabApplication[]
  /** Pairs of switchback.yaml. Default: one of all topics, called after the first one's first word. Not with `event-streams`. */
  pairs?: LabPair[]
  /** Records a second of each producer, over all its topics. */
  recordsPerSecond?: number
  /** Keys of each producer and topic: order is kept and checked per key. */
  keys?: number
  /** Start the applications on this cluster once it serves. Default: they wait to be started. */
  startApplicationsOn?: string
  /**
   * What switchback.yaml says that mirrors. `event-streams`: the same MirrorMaker 2, behind a stand-in for IBM Cloud that the
   * configuration names instead. One that the lab does not know gets links of their direction alone.
   */
  backend?: string
  /** With the backend event-streams: transforms of names, by link (`A->B`). */
  transforms?: Record<string, MirroringOptions>
  /** Settings of `timing` in the generated switchback.yaml, in milliseconds. */
  timing?: Record<string, number>
}

export const DEFAULT_TOPICS: LabTopic[] = [{ name: 'accounting.invoices', partitions: 3 }]
export const DEFAULT_RECORDS_PER_SECOND = 50
export const DEFAULT_KEYS = 20

/** The scenario's applications: one producer and one consumer of everything. */
export function defaultApplications(topics: readonly LabTopic[]): LabApplication[] {
  const names = topics.map((topic) => topic.name)
  return [
    { name: 'invoicing', kind: 'producer', topics: names, principal: 'producer-app' },
    { name: 'billing', kind: 'consumer', topics: names, group: 'billing', principal: 'consumer-app' },
  ]
}

/** Reads `name:partitions,…`; without a number a topic has 3 partitions. */
export function parseTopics(text: string): LabTopic[] {
  return text.split(',').map((part) => {
    const match = /^([A-Za-z0-9._-]{1,249})(?::(\d{1,4}))?$/.exec(part.trim())
    const partitions = Number(match?.[2] ?? 3)
    if (!match?.[1] || partitions < 1) throw new Error(`not a topic: "${part}" (name or name:partitions)`)
    return { name: match[1], partitions }
  })
}
