import type { Naming } from '../contract/plan.ts'
import { origin, remoteName } from './naming.ts'
import { matchesSelection } from './selection.ts'

export interface CycleInput {
  readonly naming: Naming
  /** The selection the link from->to is about to get. */
  readonly selection: string
  /** Topics that exist on `from`. */
  readonly liveTopics: readonly string[]
  readonly from: string
  readonly to: string
  /** The other links that mirror now; one that is stopped carries nothing and does not belong here. */
  readonly otherLinks: readonly { readonly from: string; readonly to: string; readonly selection: string }[]
}

export interface RefusedTopic {
  readonly topic: string
  /** Every station, `alias:topic`, from the topic to where its records come round again. */
  readonly loop: string[]
}

/**
 * Topics the selection must not send ("do not mirror back the original target topic … cyclic effect", the scenario):
 * those that came from `to`, by any hop, and those that other links would carry round to a cluster they have been on.
 * Throws SelectionError for a selection that cannot be judged.
 */
export function refusedTopics(input: CycleInput): RefusedTopic[] {
  const refused: RefusedTopic[] = []
  for (const topic of input.liveTopics) {
    if (!matchesSelection(input.selection, topic)) continue
    const start = [`${input.from}:${topic}`]
    const visited = [...origin(input.naming, topic).path, input.from]
    const loop = follow(input, { at: input.to, topic: remoteName(input.naming, input.from, topic) }, visited, start)
    if (loop !== null) refused.push({ topic, loop })
  }
  return refused
}

/** Ends: every hop visits a new cluster or closes the loop, and links are finite. */
function follow(
  input: CycleInput,
  station: { at: string; topic: string },
  visited: string[],
  stations: string[],
): string[] | null {
  const here = [...stations, `${station.at}:${station.topic}`]
  if (visited.includes(station.at)) return here
  for (const link of input.otherLinks) {
    if (link.from !== station.at || (link.from === input.from && link.to === input.to)) continue
    if (!matchesSelection(link.selection, station.topic)) continue
    const copy = { at: link.to, topic: remoteName(input.naming, station.at, station.topic) }
    const loop = follow(input, copy, [...visited, station.at], here)
    if (loop !== null) return loop
  }
  return null
}
