import { offsetFetchV8 } from '@platformatic/kafka'
import type { CopyProgress } from '../../../ports/cluster.ts'
import { rejected } from '../../../ports/failures.ts'
import { findCoordinators } from '../groups/coordinators.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { expectSuccess, withRowErrors } from '../net/refusal.ts'
import { toOffset } from '../offset.ts'

/** A copy's group has no member, and never had one. */
const NO_EPOCH = -1

/**
 * What a copy's group has committed: the offset is that of the source to go on with, the metadata what was copied. Offsets
 * of a transaction that is not over are waited for: it may be about to commit.
 */
export function readProgress(
  connections: BrokerConnections,
  group: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<CopyProgress[]> {
  return overElections(timeoutMs, signal, async () => {
    const [coordinator] = await findCoordinators(connections, [group], signal)
    const asked = [{ groupId: group, memberEpoch: NO_EPOCH, topics: null }]
    const call = connections.call(coordinator?.broker ?? null, offsetFetchV8.api, [asked, true], signal)
    const [answer] = (await withRowErrors(call)).groups
    if (answer === undefined) return []
    expectSuccess(answer.errorCode, `group ${group}`)
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.flatMap(({ partitionIndex, committedOffset, metadata, errorCode }): CopyProgress[] => {
        expectSuccess(errorCode, `partition ${partitionIndex} of ${name} in group ${group}`)
        if (committedOffset < 0n) return []
        const next = toOffset(committedOffset, name, partitionIndex)
        return [{ topic: name, partition: partitionIndex, next, ...parsed(group, metadata) }]
      }),
    )
  })
}

/** `{"records":5,"first":100,"last":104}`: beside the offset there is room for a text. */
export function metadataOf({ records, first, last }: CopyProgress): string {
  return JSON.stringify({ records, first, last })
}

function parsed(group: string, metadata: string | null | undefined): Pick<CopyProgress, 'records' | 'first' | 'last'> {
  try {
    const { records, first, last } = JSON.parse(metadata ?? '') as Record<string, unknown>
    if (typeof records === 'number' && typeof first === 'number' && typeof last === 'number')
      return { records, first, last }
  } catch {
    // Said below: whatever it is, it was not written by a copy.
  }
  throw rejected(
    `Group ${group} holds offsets that no copy of Switchback has committed. Somebody else used its name: find out who, and delete the group before trying again.`,
  )
}
