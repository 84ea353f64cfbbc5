import type { Dossier } from '../../contract/dossier.ts'
import { movedIn } from './moved-in.ts'
import { settledRanges } from './settled.ts'

/** Records [from, to) of one partition of a local topic that were written on `cluster` while it was the active side. */
export interface Segment {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  readonly from: number
  /** Null: the side that writes now, or one that went dark and has not been looked at since. */
  readonly to: number | null
}

/**
 * One partition of a local topic in production order, over all moves the dossier remembers: a cut begins a segment on the
 * side moved to and ends the one on the side left, at the fenced end, or where the next cut there finds it. Ranges a
 * person settled so that nobody reads them where they lie are left out. What was moved by hand is not known.
 */
export function segmentsOf(dossier: Dossier, topic: string, partition: number): Segment[] {
  return legsOf(dossier, topic, partition).flatMap((leg) => withoutSettled(dossier, leg))
}

/** The same with what was settled in it: nobody reads that any more, but a group may have read it before. */
export function legsOf(dossier: Dossier, topic: string, partition: number): Segment[] {
  const all = cutsInOrder(dossier)
  const cuts = all.filter((cut) => moved(dossier, cut, topic))
  const offsetAt = (cut: (typeof cuts)[number]) =>
    cut.topics.find((entry) => entry.topic === topic)?.offsets.find(([p]) => p === partition)?.[1] ?? 0
  const begun = [
    // What never moved is still where the pair was before it moved anything.
    { cluster: firstSide(dossier, cuts[0] ?? all[0]), from: 0 },
    ...cuts.map((cut) => ({ cluster: cut.cluster, from: offsetAt(cut) })),
  ]
  return begun.flatMap(({ cluster, from }, index) => {
    const again = cuts.find((cut, later) => later > index && cut.cluster === cluster)
    const left = cuts[index]
    const to = again ? offsetAt(again) : left ? fencedEnd(dossier, cluster, left, topic, partition) : null
    return to !== null && from >= to ? [] : [{ cluster, topic, partition, from, to }]
  })
}

/** A cut marked twice for one move (a run that stepped back, and the next one) counts once, as the later one found it. */
function cutsInOrder({ cuts }: Dossier): Dossier['cuts'] {
  return cuts.filter(({ cluster }, index) => cuts[index + 1]?.cluster !== cluster)
}

/**
 * A move of some topics leaves the others where they are. A topic that the cut does not know was not on the target then: the fenced
 * ends tell whether it moved. Where there are none, as before a move is on record, it is taken for one that did.
 */
function moved({ moves }: Dossier, cut: Dossier['cuts'][number], topic: string): boolean {
  if (cut.topics.some((entry) => entry.topic === topic)) return true
  const move = moves.findLast(({ episode, to }) => episode === cut.episode && to === cut.cluster)
  return move === undefined || movedIn(move, topic)
}

function firstSide({ moves, active, standby }: Dossier, cut: Dossier['cuts'][number] | undefined): string {
  if (cut === undefined) return active
  const move = moves.find(({ episode, to }) => episode === cut.episode && to === cut.cluster)
  return move?.from ?? (active === cut.cluster ? standby : active)
}

function fencedEnd(
  { moves }: Dossier,
  from: string,
  cut: Dossier['cuts'][number],
  topic: string,
  partition: number,
): number | null {
  const move = moves.findLast((one) => one.episode === cut.episode && one.from === from && one.to === cut.cluster)
  const ends = move?.fencedEnds?.find((entry) => entry.topic === topic)?.partitions
  return ends?.find(([p]) => p === partition)?.[2] ?? null
}

function withoutSettled(dossier: Dossier, segment: Segment): Segment[] {
  const pieces: Segment[] = []
  let from = segment.from
  for (const settled of settledRanges(dossier, segment.cluster, segment.topic, segment.partition)) {
    if (settled.to <= from || (segment.to !== null && settled.from >= segment.to)) continue
    if (settled.from > from) pieces.push({ ...segment, from, to: settled.from })
    from = settled.to
  }
  return segment.to !== null && from >= segment.to ? pieces : [...pieces, { ...segment, from }]
}
