import type { MoveRecord, Reread } from '../../contract/dossier.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import type { Plan } from '../../contract/plan.ts'
import { remoteName } from '../names/naming.ts'
import { readBy } from './read-by.ts'

/** Places of a group in copies, to be counted: by local topic, [partition, offset placed at, end of the copy then]. */
export interface RereadPlaces {
  group: string
  topics: { topic: string; rows: [partition: number, chosen: number, end: number][] }[]
}

/** Of one group and partition: records of the copy it was to read, and of those the ones it had not read. Null: not told. */
export interface CountedPlace {
  placed: number | null
  unread: number | null
}

/**
 * What a move declares that its groups may read twice. Who had read the source to its end and is placed behind all of it
 * reads nothing twice: that is proven already. All else is open until the side that was left tells.
 */
export function rereadDeclared({ groups }: OffsetPlan, drainedGroups: readonly string[]): Reread[] {
  return groups.map(({ group, duplicates }) => {
    const proven = duplicates === 0 && drainedGroups.includes(group)
    return { group, declared: duplicates, counted: proven ? 0 : null, unknown: 0 }
  })
}

/**
 * The places of a move that can be counted. A group that did not drain was placed in the copy somewhere before its end, so
 * the end is what its row declares.
 */
export function rereadPlaces(
  plan: Pick<Plan, 'applications' | 'groups' | 'naming'>,
  move: MoveRecord,
  offsets: OffsetPlan,
): RereadPlaces[] {
  const open = (move.reread ?? []).filter(
    ({ group, counted }) => counted === null && !move.drainedGroups.includes(group),
  )
  return open.flatMap(({ group }) => {
    const rows = offsets.groups.find((entry) => entry.group === group)?.rows ?? []
    const topics = readBy(plan).find((entry) => entry.group === group)?.topics ?? []
    const places = topics.map((topic) => {
      const copy = remoteName(plan.naming, move.from, topic)
      const ofCopy = rows.filter(([name]) => name === copy)
      return {
        topic,
        rows: ofCopy.map(([, partition, chosen, , , duplicates]): [number, number, number] => [
          partition,
          chosen,
          chosen + duplicates,
        ]),
      }
    })
    return [{ group, topics: places.filter((place) => place.rows.length > 0) }]
  })
}

/**
 * Read twice is what a group was to read in the copy, less what of that it had not read. Fewer than none: it was placed
 * behind records it had not read, which is loss, and is told. Exact but for what it had processed and not come to commit.
 */
export function judgeReread(reread: Reread, places: readonly CountedPlace[]): Reread {
  const known = places.flatMap(({ placed, unread }) => (placed === null || unread === null ? [] : [placed - unread]))
  const skipped = known.reduce((sum, again) => sum + Math.max(0, -again), 0)
  return {
    ...reread,
    counted: known.length === 0 ? null : known.reduce((sum, again) => sum + Math.max(0, again), 0),
    unknown: places.length - known.length,
    ...(skipped === 0 ? {} : { skipped }),
  }
}

/** One clause for each group: "billing: 12 records of at most 40 declared". */
export function rereadText({ group, declared, counted, unknown, skipped }: Reread): string {
  return [
    counted === null
      ? `${group}: at most ${declared} declared, not counted`
      : `${group}: ${counted} of at most ${declared} declared`,
    ...(unknown === 0 ? [] : [`${unknown} partitions could not be counted`]),
    ...(skipped === undefined ? [] : [`${skipped} records it had not read were PASSED OVER`]),
  ].join(', ')
}
