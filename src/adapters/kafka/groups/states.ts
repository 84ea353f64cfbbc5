import { describeGroupsV5, listGroupsV4, listGroupsV5 } from '@platformatic/kafka'
import type { GroupState } from '../../../ports/cluster.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { expectSuccess, refusalOf, withRowErrors } from '../net/refusal.ts'
import { CONSUMER_GROUP_DESCRIBE, consumerGroupDescribe } from './consumer-group-describe.ts'
import { findCoordinators, newestVersion, type Coordinator } from './coordinators.ts'

const GROUP_ID_NOT_FOUND = 69
const GROUP_AUTHORIZATION_FAILED = 30
const LIST_GROUPS = 16

/** Words of both protocols for a group with members. */
const activeStates = new Set([
  'Stable',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
  'NotReady',
])

/**
 * Both protocols are asked, because each calls the other's groups dead: the new one first, the classic one for what it
 * does not know, and the list for what neither knows (groups of streams and share consumers). Anything not understood is
 * `unknown`, never `empty`.
 */
export async function readGroupStates(
  connections: BrokerConnections,
  groups: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<GroupState[]> {
  return overElections(timeoutMs, signal, async () => {
    const coordinators = await findCoordinators(connections, groups, signal)
    const parts = await Promise.all(coordinators.map((one) => statesAt(connections, one, signal)))
    const states = new Map(parts.flat().map((state) => [state.group, state]))
    return groups.map((group) => states.get(group) ?? stateOf(group, 'unknown', 'unknown'))
  })
}

async function statesAt(
  connections: BrokerConnections,
  coordinator: Coordinator,
  signal: AbortSignal | undefined,
): Promise<GroupState[]> {
  const consumer = await describeConsumer(connections, coordinator, signal)
  const known = new Set(consumer.map(({ group }) => group))
  const rest = coordinator.groups.filter((group) => !known.has(group))
  const classic = await describeClassic(connections, { ...coordinator, groups: rest }, signal)
  const dead = classic.filter(({ state }) => state === 'absent')
  const listed = dead.length === 0 ? new Map<string, GroupState>() : await listedAt(connections, coordinator, signal)
  return [
    ...consumer,
    ...classic.map((state) => (state.state === 'absent' ? (listed.get(state.group) ?? state) : state)),
  ]
}

/** Groups of the KIP-848 protocol among them; none on brokers that do not know it. */
async function describeConsumer(
  connections: BrokerConnections,
  { broker, groups }: Coordinator,
  signal: AbortSignal | undefined,
): Promise<GroupState[]> {
  if ((await newestVersion(connections, broker, CONSUMER_GROUP_DESCRIBE, signal)) === undefined) return []
  const rows = await connections.call(broker, consumerGroupDescribe, [groups, false], signal)
  return rows.flatMap(({ errorCode, group, state, members }) => {
    if (errorCode === GROUP_ID_NOT_FOUND) return []
    if (errorCode === GROUP_AUTHORIZATION_FAILED || refusalOf(errorCode, group).passing) {
      throw refusalOf(errorCode, `group ${group}`)
    }
    if (errorCode !== 0) return [stateOf(group, 'unknown', 'consumer')]
    const described = stateOf(group, wordFor(state, members.length), 'consumer', members.map(memberText))
    return [
      withInstances(
        described,
        members.map(({ instance }) => instance),
      ),
    ]
  })
}

async function describeClassic(
  connections: BrokerConnections,
  { broker, groups }: Coordinator,
  signal: AbortSignal | undefined,
): Promise<GroupState[]> {
  if (groups.length === 0) return []
  const answer = await withRowErrors(connections.call(broker, describeGroupsV5.api, [groups, false], signal))
  return answer.groups.map(({ errorCode, groupId, groupState, members }) => {
    if (errorCode === GROUP_ID_NOT_FOUND) return stateOf(groupId, 'absent', 'unknown')
    expectSuccess(errorCode, `group ${groupId}`)
    if (groupState === 'Dead') return stateOf(groupId, 'absent', 'unknown')
    const texts = members.map(({ clientId, clientHost }) => memberText({ clientId, host: clientHost }))
    const described = stateOf(groupId, wordFor(groupState, members.length), 'classic', texts)
    return withInstances(
      described,
      members.map(({ groupInstanceId }) => groupInstanceId),
    )
  })
}

async function listedAt(
  connections: BrokerConnections,
  { broker }: Coordinator,
  signal: AbortSignal | undefined,
): Promise<Map<string, GroupState>> {
  const version = (await newestVersion(connections, broker, LIST_GROUPS, signal)) ?? 0
  const list = version >= 5 ? listGroupsV5.api : listGroupsV4.api
  const answer = await withRowErrors(connections.call(broker, list, [[], []], signal))
  expectSuccess(answer.errorCode, 'the list of groups')
  return new Map(answer.groups.map((listed) => [listed.groupId, listedState(listed)]))
}

/** What the list tells of a group that no description does: its kind and its state, and no members. */
function listedState(listed: { groupId: string; groupState: string; groupType?: string }): GroupState {
  const protocol = listed.groupType?.toLowerCase()
  if (protocol === 'streams') return stateOf(listed.groupId, wordFor(listed.groupState, 0), 'streams')
  // A share group, whether it has members or not, has nothing to be placed; or one appeared in between.
  return stateOf(listed.groupId, 'unknown', protocol === 'share' ? 'share' : 'unknown')
}

function wordFor(state: string, members: number): GroupState['state'] {
  if (activeStates.has(state) || members > 0) return 'active'
  return state === 'Empty' ? 'empty' : 'unknown'
}

function stateOf(
  group: string,
  state: GroupState['state'],
  protocol: GroupState['protocol'],
  members: string[] = [],
): GroupState {
  return { group, state, protocol, members }
}

function withInstances(state: GroupState, ids: (string | null | undefined)[]): GroupState {
  const instances = ids.flatMap((id) => (id === null || id === undefined || id === '' ? [] : [id]))
  return instances.length === 0 ? state : { ...state, instances }
}

function memberText({ clientId, host }: { clientId: string; host: string }): string {
  return `${clientId} at ${host.replace(/^\//, '')}`
}
