import { describe } from 'vitest'
import { clusterContract } from './cluster-contract.ts'
import { MemoryCluster } from './memory/cluster.ts'

describe('a cluster in memory', () => {
  const cluster = new MemoryCluster('A')
  clusterContract('memory', () => ({
    port: cluster,
    createTopic: async (topic, partitions, settings) => void cluster.create(topic, partitions, settings),
    deleteTopic: async (topic) => cluster.delete(topic),
    produce: async (topic, records, { partition = 0, header } = {}) => {
      const headers: [Buffer, Buffer][] = header === undefined ? [] : [[Buffer.from('h'), Buffer.from(header)]]
      const written = records.map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value), headers }))
      cluster.produce(topic, written, partition)
    },
    begin: async (id, topic, values) => {
      const transaction = cluster.begin(id)
      const records = values.map((value) => ({ value: Buffer.from(value) }))
      transaction.send(topic, 0, records)
      return { commit: async () => transaction.commit(), abort: async () => transaction.abort() }
    },
    deleteRecordsBefore: async (topic, offset) => cluster.log(topic).removeBefore(offset),
    join: async (group) => {
      cluster.groups.join(group, 'member')
      return async () => cluster.groups.leave(group, 'member')
    },
    compact: async (topic) => cluster.log(topic).compact(),
  }))
})
