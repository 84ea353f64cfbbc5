import { backendOf } from '../backends/chosen.ts'
import { namingOf as pairNaming } from '../config/naming.ts'
import type { Config, LinkConfig, PairConfig } from '../config/schema.ts'
import { configurationFault } from '../ports/failures.ts'
import type { Naming } from '../contract/plan.ts'
import { listed } from '../domain/text/listed.ts'
import { invalidInput } from './faults.ts'

export { linkName } from '../domain/names/link-name.ts'
export { listed } from '../domain/text/listed.ts'

/** Only what the file names: "constructor" is no pair. */
function own<T>(named: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined
}

/** Lookups in switchback.yaml by the names a plan uses; what is missing is named together with what there is. */
export function pairConfig(config: Config, pair: string): PairConfig {
  const found = findPair(config, pair)
  if (found === undefined) {
    throw configurationFault(
      `switchback.yaml on the worker has no pair "${pair}"; it has ${listed(Object.keys(config.pairs))}.`,
    )
  }
  return found
}

/** The pair a start input names: refused as input when it is unknown, before anything is asked of it. */
export function namedPair(config: Config, pair: string): PairConfig {
  const found = findPair(config, pair)
  if (found === undefined) {
    throw invalidInput(
      `There is no pair "${pair}": switchback.yaml on the worker has ${listed(Object.keys(config.pairs))}. Start again with one of them.`,
    )
  }
  return found
}

export function findPair(config: Config, pair: string): PairConfig | undefined {
  return own(config.pairs, pair)
}

export function hasCluster(config: Config, alias: string): boolean {
  return own(config.clusters, alias) !== undefined
}

/** Every cluster that a pair may be on: its sides, and those its links lead to. */
export function clustersOf({ primary, secondary, links }: PairConfig): string[] {
  return [...new Set([primary, secondary, ...links.flatMap(({ from, to }) => [from, to])])]
}

export function findLink(pair: PairConfig, from: string, to: string): LinkConfig | undefined {
  return pair.links.find((link) => link.from === from && link.to === to)
}

/** The provider keeps the positions of this link: they are found by comparing the copies, and nobody can set them. */
export function keepsPositions(
  config: Config,
  { pair, from, to }: { pair: string; from: string; to: string },
): boolean {
  const entry = findPair(config, pair)
  const found = entry && findLink(entry, from, to)
  return found !== undefined && !backendOf(found).traits.movesPosition
}

/** Naming of the copies of the pair of this name. */
export function namingOf(config: Config, pair: string): Naming {
  return pairNaming(config, pairConfig(config, pair))
}
