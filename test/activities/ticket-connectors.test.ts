import { expect, test } from 'vitest'
import { stopsOf } from '../../src/activities/ticket-connectors.ts'
import { configSchema } from '../../src/config/schema.ts'
import { sampleConfig } from './scene.ts'

const link = { from: 'A', to: 'B' }

test('a ticket names the connectors of its own link, the source last, and no other pair’s', () => {
  const config = sampleConfig((raw) => {
    const [first] = raw.pairs['accounting']?.links ?? []
    Object.assign(first ?? {}, { checkpoint: { name: 'mirror-A-B-groups' }, heartbeat: { name: 'mirror-A-B-pulse' } })
    const other = structuredClone(raw.pairs['accounting'])
    if (other === undefined) throw new Error('no pair')
    other.links = [{ ...link, connect: { url: 'http://connect-b:8083' }, source: { name: 'orders-A-B' } }]
    raw.pairs['orders'] = other
  })
  expect(stopsOf(config, 'accounting', link).connectors).toEqual([
    'mirror-A-B-pulse',
    'mirror-A-B-groups',
    'mirror-A-B',
  ])
  const { connectors, words } = stopsOf(config, 'orders', link)
  expect(connectors).toEqual(['orders-A-B'])
  expect(words).toEqual([
    'On the Kafka Connect of B this is: stop orders-A-B (PUT /connectors/<name>/stop), and no other connector.',
  ])
})

test('where a provider mirrors there are no connectors to name', () => {
  const config = configSchema.parse({
    ...sampleConfig(),
    pairs: { cloud: { ...sampleConfig().pairs['accounting'], links: [{ ...link, backend: 'event-streams' }] } },
  })
  expect(stopsOf(config, 'cloud', link)).toEqual({ connectors: [], words: [] })
})
