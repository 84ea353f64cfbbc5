import type { Naming } from '../contract/plan.ts'
import { origin, parseRemote, remoteName } from './naming.ts'
import { selectionMatcher } from './selection.ts'

/** How a link calls its copies. `identity`: as the topic they are copies of, so that a name says nothing of where it came from. */
export type CopyNaming =
  { readonly kind: 'suffix' | 'prefix'; readonly separator: string } | { readonly kind: 'identity' }

export interface CycleLink {
  readonly from: string
  readonly to: string
  /** The text of its `topics`. */
  readonly selection: string
  readonly naming: CopyNaming
}

export interface CycleInput {
  /** With the closed set of aliases by which live topics are read. */
  readonly naming: Naming
  /** The link with the selection that it is about to get. */
  readonly link: CycleLink
  /** The other links that mirror now, of every pair; one that is stopped carries nothing and does not belong here. */
  readonly otherLinks: readonly CycleLink[]
  /** Every link that is configured: a copy came by one of them. */
  readonly configured: readonly { readonly from: string; readonly to: string }[]
  /** Topics that exist, by cluster, of those that could be asked. */
  readonly live: ReadonlyMap<string, readonly string[]>
  /** Names of topics that are known to be local, whatever they look like. */
  readonly local: readonly string[]
}

export interface RefusedTopic {
  /** As it is called where the link begins. */
  readonly topic: string
  /** Every station, `alias topic`, from where its records began to where they come round again. */
  readonly loop: string[]
}

interface Station {
  readonly at: string
  readonly topic: string
}

/**
 * Topics the selection must not send ("do not mirror back the original target topic … cyclic effect", the scenario):
 * those whose records would come to a cluster they have been on, by way of this link and any of the others. Patterns
 * count for what they match: topics that exist, and the copies that the links would make of them. The shortest loop of
 * each topic is spelled out. Throws SelectionError for a selection that cannot be judged.
 */
export function refusedTopics(input: CycleInput): RefusedTopic[] {
  const walk = new Walk(input)
  for (const [at, topics] of input.live) {
    for (const topic of topics) walk.from({ at, topic })
  }
  return [...walk.found.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1))
}

/** "A accounting.invoices -> B accounting.invoices.A -> A accounting.invoices.A.B" */
export function loopText({ loop }: RefusedTopic): string {
  return loop.join(' -> ')
}

/**
 * Local topics that look like a copy from where the link leads to (`orders.B` on A, with a link A->B): the mirroring takes
 * them for one and silently leaves them out.
 */
export function misreadTopics(naming: Naming, to: string, local: readonly string[]): string[] {
  return local.filter((topic) => origin(naming, topic).path.includes(to))
}

/** Local topics that the link's copies would be written into: a topic and the name of its copy are both local. */
export function collidingCopies(naming: Naming, from: string, local: readonly string[]): string[] {
  const names = new Set(local)
  return local.map((topic) => remoteName(naming, from, topic)).filter((copy) => names.has(copy))
}

class Walk {
  readonly found = new Map<string, RefusedTopic>()
  readonly #input: CycleInput
  readonly #links: { link: CycleLink; own: boolean; selects: (topic: string) => boolean }[]
  readonly #local: ReadonlySet<string>

  constructor(input: CycleInput) {
    this.#input = input
    this.#local = new Set(input.local)
    const others = input.otherLinks.filter(({ from, to }) => from !== input.link.from || to !== input.link.to)
    this.#links = [input.link, ...others].map((link) => ({
      link,
      own: link === input.link,
      selects: selectionMatcher(link.selection),
    }))
  }

  from(station: Station): void {
    this.#step([...this.#past(station), station], null)
  }

  /** Where the records of a topic have been before, by its name: each hop a link that is configured, up to a local topic. */
  #past({ at, topic }: Station): Station[] {
    if (this.#local.has(topic)) return []
    const hop = parseRemote(this.#input.naming, topic)
    if (hop === null || !this.#input.configured.some(({ from, to }) => from === hop.alias && to === at)) return []
    const before = { at: hop.alias, topic: hop.topic }
    return [...this.#past(before), before]
  }

  /** Ends: a hop leads to a cluster that was not visited, or closes the loop, and there are finitely many clusters. */
  #step(stations: readonly Station[], sent: string | null): void {
    const here = stations.at(-1) as Station
    for (const { link, own, selects } of this.#links) {
      if (link.from !== here.at || !selects(here.topic)) continue
      const next = { at: link.to, topic: copyName(link, here.topic) }
      const through = own ? here.topic : sent
      const all = [...stations, next]
      if (!stations.some(({ at }) => at === next.at)) this.#step(all, through)
      else if (through !== null) this.#refuse(through, all)
    }
  }

  #refuse(topic: string, stations: readonly Station[]): void {
    const known = this.found.get(topic)
    if (known !== undefined && known.loop.length <= stations.length) return
    this.found.set(topic, { topic, loop: stations.map((station) => `${station.at} ${station.topic}`) })
  }
}

function copyName({ naming, from }: CycleLink, topic: string): string {
  if (naming.kind === 'identity') return topic
  return naming.kind === 'suffix' ? topic + naming.separator + from : from + naming.separator + topic
}
