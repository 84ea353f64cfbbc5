import type { z } from 'zod'
import type { AddedKeys } from '../config/added-keys.ts'
import type { Insecure } from '../config/insecure-parts.ts'
import type { LinkOutline, Outline, PairOutline } from '../config/outline.ts'
import type { Fault, Path } from '../config/place.ts'
import type { Naming, Rename } from '../contract/plan.ts'
import type { ClusterLooks } from '../ports/cluster.ts'
import type { MirroringPort } from '../ports/mirroring.ts'

/** What every link says, whatever mirrors. */
export interface Link {
  from: string
  to: string
  backend: string
  disable: 'ticket' | 'self-service'
}

/** What of the file a link may be made of besides its own entry. */
export interface File {
  clusters: Readonly<Record<string, object>>
  pairs: Readonly<Record<string, { topics: string[]; links: readonly Link[] }>>
}

/** A link of the file as far as it can be read, with its place. */
export interface PlacedLink {
  link: LinkOutline
  pair: PairOutline
  /** `pairs.NAME` */
  pairName: string
  index: number
}

/** How a link calls copies, or groups, where its entry says so. `key`: of its entry. */
export interface NameRule {
  key: string
  type: 'none' | 'rename'
  rename?: Rename
}

/** What of the port not every backend can do. The port that is opened has exactly these. */
export type OptionalAct = 'flush' | 'witness' | 'findings'

export interface Traits {
  /** The link's position can be set; without it a provider keeps it, and it is found by comparing the copies. */
  movesPosition: boolean
  /** It is on or off for all of its instance: it cannot stay on for the topics of another pair alone. */
  offAsAWhole: boolean
  /** A provider enables and disables it, in hours. */
  takesHours: boolean
  can: readonly OptionalAct[]
}

/** What two pairs would both change. */
export interface Shared {
  /** Links of the same key are one thing. */
  key: string
  /** As a part of a sentence. */
  words: string
}

/** What a ticket asks for, besides the direction: the connectors by name, those that follow the source connector first. */
export interface Stops {
  connectors: string[]
  words: string[]
}

/** What is opened: `needs` is what the declaration said that the link depends on. */
export interface Around<Needs> {
  needs: Needs
  /** A link is changed by its own interface: nothing of it writes into a cluster. */
  cluster(this: void, alias: string): ClusterLooks
}

export interface Opening<L, Needs> {
  open(this: void, link: L, around: Around<Needs>): Promise<MirroringPort>
}

/**
 * What is known of a kind of mirroring without asking anybody: no I/O and no SDK is loaded by it, so that the configuration,
 * its documentation and the lab may import it.
 */
export interface MirroringBackend<L extends Link = Link, Needs = unknown> {
  /** As `backend` of a link says it. */
  readonly name: L['backend']
  /** For people who choose one: a part of a sentence. */
  readonly what: string
  /** Of an entry of `links`. */
  readonly link: z.ZodObject
  readonly fileKeys: AddedKeys
  readonly clusterKeys: AddedKeys
  readonly traits: Traits
  /** What no single key of the file can tell, of all its links at once. */
  faults(links: readonly PlacedLink[], file: Outline): Fault[]
  insecure(link: L, path: Path): Insecure[]
  /** Secrets that stand in the entry itself. */
  literalSecrets(link: L, path: Path): Insecure[]
  /** Of an entry that may be faulty. Nothing: copies are called as the pair's `naming` says, and groups keep their ids. */
  names(link: Readonly<Record<string, unknown>>): { copies?: NameRule; groups?: NameRule }
  shared(link: L, file: File): Shared
  stops(link: L): Stops
  /** Between two looks at a change that takes hours, ms. */
  pollMs?(link: L): number
  /** All of the file that the link is made of. As soon as it differs, the link is opened again. */
  dependsOn(link: L, seen: { file: File; pair: string; naming: Naming }): Needs
  /** Loaded when a configuration uses it. */
  opening(): Promise<Opening<L, Needs>>
}
