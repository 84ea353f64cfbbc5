import * as fc from 'fast-check'
import type { LabApplication, LabTopic } from '../../../lab/apps/definitions.ts'
import type { Settlement } from '../../../src/contract/dossier.ts'

/** What happens to two mirrored clusters and to the worker on one way there and back. All of it follows from the seed. */
export type Disaster = {
  seed: number
  topics: LabTopic[]
  /** Of each topic's producer. */
  recordsPerSecond: number
  /** `planned`: A stays; `killed` and `frozen` (SIGSTOP): A is lost to a forced failover and comes back before the reset. */
  incident: 'planned' | 'killed' | 'frozen'
  /** A's Connect worker goes with it, and comes back with it. */
  withConnect: boolean
  /** Milliseconds for which the link is held before the incident: the backlog that A takes along. 0: it runs until the end. */
  heldMs: number
  /** Consumer applications that stand still before the incident, with records to read on A. */
  behind: string[]
  /** What a person decides on stranded records. */
  settle: Settlement['action']
  /** SIGKILL of Switchback's worker, so many milliseconds into an operation. */
  workerKills: { operation: 'failover' | 'reset' | 'failback'; afterMs: number }[]
}

const NAMES = ['accounting.invoices', 'orders.eu'] as const

/** A producer and a consumer of its own for each topic; the first two are those that every lab's ACLs know. */
export function applicationsOf(topics: readonly LabTopic[]): LabApplication[] {
  return topics.flatMap(({ name }, index): LabApplication[] => {
    const group = `readers-${index}`
    const [writer, reader] =
      index === 0 ? ['producer-app', 'consumer-app'] : [`writer-${index}-app`, `reader-${index}-app`]
    return [
      { name: `writer-${index}`, kind: 'producer', topics: [name], principal: writer },
      { name: group, kind: 'consumer', topics: [name], group, principal: reader },
    ]
  })
}

const topics = fc
  .record({
    count: fc.integer({ min: 1, max: NAMES.length }),
    partitions: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: NAMES.length, maxLength: NAMES.length }),
  })
  .map(({ count, partitions }) =>
    NAMES.slice(0, count).map((name, index) => ({ name, partitions: partitions[index] ?? 1 })),
  )

const workerKills = fc
  .uniqueArray(
    fc.record({
      operation: fc.constantFrom('failover' as const, 'reset' as const, 'failback' as const),
      afterMs: fc.integer({ min: 200, max: 20_000 }),
    }),
    { maxLength: 2, selector: ({ operation }) => operation },
  )
  .map((kills) => kills.toSorted((one, other) => one.operation.localeCompare(other.operation)))

const disasters: fc.Arbitrary<Omit<Disaster, 'seed'>> = topics.chain((chosen) =>
  fc.record({
    topics: fc.constant(chosen),
    recordsPerSecond: fc.integer({ min: 20, max: 200 }),
    incident: fc.oneof(
      { arbitrary: fc.constant('killed' as const), weight: 4 },
      { arbitrary: fc.constant('frozen' as const), weight: 1 },
      { arbitrary: fc.constant('planned' as const), weight: 2 },
    ),
    withConnect: fc.boolean(),
    heldMs: fc.oneof(fc.constant(0), fc.integer({ min: 200, max: 5_000 })),
    behind: fc.subarray(chosen.map((_, index) => `readers-${index}`)),
    settle: fc.constantFrom('keep' as const, 'replay' as const, 'quarantine' as const, 'discard' as const),
    workerKills,
  }),
)

/** `count` disasters of the seeds `seed`, `seed + 1`, …: each can be had again alone, as the first of its own seed. */
export function disastersFrom(seed: number, count: number): Disaster[] {
  return Array.from({ length: count }, (_, index) => {
    const own = seed + index
    const [drawn] = fc.sample(fc.noBias(disasters), { seed: own, numRuns: 1 })
    if (!drawn) throw new Error(`nothing was drawn from seed ${own}`)
    return { seed: own, ...drawn }
  })
}

/** In a few words, for a table. */
export function inWords({ topics, recordsPerSecond, incident, withConnect, heldMs, ...rest }: Disaster): string {
  const { behind, settle, workerKills } = rest
  return [
    incident === 'planned' ? 'planned' : `A ${incident}${withConnect ? ' with its Connect' : ''}, ${settle}`,
    topics.map(({ name, partitions }) => `${name}:${partitions}`).join(' '),
    `${recordsPerSecond}/s`,
    ...(heldMs > 0 ? [`link held ${heldMs} ms`] : []),
    ...(behind.length > 0 ? [`${behind.join(' and ')} behind`] : []),
    ...workerKills.map(({ operation, afterMs }) => `worker killed ${afterMs} ms into the ${operation}`),
  ].join('; ')
}
