import { deleteGroupsV2 } from '@platformatic/kafka'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { expectSuccess, withRowErrors } from '../net/refusal.ts'
import { findCoordinators } from './coordinators.ts'

const GROUP_ID_NOT_FOUND = 69

/** Deletes one group with its commits. One that is gone already is what was wanted. */
export function deleteGroup(
  connections: BrokerConnections,
  group: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return overElections(timeoutMs, signal, async () => {
    const [coordinator] = await findCoordinators(connections, [group], signal)
    const broker = coordinator?.broker ?? null
    const { results } = await withRowErrors(connections.call(broker, deleteGroupsV2.api, [[group]], signal))
    for (const { errorCode } of results)
      if (errorCode !== GROUP_ID_NOT_FOUND) expectSuccess(errorCode, `group ${group}`)
  })
}
