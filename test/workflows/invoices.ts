import { type Config, configSchema } from '../../src/config/schema.ts'
import type { ProductStage } from './product-stage.ts'
import type { MemoryWorld } from '../ports/memory/world.ts'

export const topic = 'accounting.invoices'
export const [writes, reads] = ['User:producer-app', 'User:consumer-app']

interface RawPair extends Record<string, unknown> {
  applications: Record<string, unknown>[]
  links: Record<string, unknown>[]
  timing: Record<string, number>
}

/** As a person writes it, before it is checked. */
export interface RawConfig {
  clusters: Record<string, Record<string, unknown>>
  ibmCloud?: Record<string, unknown>
  pair: RawPair
}

const control = { adapter: 'command', stop: ['true'], start: ['true'], state: ['true'] }

function link(from: string, to: string) {
  return { from, to, connect: { url: `http://127.0.0.1:1/${to}` }, source: { name: `${from}-${to}-source` } }
}

/** The pair of one topic that invoicing writes and billing reads; everything is looked at often. */
export function invoicesConfig(name: string, change: (raw: RawConfig) => void = () => undefined): Config {
  const raw: RawConfig = {
    clusters: { A: { bootstrap: ['127.0.0.1:1'] }, B: { bootstrap: ['127.0.0.1:2'] } },
    pair: {
      primary: 'A',
      secondary: 'B',
      topics: [topic],
      applications: [
        { name: 'invoicing', kind: 'producer', principal: writes, topics: [topic], control },
        { name: 'billing', kind: 'consumer', principal: reads, group: 'billing', topics: [topic], control },
      ],
      links: [link('A', 'B'), link('B', 'A')],
      desk: { adapter: 'webhook', url: 'http://127.0.0.1:1/desk' },
      timing: {
        stability: 100,
        refusedStability: 100,
        poll: 50,
        stepBudget: 4_000,
        askAfter: 2_000,
        stall: 500,
        forcedTry: 2_000,
        ticketReminder: 1_000,
        ticketEscalation: 1_500,
        watch: 500,
      },
    },
  }
  change(raw)
  const { pair, ...rest } = raw
  return configSchema.parse({ ...rest, pairs: { [name]: pair } })
}

/**
 * As it is in normal times: A's log begins behind what retention took, B holds the copies at other offsets, everybody has read
 * everything, and invoicing writes.
 */
export function inNormalTimes(world: MemoryWorld, { copied = true }: { copied?: boolean } = {}): MemoryWorld {
  for (const cluster of world.clusters.values()) {
    cluster.create(topic)
    cluster.acl = [
      [writes, 'Write', 'topic'],
      [reads, 'Read', 'topic'],
      [reads, 'Read', 'group'],
    ].map(([principal = '', operation = '', resource]) => ({
      resource: resource as 'topic' | 'group',
      name: resource === 'group' ? 'billing' : 'accounting.',
      pattern: resource === 'group' ? 'literal' : 'prefixed',
      principal,
      host: '*',
      operation,
      permission: 'allow',
    }))
  }
  const a = world.cluster('A')
  a.produce(topic, numbered(0, 110), 0, 'invoicing')
  a.log(topic).removeBefore(10)
  world.application('invoicing').now = { state: 'running', cluster: 'A', topics: [topic] }
  world.application('billing').now = { state: 'running', cluster: 'A', topics: [topic] }
  if (copied && world.links.has('A->B')) mirrors(world, 'A->B')
  world.traffic.perSecond = 20
  world.goOn()
  return world
}

function mirrors(world: MemoryWorld, name: string): void {
  world.link(name).become('running', String.raw`accounting\.invoices`)
}

export function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `invoice ${from + index}`)
}

/** Right before this act A->B copies nothing any more, and so many records are written that it lacks, until it is let go. */
export function behindOnce({ world, acts }: Pick<ProductStage, 'world' | 'acts'>, act: string, records: number) {
  const replication = world.replication('A->B')
  let over = false
  acts.before = async (what) => {
    if (over || what !== act) return
    over = true
    world.goOn()
    replication.held = true
    world.cluster('A').produce(topic, numbered(1_000, records), 0, 'invoicing')
  }
  return {
    letGo: () => {
      over = true
      replication.held = false
    },
  }
}
