import type { Payload } from '@temporalio/common'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compressedFrom, compressing } from '../../src/payloads/compress.ts'

const encodingOf = ({ metadata }: Payload) => Buffer.from(metadata?.['encoding'] ?? []).toString()
/** One text for a payload: large ones are slow to compare byte by byte. */
const textOf = ({ metadata, data }: Payload) =>
  JSON.stringify([
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    Buffer.from(data ?? []).toString('base64'),
  ])

const payload = fc.record({
  metadata: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.uint8Array({ maxLength: 20 }), {
    noNullPrototype: true,
  }),
  data: fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .tuple(fc.nat(255), fc.integer({ min: compressedFrom, max: 2 * compressedFrom }))
      .map(([byte, size]) => new Uint8Array(size).fill(byte)),
  ),
})

test('every payload comes back as it was, and keeps its place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(payload, { maxLength: 4 }), async (payloads) => {
      const read = await compressing.decode(await compressing.encode(payloads))
      expect(read.map(textOf).join() === payloads.map(textOf).join()).toBe(true)
    }),
    { numRuns: 25 },
  )
})

test('what a person may read in the UI stays readable; what Temporal would warn of is compressed', async () => {
  const json = (size: number): Payload => ({
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify('x'.repeat(size - 2))),
  })
  const [small, large] = [json(compressedFrom - 1), json(compressedFrom)]
  const [stays, stored] = await compressing.encode([small, large])
  expect(stays).toBe(small)
  expect(encodingOf(stored ?? {})).toBe('binary/zlib')
  expect(stored?.data?.length).toBeLessThan(compressedFrom / 10)
})

test('what was stored before, and what is no compressed payload, is left as it is for the converter to say so', async () => {
  const broken = { metadata: { encoding: Buffer.from('binary/zlib') }, data: Buffer.from('no such thing') }
  const plain = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{}') }
  const others: Payload[] = [
    broken,
    plain,
    {},
    { metadata: {} },
    { metadata: { encoding: Buffer.from('binary/null') } },
  ]
  expect(await compressing.decode(others)).toEqual(others)
})
