import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { comparedSettings, templatesOf } from '../../src/domain/assess/parity.ts'
import type { ClusterPort } from '../../src/ports/cluster.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { login, startTestBroker, type TestBroker } from './kafka-support.ts'

/** Starting a broker on a loaded machine, ms. */
const START_MS = 300_000

let broker: TestBroker
let cluster: ClusterPort

beforeAll(async () => {
  broker = await startTestBroker()
  const app = login({ username: 'app', password: 'app-secret' })
  cluster = createKafkaCluster('T', broker.config({ principals: { 'User:app': app } }))
}, START_MS)

afterAll(async () => {
  await cluster?.close()
  await broker?.close()
}, START_MS)

test('settings in force are told, with those that are the topic’s own', async () => {
  await broker.createTopic('parity.model', 3, { 'retention.ms': '86400000', 'segment.bytes': '2097152' })
  const [told] = await cluster.topicSettings(['parity.model', 'parity.nowhere'], comparedSettings)
  expect(told).toEqual({
    topic: 'parity.model',
    own: ['retention.ms'],
    settings: {
      'cleanup.policy': 'delete',
      'compression.type': 'producer',
      'max.message.bytes': '1048588',
      'min.insync.replicas': '1',
      'retention.bytes': '-1',
      'retention.ms': '86400000',
    },
  })
})

test('a topic created from the model of another has its partitions and settings', async () => {
  const models = await cluster.topicSettings(['parity.model'], null)
  const [template] = templatesOf(models.map((model) => ({ ...model, partitions: 3 })))
  await cluster.createTopics([
    { topic: 'parity.made', partitions: template?.partitions ?? 0, settings: { ...template?.settings } },
  ])
  expect(await cluster.describeTopics(['parity.made'])).toMatchObject([{ partitions: 3, offline: [], replicas: 1 }])
  const [made] = await cluster.topicSettings(['parity.made'], [...comparedSettings, 'segment.bytes'])
  const [model] = await cluster.topicSettings(['parity.model'], [...comparedSettings, 'segment.bytes'])
  expect(made?.settings).toEqual(model?.settings)
})

test('only a topic that is still the one created, and empty, is deleted', async () => {
  await broker.createTopic('parity.empty')
  await broker.createTopic('parity.written')
  await broker.produce('parity.written', ['one'])
  const names = ['parity.empty', 'parity.written', 'parity.made']
  const described = await cluster.describeTopics(names)
  const ids = described.map(({ topic, topicId }) => ({
    topic,
    topicId: topic === 'parity.made' ? (described[0]?.topicId ?? '') : topicId,
  }))
  const left = await cluster.deleteEmptyTopics([...ids, { topic: 'parity.gone', topicId: 'x' }])
  expect(left.sort((a, b) => (a.topic < b.topic ? -1 : 1))).toEqual([
    { topic: 'parity.made', why: 'it was created again by somebody else' },
    { topic: 'parity.written', why: '1 of its partitions have been written to' },
  ])
  expect((await cluster.describeTopics(names)).map(({ topic }) => topic).sort()).toEqual([
    'parity.made',
    'parity.written',
  ])
})

test('whether a principal may read as a group is its coordinator’s word, also for a group that does not exist', async () => {
  const allow = (name: string, principal: string): AclEntry => ({
    resource: 'group',
    name,
    pattern: 'literal',
    principal,
    host: '*',
    operation: 'Read',
    permission: 'allow',
  })
  const before = await cluster.groupAccess('User:app', ['readers', 'others'])
  expect(before).toEqual({ evidence: 'asked-as-principal', allowed: [], denied: ['readers', 'others'] })
  await cluster.createAcls([allow('readers', 'User:app'), allow('derived', 'User:stranger')])
  await expect
    .poll(() => cluster.groupAccess('User:app', ['readers', 'others']))
    .toEqual({ evidence: 'asked-as-principal', allowed: ['readers'], denied: ['others'] })
  expect(await cluster.groupAccess('User:stranger', ['derived', 'readers'])).toEqual({
    evidence: 'derived-from-acls',
    allowed: ['derived'],
    denied: ['readers'],
  })
  expect((await cluster.groupStates(['readers']))[0]?.state).toBe('absent')
})
