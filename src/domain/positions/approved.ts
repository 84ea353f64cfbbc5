import {
  type ApprovedPositions,
  type OffsetPlan,
  type PositionBasis,
  positionBases,
} from '../../contract/offset-plan.ts'
import type { Expectations, Plan } from '../../contract/plan.ts'
import { remoteName } from '../names/naming.ts'
import { readBy } from './read-by.ts'

/** One letter for each basis, and one for a partition there was no row for. */
const letters = 'drual'
const none = '-'

/**
 * What an approval binds of where the groups continue: for every local topic a group reads, in the plan's order, the bases
 * of its copy's partitions and of its own, as `rr/dd`; equal neighbours once, as `dd/dd*1000`. Offsets are not in it:
 * producers go on while a person reads, and an approval stays valid meanwhile.
 */
export function approvedPositions(plan: Plan, { groups }: OffsetPlan): ApprovedPositions[] {
  return readBy(plan).map(({ group, topics }) => {
    const rows = groups.find((entry) => entry.group === group)?.rows ?? []
    const words = new Map<string, string[]>()
    for (const [topic, partition, , , , , , basis] of rows) {
      const word = words.get(topic) ?? []
      word[partition] = basis === undefined ? none : (letters[positionBases.indexOf(basis)] ?? none)
      words.set(topic, word)
    }
    const wordOf = (topic: string) => Array.from(words.get(topic) ?? [], (letter) => letter ?? none).join('')
    const pairs = topics.map((topic) => `${wordOf(remoteName(plan.naming, plan.source, topic))}/${wordOf(topic)}`)
    return { group, bases: folded(pairs) }
  })
}

function folded(words: readonly string[]): string {
  const runs: { word: string; times: number }[] = []
  for (const word of words) {
    const last = runs.at(-1)
    if (last?.word === word) last.times += 1
    else runs.push({ word, times: 1 })
  }
  return runs.map(({ word, times }) => (times === 1 ? word : `${word}*${times}`)).join(' ')
}

/** The basis that was approved for a partition; undefined where there was no row for it. */
export function approvedBasis(
  plan: Plan,
  positions: readonly ApprovedPositions[],
): (group: string, topic: string, partition: number) => PositionBasis | undefined {
  const words = new Map<string, string>()
  for (const { group, topics } of readBy(plan)) {
    const bases = positions.find((entry) => entry.group === group)?.bases ?? ''
    const pairs = bases.split(' ').flatMap((run) => {
      const [word = '', times = '1'] = run.split('*')
      return Array.from({ length: Number(times) }, () => word)
    })
    for (const [index, topic] of topics.entries()) {
      const [copy = '', local = ''] = (pairs[index] ?? '').split('/')
      words.set(key(group, remoteName(plan.naming, plan.source, topic)), copy)
      words.set(key(group, topic), local)
    }
  }
  return (group, topic, partition) => {
    const letter = words.get(key(group, topic))?.[partition]
    return letter === undefined || letter === none ? undefined : positionBases[letters.indexOf(letter)]
  }
}

function key(group: string, topic: string): string {
  return `${group}\u0000${topic}`
}

/** Reasons named for each group; the plan has them all. */
const namedPlaces = 5

/**
 * Why an offset plan is not within what was approved, one sentence for each group; none: it is. A position may become surer
 * than was approved, never less sure; and a group may not read more twice than was declared. Partitions nobody saw before
 * may be read from their start: nothing is skipped there, and what it costs is in the group's sum.
 */
export function beyondApproval(plan: Plan, { positions, duplicates }: Expectations, now: OffsetPlan): string[] {
  if (positions === undefined) return []
  const basisOf = approvedBasis(plan, positions)
  return now.groups.flatMap(({ group, rows, duplicates: records }) => {
    if (!positions.some((entry) => entry.group === group)) return [`${group} is not in the approved plan`]
    const worse = rows.filter(([topic, partition, , , , , , basis]) => {
      const approved = basisOf(group, topic, partition) ?? 'untold'
      return basis !== undefined && positionBases.indexOf(basis) > positionBases.indexOf(approved)
    })
    const declared = duplicates.find((entry) => entry.group === group)?.records ?? 0
    const places = worse
      .slice(0, namedPlaces)
      .map(([topic, partition, , , , , why]) => `${topic}-${partition} (${why})`)
      .join(', ')
    const more = worse.length > namedPlaces ? ` and ${worse.length - namedPlaces} more partitions` : ''
    return [
      ...(worse.length === 0 ? [] : [`${group} would not continue as approved: ${places}${more}`]),
      ...(records > declared
        ? [`${group} would read up to ${records} records twice, where at most ${declared} were declared`]
        : []),
    ]
  })
}
