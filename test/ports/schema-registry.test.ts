import { describe, expect, test } from 'vitest'
import { createSchemaRegistry } from '../../src/adapters/schema-registry/schema-registry.ts'
import type { RegisteredSchema, SchemaRegistryPort } from '../../src/ports/schema-registry.ts'
import { registryServer } from '../registry/schema-registry-support.ts'
import { MemoryRegistry } from './memory/schema-registry.ts'

const registered = (subject: string, version: number, id: number): RegisteredSchema => ({
  subject,
  version,
  id,
  type: 'AVRO',
  schema: `{"type":"string","doc":"${id}"}`,
})
const schemas = [
  registered('invoices-value', 1, 7),
  registered('invoices-value', 2, 9),
  registered('invoices-key', 1, 3),
  registered('orders-value', 1, 4),
]

/** What activities rely on of a registry with these schemas. */
function registryContract(open: () => Promise<SchemaRegistryPort>): void {
  test('tells every version of the keys and values of topics, and schemas by their ids', async () => {
    const port = await open()
    const found = await port.schemasOf(['invoices', 'nowhere'])
    expect(found.toSorted((a, b) => a.id - b.id)).toEqual([schemas[2], schemas[0], schemas[1]])
    const byIds = await port.byIds([9, 11, 3, 9])
    expect(byIds.map(({ id, type }) => [id, type])).toEqual([
      [9, 'AVRO'],
      [3, 'AVRO'],
    ])
  })
}

describe('a registry in memory', () => {
  registryContract(async () => new MemoryRegistry(schemas))
})

describe("a registry with Confluent's interface", () => {
  registryContract(async () => {
    const { url } = await registryServer(schemas.map(({ type: _type, ...schema }) => schema))
    return createSchemaRegistry('A', { url, timeoutMs: 5_000 })
  })
})
