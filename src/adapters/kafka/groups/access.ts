import { describeGroupsV5 } from '@platformatic/kafka'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { expectSuccess, withRowErrors } from '../net/refusal.ts'
import { findCoordinators } from './coordinators.ts'

/** Bit of the authorized operations: 1 << the operation's code. */
const READ = 1 << 3
const GROUP_AUTHORIZATION_FAILED = 30
const GROUP_ID_NOT_FOUND = 69

/**
 * Asks each group's coordinator, as the principal, what it may do with the group: also with one that does not exist yet.
 * Whom the broker does not even let describe a group may not read as it: reading includes describing.
 */
export function askGroupAccess(
  admin: BrokerConnections,
  asPrincipal: BrokerConnections,
  groups: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ allowed: string[]; denied: string[] }> {
  return overElections(timeoutMs, signal, async () => {
    const allowed = new Set<string>()
    for (const { broker, groups: kept } of await findCoordinators(admin, groups, signal)) {
      const answer = await withRowErrors(asPrincipal.call(broker, describeGroupsV5.api, [kept, true], signal))
      for (const { errorCode, groupId, authorizedOperations } of answer.groups) {
        if (errorCode === GROUP_AUTHORIZATION_FAILED) continue
        if (errorCode !== GROUP_ID_NOT_FOUND) expectSuccess(errorCode, `group ${groupId}`)
        if ((authorizedOperations & READ) !== 0) allowed.add(groupId)
      }
    }
    return {
      allowed: groups.filter((group) => allowed.has(group)),
      denied: groups.filter((group) => !allowed.has(group)),
    }
  })
}
