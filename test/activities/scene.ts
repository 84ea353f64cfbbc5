import type { Client } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import type { Config } from '../../src/config/schema.ts'
import { configSchema } from '../../src/config/schema.ts'
import { type ActivityDeps, systemClock } from '../../src/activities/deps.ts'
import type { Dossier } from '../../src/contract/dossier.ts'
import type { Plan } from '../../src/contract/plan.ts'
import { draftPlan } from '../../src/activities/reads/draft-plan.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { MemoryCluster, MemoryLink, memoryApplication, memoryPorts } from './memory-ports.ts'

export const topic = 'accounting.invoices'

function link(from: string, to: string, url = `http://connect-${to.toLowerCase()}:8083`) {
  return { from, to, connect: { url }, source: { name: `mirror-${from}-${to}` } }
}

/** As a person writes it, before it is checked. */
interface RawConfig {
  clusters: Record<string, Record<string, unknown>>
  pairs: Record<string, { links: unknown[] } & Record<string, unknown>>
  ibmCloud?: Record<string, unknown>
}

/** Clusters A, B and C; the pair accounting of A and B; another pair whose link is the same connector. */
export function sampleConfig(change: (raw: RawConfig) => void = () => undefined): Config {
  const raw: RawConfig = {
    clusters: { A: { bootstrap: ['a:9092'] }, B: { bootstrap: ['b:9092'] }, C: { bootstrap: ['c:9092'] } },
    pairs: {
      accounting: {
        primary: 'A',
        secondary: 'B',
        topics: [topic],
        applications: [
          {
            name: 'entry',
            kind: 'producer',
            principal: 'User:entry',
            topics: [topic],
            control: { adapter: 'command', stop: ['true'], start: ['true'], state: ['true'] },
          },
          {
            name: 'billing',
            kind: 'consumer',
            principal: 'User:billing',
            group: 'billing',
            topics: [topic],
            control: { adapter: 'command', stop: ['true'], start: ['true'], state: ['true'] },
          },
        ],
        links: [link('A', 'B'), link('B', 'A'), link('B', 'C'), link('C', 'B')],
      },
    },
  }
  change(raw)
  return configSchema.parse(raw)
}

/** Another pair whose topic, shipping.orders, the same connectors mirror. */
export function withShipping(change: Parameters<typeof sampleConfig>[0] = () => undefined): Config {
  return sampleConfig((raw) => {
    const pair = raw.pairs['accounting']
    const control = { adapter: 'manual' }
    const shipper = { name: 'shipper', kind: 'producer', topics: ['shipping.orders'], control }
    raw.pairs['shipping'] = { ...pair, links: pair?.links ?? [], topics: ['shipping.orders'], applications: [shipper] }
    change(raw)
  })
}

/** What the pair asks of a stretch of its watch. */
export const aStretch = {
  pair: 'accounting',
  from: 'A',
  to: 'B',
  topics: [topic],
  groups: ['billing'],
  lastReachable: { source: true, link: true },
  previous: null,
  memory: null,
  recent: [],
  judge: true,
}

export interface Scene {
  deps: ActivityDeps
  a: MemoryCluster
  b: MemoryCluster
  c: MemoryCluster
  ab: MemoryLink
  ba: MemoryLink
  bc: MemoryLink
  /** Every outside call, in order. */
  calls: string[]
  plan: (operation?: Plan['operation'], change?: Partial<Plan>) => Plan
  dossier: Dossier
}

/** A and B with one mirrored topic of two partitions: 100 and 50 records, everything mirrored and read. */
export function scene(config: Config = sampleConfig(), more: Partial<ActivityDeps> = {}): Scene {
  const calls: string[] = []
  const [a, b, c] = [new MemoryCluster('A', calls), new MemoryCluster('B', calls), new MemoryCluster('C', calls)]
  a.withTopic(topic, [
    [0, 0, 100, 100],
    [1, 0, 50, 50],
  ])
  b.withTopic(topic, [
    [0, 0, 0, 0],
    [1, 0, 0, 0],
  ])
  b.withTopic(`${topic}.A`, [
    [0, 0, 101, 101],
    [1, 0, 51, 51],
  ])
  a.committed = [
    {
      group: 'billing',
      topics: [
        {
          topic,
          offsets: [
            [0, 100],
            [1, 50],
          ],
        },
      ],
    },
  ]
  const [ab, ba, bc, cb] = [
    new MemoryLink('A', 'B', calls),
    new MemoryLink('B', 'A', calls),
    new MemoryLink('B', 'C', calls),
    new MemoryLink('C', 'B', calls),
  ]
  ab.positions.set(topic, [
    [0, 99],
    [1, 49],
  ])
  // The copies of A's topics on B hold what the link has copied.
  b.copied = (copy, partition) =>
    copy.endsWith('.A')
      ? ((ab.positions.get(copy.slice(0, -2)) ?? []).find(([number]) => number === partition)?.[1] ?? -1)
      : undefined
  for (const other of [ba, bc, cb]) {
    other.description = { ...other.description, state: 'absent', selection: null, assigned: [], runningTasks: 0 }
  }
  const ports: Ports = memoryPorts({
    clusters: [a, b, c],
    links: [ab, ba, bc, cb],
    applications: [
      memoryApplication('entry', { state: 'running', cluster: 'A' }, calls),
      memoryApplication('billing', { state: 'running', cluster: 'A' }, calls),
      memoryApplication('shipping', { state: 'running', cluster: 'A' }, calls),
    ],
  })
  const deps: ActivityDeps = { ports, config: () => config, client: {} as Client, clock: systemClock, ...more }
  const dossier = newDossier({ pair: 'accounting', primary: 'A', secondary: 'B', at: '2026-01-01T00:00:00.000Z' })
  return {
    deps,
    a,
    b,
    c,
    ab,
    ba,
    bc,
    calls,
    dossier,
    plan: (operation = 'failover', change = {}) => ({
      ...draftPlan(deps, {
        operation,
        input: startInput(operation),
        dossier: operation === 'failover' ? dossier : stagedDossier(dossier, operation),
        mode: 'planned',
      }),
      ...change,
    }),
  }
}

/** The pair has another topic. */
export function withTwoTopics(): Config {
  return sampleConfig(({ pairs: { accounting } }) =>
    Object.assign(accounting ?? {}, { topics: [topic, 'accounting.ledger'] }),
  )
}

export function startInput(operation: Plan['operation'], change: object = {}) {
  return {
    pair: 'accounting',
    reason: 'test',
    requestedBy: 'tester',
    mode: 'planned' as const,
    dryRun: false,
    adopt: false,
    ...(operation === 'reset' ? { branch: 'recover' as const } : {}),
    ...change,
  }
}

/** As the pair is right before the operation: A was left for B. */
export function stagedDossier(dossier: Dossier, operation: 'reset' | 'failback'): Dossier {
  return {
    ...dossier,
    active: 'B',
    standby: 'A',
    episode: {
      number: 1,
      startedAt: '2026-01-01T00:00:00.000Z',
      stage: operation === 'reset' ? 'failed-over' : 'reset',
      inDoubt: null,
      facts: [],
      original: {
        link: { from: 'A', to: 'B' },
        selection: { link: { from: 'A', to: 'B' }, topics: 'accounting\\.invoices' },
      },
    },
  }
}

export const run = { workflowId: 'failover-1', runId: 'run-1' }
export const lease = { pair: 'accounting', ...run, epoch: 7 }

/** Activities as plain functions: they have no `this`, so that a test may hand one over by itself. */
export function doors<T extends object>(activities: T): { [Name in keyof T as Name]: Plain<T[Name]> } {
  return activities as { [Name in keyof T as Name]: Plain<T[Name]> }
}

type Plain<F> = F extends (...args: infer Args) => infer Answer ? (this: void, ...args: Args) => Answer : never

/** The environment of an activity of that run, typed by the function it runs. */
export function activity(info: object = {}): TypedEnvironment {
  const env = new MockActivityEnvironment(
    { workflowExecution: run, activityId: '5', startToCloseTimeoutMs: 60_000, ...info },
    { logger: new DefaultLogger('ERROR') },
  )
  return {
    run: (act, ...args) => env.run(() => act(...args)),
    onHeartbeat: (listener) => env.on('heartbeat', listener),
    cancel: () => env.cancel(),
  }
}

interface TypedEnvironment {
  run: <Args extends unknown[], Answer>(act: (...args: Args) => Promise<Answer>, ...args: Args) => Promise<Answer>
  onHeartbeat: (listener: (details: unknown) => void) => void
  cancel: () => void
}
