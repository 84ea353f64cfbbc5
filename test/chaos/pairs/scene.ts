import type { LabOptions } from '../../../lab/options.ts'
import type { LabApplication } from '../../../lab/apps/definitions.ts'
import { timing } from '../../lab/product.ts'

export const pairNames = ['ledger', 'orders', 'parts', 'fleet'] as const
export type PairName = (typeof pairNames)[number]

/** Two that share their connectors: their runs wait for each other, in any order. */
export const sharing = ['ledger', 'orders'] as const satisfies PairName[]

const topics = [
  { name: 'ledger.entries', partitions: 2 },
  { name: 'orders.eu', partitions: 1 },
  { name: 'parts.stock', partitions: 2 },
  { name: 'fleet.trucks', partitions: 1 },
]

/** One login writes for all pairs and another one reads, as in most companies. */
function applicationsOf({ name: topic }: { name: string }, index: number): LabApplication[] {
  const group = pairNames[index] ?? topic
  return [
    { name: `${group}-writer`, kind: 'producer', topics: [topic], principal: 'producer-app' },
    { name: `${group}-reader`, kind: 'consumer', topics: [topic], group, principal: 'consumer-app' },
  ]
}

/** Four pairs over A and B: two share their connectors, two have their own, one of them selects by a pattern. */
export const fourPairs = {
  topics,
  applications: topics.flatMap(applicationsOf),
  pairs: [
    { name: 'ledger', topics: ['ledger.entries'] },
    { name: 'orders', topics: ['orders.eu'] },
    { name: 'parts', topics: ['parts.stock'], connectors: 'parts-' },
    { name: 'fleet', topics: ['fleet.trucks'], connectors: 'fleet-', selection: String.raw`fleet\..*` },
  ],
  recordsPerSecond: 20,
  timing,
} satisfies LabOptions
