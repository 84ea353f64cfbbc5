import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import type { Payload, PayloadConverter } from '@temporalio/common'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { expect, test } from 'vitest'
import { payloadConverterPath } from '../../src/payloads/converter-path.ts'

const { payloadConverter } = createRequire(import.meta.url)(payloadConverterPath) as {
  payloadConverter: PayloadConverter
}

function payload(encoding: string, data: string): Payload {
  return { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }
}

test('what the default converter writes and reads stays as it is', () => {
  for (const value of [{ by: 'you', n: 1 }, 'text', [1, 2], null, undefined, true]) {
    expect(payloadConverter.fromPayload(payloadConverter.toPayload(value))).toEqual(value)
  }
  expect(Buffer.from(payloadConverter.toPayload({ a: 1 }).metadata?.['encoding'] ?? []).toString()).toBe('json/plain')
})

test('broken JSON becomes a value that says so', () => {
  expect(payloadConverter.fromPayload(payload('json/plain', '{by: you'))).toEqual({
    undecodable: expect.stringMatching(/^the payload is not valid json\/plain \(.+\); send one JSON object$/),
  })
})

test('an encoding the interface offers but nobody reads becomes a value that names it', () => {
  expect(payloadConverter.fromPayload(payload('json/protobuf', '{}'))).toEqual({
    undecodable: 'the encoding "json/protobuf" is not known here; send one JSON object as json/plain',
  })
  expect(payloadConverter.fromPayload({ metadata: {} })).toHaveProperty('undecodable')
  expect(payloadConverter.fromPayload({})).toHaveProperty('undecodable')
  expect(payloadConverter.fromPayload({ metadata: { encoding: Buffer.from('json/plain') } })).toHaveProperty(
    'undecodable',
  )
})

test('the workflow bundle holds this converter and no other', async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./fixtures/one-workflow.ts', import.meta.url)),
    payloadConverterPath,
    logger: new DefaultLogger('ERROR'),
  })
  expect(code).toContain('class TolerantPayloadConverter')
  // The bundle is a script for a bare context: it must at least parse there.
  expect(() => new vm.Script(code)).not.toThrow()
})
