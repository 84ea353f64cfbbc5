import type { Ports } from '../../../src/ports/ports.ts'
import { MemoryPair } from './memory-pair.ts'
import { GROUP, TOPIC } from './names.ts'

/** What a pair of the region has beside the rest: `timing` (ms), and the door by which its links are disabled. */
export type PairSettings = { timing?: Record<string, number>; disable?: 'ticket' | 'self-service' }

export type Region = { ports: Ports; config: object; pairs: MemoryPair[] }

/** Pairs in memory, `p0`, `p1`, …, each with clusters of its own, and the configuration that names them. */
export function region(settings: readonly PairSettings[]): Region {
  const all = settings.map((_, index) => new MemoryPair(index))
  const clusters = new Map(
    all.flatMap(({ source, target }) => [source, target].map((cluster) => [cluster.alias, cluster] as const)),
  )
  const links = new Map(
    all.flatMap(({ link, back }) => [link, back].map((one) => [`${one.from}->${one.to}`, one] as const)),
  )
  const found = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new Error(`the region has no ${what}`)
    return value
  }
  const ports: Ports = {
    cluster: (alias) => found(clusters.get(alias), alias),
    mirroring: (_pair, from, to) => found(links.get(`${from}->${to}`), `${from}->${to}`),
    application: (pair, name) =>
      found(
        all[Number(pair.slice(1))]?.apps.find((app) => app.name === name),
        name,
      ),
    schemaRegistry: () => null,
    desk: (pair) => found(all[Number(pair.slice(1))], pair).desk,
    close: () => Promise.resolve(),
  }
  return { ports, config: configuration(settings), pairs: all }
}

function configuration(settings: readonly PairSettings[]): object {
  const numbers = [...settings.keys()]
  const control = { adapter: 'command', stop: ['true'], start: ['true'], state: ['true'] }
  const common = { topics: [TOPIC], control }
  return {
    temporal: { taskQueue: 'bench' },
    clusters: Object.fromEntries(
      numbers.flatMap((index) =>
        ['A', 'B'].map((side) => [`${side}${index}`, { bootstrap: [`${side}${index}:9092`] }]),
      ),
    ),
    pairs: Object.fromEntries(
      numbers.map((index) => {
        const [a, b] = [`A${index}`, `B${index}`]
        const { timing = {}, disable = 'ticket' } = settings[index] ?? {}
        const link = (from: string, to: string) => ({
          from,
          to,
          disable,
          connect: { url: `http://connect-${to.toLowerCase()}:8083` },
          source: { name: `mirror-${from}-${to}` },
        })
        return [
          `p${index}`,
          {
            primary: a,
            secondary: b,
            topics: [TOPIC],
            applications: [
              { ...common, name: 'invoicing', kind: 'producer', principal: 'User:invoicing' },
              { ...common, name: GROUP, kind: 'consumer', principal: 'User:billing', group: GROUP },
            ],
            links: [link(a, b), link(b, a)],
            timing: { stability: 100, poll: 100, ...timing },
          },
        ]
      }),
    ),
  }
}
