import type { OpenChoice, SeenRanges } from '../../contract/choices.ts'
import type { GroupOffsets, TopicEnds, TopicOffsets } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { committedOf } from '../positions/committed.ts'
import { rangesOf } from './ranges.ts'

type Uncommitted = Extract<OpenChoice, { about: 'uncommitted' }>

/** An offset no log reaches: whatever is there counts as read. */
const behindAll = Number.MAX_SAFE_INTEGER

/**
 * Partitions with something in them where a group has no commit, by group: nobody can tell what it has read there, and a drain would
 * wait for it from the start of the log. `readers`: with everything they read on that side, copies included.
 */
export function uncommittedRanges(
  readers: readonly { group: string; topics: readonly string[] }[],
  ends: readonly TopicEnds[],
  committed: readonly GroupOffsets[],
): Uncommitted[] {
  return readers.flatMap(({ group, topics: read }) => {
    const topics = rangesOf(ends, read, ({ topic }, [partition, start, end]) =>
      committedOf(committed, group, topic, partition) === undefined ? [start, end] : null,
    )
    return topics.length === 0 ? [] : [{ about: 'uncommitted' as const, group, topics }]
  })
}

/** What lies behind the commits of a group, where it has one. */
export function behindCommits(
  { group, topics: read }: { group: string; topics: readonly string[] },
  ends: readonly TopicEnds[],
  committed: readonly GroupOffsets[],
): SeenRanges[] {
  return rangesOf(ends, read, ({ topic }, [partition, start, end]) => {
    const at = committedOf(committed, group, topic, partition)
    return at === undefined ? null : [Math.max(at, start), end]
  })
}

/** From where on a drain waits for a group where it has no commit: behind what was chosen to count as read. */
export function drainedFrom({ choices = [] }: Pick<Plan, 'choices'>, group: string): TopicOffsets[] {
  return choices
    .filter((choice) => choice.about === 'uncommitted' && choice.group === group)
    .flatMap(({ action, topics }) =>
      topics.map(({ topic, rows }) => ({
        topic,
        offsets: rows.map(([partition, , to]): [number, number] => [partition, action === 'end' ? to : behindAll]),
      })),
    )
}

/** Did a person choose that the group begins at the beginning of what it has no commit on? `topic`: on the source. */
export function beginsAtStart(
  { choices = [] }: Pick<Plan, 'choices'>,
  group: string,
  topic: string,
  partition: number,
): boolean {
  return choices.some(
    (choice) =>
      choice.about === 'uncommitted' &&
      choice.action === 'beginning' &&
      choice.group === group &&
      choice.topics.some((entry) => entry.topic === topic && entry.rows.some(([number]) => number === partition)),
  )
}
