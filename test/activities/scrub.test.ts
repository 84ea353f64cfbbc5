import { ApplicationFailure } from '@temporalio/common'
import { expect, test } from 'vitest'
import { knownSecrets } from '../../src/activities/secrets/known-secrets.ts'
import { redact } from '../../src/activities/secrets/redact.ts'
import { createScrub } from '../../src/activities/secrets/scrub.ts'
import { sampleConfig } from './scene.ts'

async function scrubbed(error: unknown, secrets: string[]): Promise<unknown> {
  const { execute } = createScrub(() => secrets)
  return execute?.({ args: [], headers: {} }, () => Promise.reject(error)).then(
    () => undefined,
    (reason: unknown) => reason,
  )
}

test('secrets leave message, stack, details and every cause of a failure, and its type stays', async () => {
  const cause = new Error('login with pa55-word! failed')
  const failure = ApplicationFailure.create({
    type: 'Rejected',
    message: 'the broker said: password="topsecret" for pa55-word!',
    details: [{ sent: ['pa55-word!'], n: 1 }],
    nonRetryable: true,
    cause,
  })
  const clean = await scrubbed(failure, ['pa55-word!'])
  expect(clean).toBe(failure)
  expect(clean).toMatchObject({ type: 'Rejected', nonRetryable: true, details: [{ sent: ['[removed]'], n: 1 }] })
  const text = [failure.message, failure.stack, cause.message, cause.stack, JSON.stringify(failure.details)].join()
  expect(text).not.toContain('pa55-word!')
  expect(text).not.toContain('topsecret')
  expect(failure.message).toContain('[removed]')
})

test('a chain of causes that closes on itself ends', async () => {
  const error = new Error('secret-1')
  error.cause = error
  expect(await scrubbed(error, ['secret-1'])).toMatchObject({ message: '[removed]' })
})

test.each([
  ['required username="m" password="hunter22";', 'hunter22'],
  [String.raw`{"sasl.jaas.config":"… password=\"hunter22\";"}`, 'hunter22'],
  ['ssl.keystore.password=hunter22 ssl.x=1', 'hunter22'],
  ['Authorization: Bearer abcdefghijkl', 'abcdefghijkl'],
  ['GET https://user:hunter22@host/path', 'hunter22'],
  ['{"token": "hunter22"}', 'hunter22'],
])('what looks like a secret is removed without knowing it: %s', (text, secret) => {
  expect(redact(text, [])).not.toContain(secret)
})

test('sentences for a person stay as they are', () => {
  const text =
    'Cannot disable accounting.invoices on A->B: 3 partitions still lag (0: 120). See token switchback/accounting.'
  expect(redact(text, ['abc'])).toBe(text)
})

test('a secret is found in the spellings it travels in', () => {
  const secret = 'a"b c/d'
  expect(redact(`${encodeURIComponent(secret)} ${JSON.stringify({ secret })}`, [secret])).not.toMatch(/b c|b%20c/)
})

test('every secret the configuration names is known, wherever it stands', () => {
  process.env['SCRUB_TEST_SECRET'] = 'from-the-environment'
  const config = sampleConfig((raw) => {
    raw.clusters['A'] = {
      ...raw.clusters['A'],
      sasl: { mechanism: 'PLAIN', username: 'u', password: { env: 'SCRUB_TEST_SECRET' } },
    }
    raw.clusters['B'] = {
      ...raw.clusters['B'],
      sasl: { mechanism: 'PLAIN', username: 'u', password: { env: 'SCRUB_TEST_NOT_SET' } },
    }
  })
  expect(knownSecrets(config)).toEqual(['from-the-environment'])
})
