import kafkajs from 'kafkajs'
import { expect, test } from 'vitest'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { listedByEach, notYetEverywhere } from '../../src/adapters/kafka/acl-listings.ts'
import { accessOfAll, askAccess } from '../../src/adapters/kafka/access.ts'
import type { BrokerAddress, BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { derivedAccess } from '../../src/domain/fence/fence.ts'

/** Brokers learn of ACLs one by one, after seconds where a controller was just lost: what one says is not what all do. */

const { TOPIC } = kafkajs.AclResourceTypes
const READ_AND_WRITE = (1 << 3) | (1 << 4)
const deny: AclEntry = {
  resource: 'topic',
  name: 'orders',
  pattern: 'literal',
  principal: 'User:app',
  host: '*',
  operation: 'Write',
  permission: 'deny',
}
const allow: AclEntry = { ...deny, permission: 'allow' }
const wireDeny = { principal: 'User:app', host: '*', operation: 4, permissionType: 2 }

/** Brokers 1 and 2, each leading a partition of orders. `answers`: what each lists, may do, or why it cannot be reached. */
function cluster(answers: Record<number, { acls?: object[]; operations?: number; gone?: true }>): BrokerConnections {
  const call = (broker: BrokerAddress | null, _api: unknown, args: unknown[]) => {
    const answer = answers[broker?.port ?? 1]
    if (broker !== null && answer?.gone) return Promise.reject(new Error('connect ECONNREFUSED'))
    if (!Array.isArray(args[0]) && args[0] !== null)
      return Promise.resolve({
        resources: [{ resourceType: TOPIC, resourceName: 'orders', resourcePatternType: 3, acls: answer?.acls ?? [] }],
      })
    return Promise.resolve({
      clusterId: 'c',
      brokers: [1, 2].map((port) => ({ nodeId: port, host: 'b', port })),
      topics: [
        {
          name: 'orders',
          topicId: 'id',
          errorCode: 0,
          isInternal: false,
          topicAuthorizedOperations: answer?.operations ?? 0,
          partitions: [1, 2].map((leaderId, partitionIndex) => ({
            partitionIndex,
            leaderId,
            leaderEpoch: 0,
            replicaNodes: [1, 2],
          })),
        },
      ],
    })
  }
  return { alias: 'A', call } as unknown as BrokerConnections
}

const listings = async (connections: BrokerConnections) => [
  ...(await listedByEach(connections, TOPIC, undefined)).values(),
]

test('an ACL counts as created when every broker lists it, and as deleted when none does', async () => {
  const some = await listings(cluster({ 1: { acls: [wireDeny] }, 2: {} }))
  expect(notYetEverywhere([deny], some, true)).toEqual([deny])
  expect(notYetEverywhere([deny], some, false)).toEqual([deny])
  const all = await listings(cluster({ 1: { acls: [wireDeny] }, 2: { acls: [wireDeny] } }))
  expect(notYetEverywhere([deny], all, true)).toEqual([])
  expect(notYetEverywhere([deny], await listings(cluster({ 1: {}, 2: {} })), false)).toEqual([])
})

test('a broker that is lost is not waited for, and none at all proves nothing', async () => {
  const left = await listings(cluster({ 1: { acls: [wireDeny] }, 2: { gone: true } }))
  expect(left).toEqual([[deny]])
  const nobody = cluster({ 1: { gone: true }, 2: { gone: true } })
  await expect(listedByEach(nobody, TOPIC, undefined)).rejects.toThrow('ECONNREFUSED')
})

test('where leaders disagree the principal is refused nowhere for certain: the topic is allowed and denied', async () => {
  const question = { principal: 'User:app', operation: 'Write' as const, topics: ['orders'] }
  const ask = (second: number) => {
    const connections = cluster({ 1: { operations: 1 << 3 }, 2: { operations: second } })
    return askAccess(connections, connections, question, () => Promise.resolve([]), 1_000, undefined)
  }
  expect(await ask(READ_AND_WRITE)).toMatchObject({ allowed: ['orders'], denied: ['orders'] })
  expect(await ask(1 << 3)).toMatchObject({ allowed: [], denied: ['orders'] })
  const derived = [[allow, deny], [allow]].map((acls) => derivedAccess(acls, 'User:app', 'Write', ['orders']))
  expect(accessOfAll(derived)).toEqual({ allowed: ['orders'], denied: ['orders'] })
})
