import type { Naming, NameTransform } from '../../contract/plan.ts'
import { unrenamed } from './name-transform.ts'
import { isMirrored, keepsNames, mayComeFrom, origin, parseRemote, remoteName } from './naming.ts'
import { selectionMatcher } from './selection.ts'

export interface CycleLink {
  readonly from: string
  readonly to: string
  /** The text of its `topics`. */
  readonly selection: string
  /** How it calls its copies. */
  readonly naming: Naming
}

/** A link that is configured. `transform`: how it calls its copies instead of by an alias. */
export interface CycleRoute {
  readonly from: string
  readonly to: string
  readonly transform?: NameTransform | undefined
}

/** What mirrors now besides one link, and where topics live: what the cycle guard walks on. */
export interface MirroringNow {
  otherLinks: CycleLink[]
  configured: CycleRoute[]
  live: Map<string, string[]>
}

export interface CycleInput {
  /** With the closed set of aliases by which live topics are read. */
  readonly naming: Naming
  /** The link with the selection that it is about to get. */
  readonly link: CycleLink
  /** The other links that mirror now, of every pair; one that is stopped carries nothing and does not belong here. */
  readonly otherLinks: readonly CycleLink[]
  /** Every link that is configured: a copy came by one of them. */
  readonly configured: readonly CycleRoute[]
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
  /** MirrorMaker's own guard keeps it back: a link on the way leaves out what carries the alias of where it leads to. */
  readonly guarded: boolean
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
  return local.filter((topic) => mayComeFrom(naming, topic, to))
}

/**
 * Local topics that the link's copies would be written into: a topic and the name of its copy are both local. Where names
 * are kept that is how it is meant.
 */
export function collidingCopies(naming: Naming, from: string, local: readonly string[]): string[] {
  if (keepsNames(naming, from)) return []
  const names = new Set(local)
  return local.map((topic) => remoteName(naming, from, topic)).filter((copy) => names.has(copy))
}

class Walk {
  readonly found = new Map<string, RefusedTopic>()
  readonly #input: CycleInput
  readonly #links: { link: CycleLink; own: boolean; selects: (topic: string) => boolean }[]
  readonly #local: ReadonlySet<string>
  /** By where they lead to. */
  readonly #routes = new Map<string, CycleRoute[]>()

  constructor(input: CycleInput) {
    this.#input = input
    this.#local = new Set(input.local)
    for (const route of input.configured) this.#routes.set(route.to, [...(this.#routes.get(route.to) ?? []), route])
    const others = input.otherLinks.filter(({ from, to }) => from !== input.link.from || to !== input.link.to)
    this.#links = [input.link, ...others].map((link) => ({
      link,
      own: link === input.link,
      selects: selectionMatcher(link.selection),
    }))
  }

  from(station: Station): void {
    for (const past of this.#pasts(station, [])) this.#step([...past, station], null)
  }

  /**
   * Where the records of a topic may have been before, by its name: each hop a link that is configured, up to a local topic.
   * An alias in it is one reading; renames may leave several. A name that is kept tells nothing.
   */
  #pasts({ at, topic }: Station, later: readonly Station[]): Station[][] {
    if (this.#local.has(topic) || later.some((one) => one.at === at && one.topic === topic)) return [[]]
    const pasts = this.#before({ at, topic }).flatMap((before) =>
      this.#pasts(before, [...later, { at, topic }]).map((past) => [...past, before]),
    )
    return pasts.length === 0 ? [[]] : pasts
  }

  #before({ at, topic }: Station): Station[] {
    const hop = parseRemote({ ...this.#input.naming, copies: {} }, topic)
    return (this.#routes.get(at) ?? []).flatMap(({ from, transform }) => {
      if (transform === undefined) return hop?.alias === from ? [{ at: from, topic: hop.topic }] : []
      const before = transform.type === 'rename' ? unrenamed(transform.rename, topic) : null
      return before === null ? [] : [{ at: from, topic: before }]
    })
  }

  /** Ends: a hop leads to a cluster that was not visited, or closes the loop, and there are finitely many clusters. */
  #step(stations: readonly Station[], sent: string | null): void {
    const here = stations.at(-1) as Station
    for (const { link, own, selects } of this.#links) {
      if (link.from !== here.at || !isMirrored(link.naming, link.from, here.topic) || !selects(here.topic)) continue
      const next = { at: link.to, topic: remoteName(link.naming, link.from, here.topic) }
      const through = own ? here.topic : sent
      const all = [...stations, next]
      if (!stations.some(({ at }) => at === next.at)) this.#step(all, through)
      else if (through !== null) this.#refuse(through, all)
    }
  }

  /** `MirrorSourceConnector.isCycle`: by the aliases in a topic's name, where the copies are called by them. */
  #guarded(stations: readonly Station[]): boolean {
    const { naming } = this.#input
    if (naming.copies !== undefined) return false
    return stations.some(
      ({ topic }, index) =>
        index < stations.length - 1 && origin(naming, topic).path.includes(stations[index + 1]?.at ?? ''),
    )
  }

  #refuse(topic: string, stations: readonly Station[]): void {
    const known = this.found.get(topic)
    const guarded = this.#guarded(stations)
    // One way that nothing guards is enough; of equal ones the shortest is shown.
    if (known !== undefined && (known.guarded === guarded ? known.loop.length <= stations.length : guarded)) return
    this.found.set(topic, { topic, guarded, loop: stations.map((station) => `${station.at} ${station.topic}`) })
  }
}
