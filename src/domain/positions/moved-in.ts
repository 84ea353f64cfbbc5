import type { MoveRecord } from '../../contract/dossier.ts'
import { type Lookup, searching } from './lookup.ts'

/**
 * Was the topic in this move? A move of some topics leaves the others where they are. The fenced ends tell; without them, as of a
 * dark side, it may have been: what was mirrored lacks a topic of which nothing was.
 */
export function movedIn(
  { fencedEnds }: Pick<MoveRecord, 'fencedEnds'>,
  topic: string,
  find: Lookup = searching,
): boolean {
  return fencedEnds === undefined || find.entry(fencedEnds, topic) !== undefined
}
