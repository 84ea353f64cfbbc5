import { describe } from 'vitest'
import { MemoryCluster } from './memory/cluster.ts'
import { MemoryMirroring } from './memory/mirroring.ts'
import { MemoryProvider } from './memory/provider.ts'
import { Replication } from './memory/replication.ts'
import { type MirroringGround, mirroringContract } from './mirroring-contract.ts'

/** Clients of the source, in memory. */
function clientsOf(source: MemoryCluster): Pick<MirroringGround, 'createTopic' | 'produce' | 'transact'> {
  return {
    createTopic: async (topic) => void source.create(topic),
    produce: async (topic, values) => void source.produce(topic, values),
    transact: async (topic, values) => {
      const transaction = source.begin('client')
      const records = values.map((value) => ({ value: Buffer.from(value) }))
      transaction.send(topic, 0, records)
      transaction.commit()
    },
  }
}

function clusters() {
  const [source, target] = [new MemoryCluster('A'), new MemoryCluster('B')]
  const replication = new Replication(source, target)
  for (const cluster of [source, target]) cluster.goesOn = () => replication.move()
  return { source, target, replication }
}

describe("a link in memory, as MirrorMaker's", () => {
  const { source, target, replication } = clusters()
  const port = new MemoryMirroring(replication)
  port.become('running', '^$')
  mirroringContract('memory', () => ({
    port,
    source,
    target,
    copyOf: (topic) => `${topic}.A`,
    ...clientsOf(source),
    movesPosition: true,
  }))
})

describe("a link in memory, as a provider's", () => {
  const { source, target, replication } = clusters()
  const port = new MemoryProvider(replication)
  port.become('on')
  mirroringContract('memory', () => ({
    port,
    source,
    target,
    copyOf: (topic) => `${topic}.A`,
    ...clientsOf(source),
    movesPosition: false,
  }))
})
