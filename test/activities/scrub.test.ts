import { heartbeat } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { expect, test } from 'vitest'
import { knownSecrets } from '../../src/activities/secrets/known-secrets.ts'
import { redact } from '../../src/activities/secrets/redact.ts'
import { createScrub } from '../../src/activities/secrets/scrub.ts'
import { sampleConfig } from './scene.ts'

function environment(secrets: string[]): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { interceptors: [() => ({ inbound: createScrub(() => secrets) })] })
}

async function scrubbed(error: unknown, secrets: string[]): Promise<unknown> {
  return environment(secrets)
    .run(() => Promise.reject(error))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    )
}

test('what programs and services said is cleaned in results and heartbeats too, names are left as they are', async () => {
  const secret = 'invoices'
  const world = environment([secret])
  const beats: unknown[] = []
  world.on('heartbeat', (details: unknown) => beats.push(details))
  const ends = new Uint8Array([1, 2])
  const answer = await world.run(async () => {
    heartbeat({ doing: 'start', failed: `login with ${secret} failed` })
    return { topic: secret, ends, applications: [{ state: 'stopped', topics: [secret], detail: `password=${secret}` }] }
  })
  expect(answer).toEqual({
    topic: secret,
    ends,
    applications: [{ state: 'stopped', topics: [secret], detail: 'password=[removed]' }],
  })
  expect(beats).toEqual([{ doing: 'start', failed: 'login with [removed] failed' }])
})

test.each([
  ['https://'.repeat(20_000), 'addresses'],
  ['a.'.repeat(40_000), 'a scheme that does not end'],
  ['password="'.repeat(20_000), 'quotes'],
  ['password="\\'.repeat(20_000), 'escapes'],
  ['authorization: '.repeat(20_000), 'headers'],
  [' '.repeat(100_000), 'blanks'],
])('a long text is cleaned at once: %#', (text) => {
  const before = process.cpuUsage()
  redact(text, ['abcd'])
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1e6).toBeLessThan(1)
})

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
  [String.raw`required password="p\"hunter22";`, 'hunter22'],
  ['Authorization: Token hunter22', 'hunter22'],
  ['{"authorization":"ApiKey hunter22"}', 'hunter22'],
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
