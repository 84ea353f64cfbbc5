import type { GroupOffsets, TopicEnds } from '../../../contract/evidence.ts'
import { precondition } from '../../../ports/failures.ts'
import { readEnds } from '../ends.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { BrokerRefusal } from '../net/refusal.ts'
import { commitOffsets, readCommitted } from './offsets.ts'
import { readGroupStates } from './states.ts'

/** Answers that mean: the group has members, or is being joined right now. */
const membersErrors = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'STALE_MEMBER_EPOCH',
  'FENCED_MEMBER_EPOCH',
])
/** How many places a refusal names. */
const NAMED = 5

/**
 * Sets a group's offsets, all or none of what was checked: every partition exists, every offset lies in [start, end], and
 * the group has no member. The broker itself checks only the last. What it keeps is read back.
 */
export async function placeGroup(
  connections: BrokerConnections,
  wanted: GroupOffsets,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const topics = wanted.topics.map(({ topic }) => topic)
  const faults = misplaced(wanted, await readEnds(connections, topics, timeoutMs, signal), connections.alias)
  if (faults.length > 0) {
    const more = faults.length > NAMED ? ` (and ${faults.length - NAMED} more)` : ''
    throw precondition(
      `Cannot set the offsets of group ${wanted.group} on cluster ${connections.alias}: ${faults.slice(0, NAMED).join('; ')}${more}. Nothing was set.`,
    )
  }
  await refuseActive(connections, wanted.group, timeoutMs, signal, null)
  try {
    await commitOffsets(connections, wanted, timeoutMs, signal)
  } catch (error) {
    if (error instanceof BrokerRefusal && membersErrors.has(error.error)) {
      await refuseActive(connections, wanted.group, timeoutMs, signal, error)
    }
    throw error
  }
  await expectKept(connections, wanted, timeoutMs, signal)
}

/** Each offset without a place, as a phrase. */
function misplaced({ topics }: GroupOffsets, ends: TopicEnds[], alias: string): string[] {
  const byTopic = new Map(ends.map((row) => [row.topic, row]))
  return topics.flatMap(({ topic, offsets }) => {
    const partitions = byTopic.get(topic)?.partitions
    if (partitions === undefined) return [`${topic} does not exist on ${alias}`]
    return offsets.flatMap(([partition, offset]) => {
      const row = partitions.find(([number]) => number === partition)
      if (row === undefined) return [`${topic} has no partition ${partition} (it has ${partitions.length})`]
      const [, start, end] = row
      if (Number.isSafeInteger(offset) && offset >= start && offset <= end) return []
      return [`partition ${partition} of ${topic}: ${offset} is not within ${start} and ${end}`]
    })
  })
}

/** `refusal`: what the broker answered to the write; then the group counts as active whatever it looks like by now. */
async function refuseActive(
  connections: BrokerConnections,
  group: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  refusal: BrokerRefusal | null,
): Promise<void> {
  const [state] = await readGroupStates(connections, [group], timeoutMs, signal)
  const free = state?.state === 'empty' || state?.state === 'absent'
  if (free && refusal === null) return
  if (state?.protocol === 'share') {
    throw precondition(
      `Cannot set the offsets of group ${group} on cluster ${connections.alias}: it is a share group there, which has no committed offsets. Give the consumer another group, or delete this one. Nothing was set.`,
    )
  }
  const who =
    state !== undefined && state.members.length > 0 ? state.members.join(', ') : 'members that cannot be named'
  const how = refusal === null ? '' : ` (the broker answered ${refusal.error})`
  throw precondition(
    `Cannot set the offsets of group ${group} on cluster ${connections.alias}: the group is ${state?.state ?? 'unknown'}, with ${who}${how}. Stop its consumers and try again. Nothing was set.`,
  )
}

async function expectKept(
  connections: BrokerConnections,
  wanted: GroupOffsets,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [kept] = await readCommitted(connections, [wanted.group], timeoutMs, signal)
  const offsets = new Map(
    kept?.topics.flatMap(({ topic, offsets }) =>
      offsets.map(([partition, offset]) => [`${topic}-${partition}`, offset] as const),
    ),
  )
  for (const { topic, offsets: rows } of wanted.topics) {
    for (const [partition, offset] of rows) {
      const is = offsets.get(`${topic}-${partition}`)
      if (is === offset) continue
      throw precondition(
        `Group ${wanted.group} on cluster ${connections.alias} was set to ${offset} on partition ${partition} of ${topic}, but stands at ${is ?? 'no offset'} now: somebody else commits for it. Stop its consumers and try again.`,
      )
    }
  }
}
