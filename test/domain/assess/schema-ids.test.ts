import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { schemaIdFaults } from '../../../src/domain/assess/schema-ids.ts'

const rows = fc.array(
  fc.record({
    subject: fc.constantFrom('t-key', 't-value'),
    id: fc.integer({ min: 1, max: 6 }),
    type: fc.constantFrom('AVRO', 'PROTOBUF'),
    schema: fc.constantFrom('{"a":1}', '{ "a": 1 }', '{"b":1}', 'message A {}'),
  }),
)
const meaning = (schema: string) => schema.replaceAll(' ', '').replace('messageA', 'message A ')

test('without a fault every id of the source means on the target what it means on the source', () => {
  fc.assert(
    fc.property(rows, rows, (source, there) => {
      const target = there.filter(({ id }, index) => there.findIndex((other) => other.id === id) === index)
      const faults = schemaIdFaults(source, target)
      for (const id of new Set(source.map((row) => row.id))) {
        const fault = faults.find((one) => one.id === id)
        const other = target.find((row) => row.id === id)
        const own = source.filter((row) => row.id === id)
        const agree =
          other && own.every((row) => row.type === other.type && meaning(row.schema) === meaning(other.schema))
        expect(fault?.fault).toBe(other === undefined ? 'missing' : agree ? undefined : 'other')
        if (fault) expect(fault.subjects).toEqual([...new Set(own.map(({ subject }) => subject))].sort())
      }
      expect(faults.every(({ id }) => source.some((row) => row.id === id))).toBe(true)
    }),
  )
})
