import { offsetCommitV8, offsetFetchV8 } from '@platformatic/kafka'
import type { GroupOffsets } from '../../../contract/evidence.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { expectSuccess, withRowErrors } from '../net/refusal.ts'
import { toOffset } from '../offset.ts'
import { findCoordinators } from './coordinators.ts'

/** No member commits: the group must have none. */
const NO_GENERATION = -1
const NO_EPOCH = -1

/** Committed offsets of all topics of the groups, in the order asked; a group that does not exist has none. */
export async function readCommitted(
  connections: BrokerConnections,
  groups: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<GroupOffsets[]> {
  return overElections(timeoutMs, signal, async () => {
    const coordinators = await findCoordinators(connections, groups, signal)
    const answers = await Promise.all(
      coordinators.map(({ broker, groups: here }) => {
        const asked = here.map((groupId) => ({ groupId, memberEpoch: NO_EPOCH, topics: null }))
        return withRowErrors(connections.call(broker, offsetFetchV8.api, [asked, false], signal))
      }),
    )
    const rows = new Map(answers.flatMap((answer) => answer.groups.map((row) => [row.groupId, row] as const)))
    return groups.map((group) => {
      const row = rows.get(group)
      if (row === undefined) return { group, topics: [] }
      expectSuccess(row.errorCode, `group ${group}`)
      return { group, topics: row.topics.map((topic) => committedOf(group, topic)).filter(hasOffsets) }
    })
  })
}

interface FetchedTopic {
  name: string
  partitions: { partitionIndex: number; committedOffset: bigint; errorCode: number }[]
}

function committedOf(group: string, { name, partitions }: FetchedTopic): GroupOffsets['topics'][number] {
  const offsets = partitions.flatMap(({ partitionIndex, committedOffset, errorCode }): [number, number][] => {
    expectSuccess(errorCode, `partition ${partitionIndex} of ${name} in group ${group}`)
    return committedOffset < 0n ? [] : [[partitionIndex, toOffset(committedOffset, name, partitionIndex)]]
  })
  return { topic: name, offsets: offsets.sort(([a], [b]) => a - b) }
}

function hasOffsets({ offsets }: { offsets: unknown[] }): boolean {
  return offsets.length > 0
}

/** Commits for a group without joining it. The broker refuses with UNKNOWN_MEMBER_ID when the group has members. */
export async function commitOffsets(
  connections: BrokerConnections,
  { group, topics }: GroupOffsets,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  await overElections(timeoutMs, signal, async () => {
    const [coordinator] = await findCoordinators(connections, [group], signal)
    const asked = topics.map(({ topic, offsets }) => ({
      name: topic,
      partitions: offsets.map(([partitionIndex, committed]) => ({
        partitionIndex,
        committedOffset: BigInt(committed),
        committedLeaderEpoch: NO_EPOCH,
        committedMetadata: '',
      })),
    }))
    const broker = coordinator?.broker ?? null
    const call = connections.call(broker, offsetCommitV8.api, [group, NO_GENERATION, '', null, asked], signal)
    for (const { name, partitions } of (await withRowErrors(call)).topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        expectSuccess(errorCode, `partition ${partitionIndex} of ${name} in group ${group}`)
      }
    }
  })
}
