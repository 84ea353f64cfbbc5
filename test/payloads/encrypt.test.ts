import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultPayloadConverter, type Payload } from '@temporalio/common'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { openCodecs } from '../../src/payloads/codecs.ts'
import { encrypting } from '../../src/payloads/encrypt.ts'
import { type PayloadKey, readKeys } from '../../src/payloads/keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchback-codec-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const key = (id: string): PayloadKey => ({ id, bytes: randomBytes(32) })
const [first, second] = [key('k1'), key('k2')]
const encodingOf = ({ metadata }: Payload) => Buffer.from(metadata?.['encoding'] ?? []).toString()
const textOf = (payload: Payload) => Buffer.from(payload.data ?? []).toString('latin1')

test('every value comes back, and nothing of it stands in clear', async () => {
  const codec = encrypting([first])
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 12, maxLength: 200 }), { minLength: 1, maxLength: 4 }),
      async (values) => {
        const payloads = values.map((value) => defaultPayloadConverter.toPayload(value))
        const stored = await codec.encode(payloads)
        for (const [at, one] of stored.entries()) {
          expect(encodingOf(one)).toBe('binary/encrypted')
          expect(textOf(one)).not.toContain(textOf(payloads[at] ?? {}))
        }
        const read = await codec.decode(stored)
        expect(read.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual(values)
      },
    ),
    { numRuns: 50 },
  )
})

test('the same value is never the same bytes twice', async () => {
  const payload = defaultPayloadConverter.toPayload('accounting.invoices')
  const [one, other] = await encrypting([first]).encode([payload, payload])
  expect(textOf(one ?? {})).not.toBe(textOf(other ?? {}))
})

test('a new key encrypts from now on, and what the old one wrote is still read', async () => {
  const payload = defaultPayloadConverter.toPayload({ topic: 'orders' })
  const [old] = await encrypting([first]).encode([payload])
  const rotated = encrypting([second, first])
  const [now] = await rotated.encode([payload])
  expect(Buffer.from(now?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('k2')
  for (const read of await rotated.decode([old ?? {}, now ?? {}]))
    expect(defaultPayloadConverter.fromPayload(read)).toEqual({ topic: 'orders' })
})

test('what was changed, cut, or written with a key that is gone stays as it is; what is plain is read', async () => {
  const plain = defaultPayloadConverter.toPayload('before')
  const [stored = {}] = await encrypting([first]).encode([plain])
  const data = Buffer.from(stored.data ?? [])
  const changed = { ...stored, data: Buffer.from(data.map((byte, at) => (at === 20 ? byte ^ 1 : byte))) }
  const strange: Payload[] = [
    changed,
    { ...stored, data: data.subarray(0, 27) },
    { ...stored, data: new Uint8Array() },
    { ...stored, metadata: { encoding: Buffer.from('binary/encrypted') } },
    { metadata: { encoding: Buffer.from('binary/encrypted') } },
    {},
    plain,
  ]
  expect(await encrypting([first]).decode(strange)).toEqual(strange)
  expect(await encrypting([second]).decode([stored])).toEqual([stored])
})

test('a file of keys: comments and empty lines are none, and each fault is told without the key', () => {
  const good = randomBytes(32).toString('base64')
  const file = written('keys', `# the newest first\nk2 ${good}\n\nk1 ${randomBytes(32).toString('base64')}\r\n`)
  expect(readKeys(file).map(({ id }) => id)).toEqual(['k2', 'k1'])
  const faults: [string, RegExp][] = [
    ['# none\n', /has no key\. Each line is an id/],
    [`k1 ${good}\nk1 ${good}\n`, /line 2 has the id k1 again/],
    [`k1 ${randomBytes(16).toString('base64')}\n`, /line 1 is no key/],
    [`${good}\n`, /line 1 is no key/],
  ]
  for (const [text, fault] of faults) {
    const faulty = written('faulty', text)
    expect(() => readKeys(faulty)).toThrow(fault)
    for (const secret of text.match(/[A-Za-z0-9+/]{20,}/g) ?? [])
      expect(() => readKeys(faulty)).not.toThrow(new RegExp(secret.slice(0, 20).replaceAll('+', '\\+')))
  }
  expect(() => readKeys(join(folder, 'absent'))).toThrow(/cannot be read \(ENOENT/)
})

test('a codec is named, and each mistake in it is a sentence', async () => {
  expect(await openCodecs()).toMatchObject({ configured: false })
  const keys = written('k', `k1 ${randomBytes(32).toString('base64')}\n`)
  expect((await openCodecs('encrypt', keys)).codecs).toHaveLength(2)
  const own = 'export const payloadCodec = async () => ({ encode: async (p) => p, decode: async (p) => p })'
  expect((await openCodecs(written('own.mjs', own))).codecs).toHaveLength(2)
  const mistakes: [[(string | undefined)?, string?], RegExp][] = [
    [[undefined, keys], /SWITCHBACK_CODEC is not: set SWITCHBACK_CODEC=encrypt/],
    [['encrypt'], /needs SWITCHBACK_CODEC_KEYS/],
    [[''], /SWITCHBACK_CODEC is empty/],
    [[join(folder, 'absent.mjs')], /cannot be loaded/],
    [[written('none.mjs', 'export const other = 1')], /is no codec\. It has to export `payloadCodec`/],
    [[written('half.mjs', 'export const payloadCodec = { encode() {} }')], /is no codec/],
  ]
  for (const [named, fault] of mistakes) await expect(openCodecs(...named)).rejects.toThrow(fault)
})
