import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { knownSecrets } from '../../src/activities/secrets/known-secrets.ts'
import { loadConfig } from '../../src/config/load.ts'
import { usersOf } from '../../src/config/users.ts'
import { faultsOf, smallest, written } from './support.ts'

/** Secrets and certificates that are there. */
const folder = mkdtempSync(join(tmpdir(), 'switchback-logins-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text = name) => {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
const login = (username: string, password = `${username}.password`) => ({
  mechanism: 'SCRAM-SHA-512',
  username,
  password: { file: file(password, `secret-of-${password}`) },
})
const certificate = (name: string) => ({ certFile: file(`${name}.pem`), keyFile: file(`${name}.key`) })

/** The faults of a cluster A with these entries. */
function faults(entries: Record<string, unknown>): string[] {
  const tree = smallest()
  tree.clusters['A'] = { bootstrap: ['localhost:9092'], ...entries }
  return faultsOf(tree)
}

test('one login stays the default, and two are taken: users, certificates, API keys', () => {
  expect(faults({ sasl: login('one') })).toEqual([])
  expect(faults({ sasl: login('watch'), act: { sasl: login('act') } })).toEqual([])
  expect(faults({ tls: certificate('watch'), act: { tls: certificate('act') } })).toEqual([])
  // The user name of each API key of Event Streams.
  expect(faults({ sasl: login('token', 'reader'), act: { sasl: login('token', 'writer') } })).toEqual([])
})

test.each([
  ['an empty one', { sasl: login('watch'), act: {} }, 'act: has no login: add sasl'],
  ['without the one that reads', { act: { sasl: login('act') } }, 'act.sasl: the cluster has no sasl'],
  [
    'a certificate beside users',
    { sasl: login('watch'), tls: {}, act: { tls: certificate('act') } },
    'act: has no sasl, and brokers take the user from it',
  ],
  ['a certificate without tls', { act: { tls: certificate('act') } }, 'act.tls: the cluster has no tls'],
  ['half a certificate', { tls: {}, act: { tls: { certFile: file('half.pem') } } }, 'act.tls.keyFile: '],
  [
    'the same user',
    { sasl: login('us'), act: { sasl: login('us', 'other') } },
    'act: is the user of sasl, us: give it',
  ],
  [
    'the same key',
    { sasl: login('token', 'key'), act: { sasl: login('token', 'key') } },
    'act: is the user of sasl, token',
  ],
  [
    'the same certificate',
    { tls: certificate('same'), act: { tls: certificate('same') } },
    'act: is the certificate of tls, ',
  ],
])('a second login that is none is a fault: %s', (_, entries, fault) => {
  expect(faults(entries)).toEqual([expect.stringContaining(`clusters.A.${fault}`)])
})

test('its secret is found missing, known to the scrubber, and its user is ours', () => {
  const missing = { sasl: login('watch'), act: { sasl: { ...login('act'), password: { env: 'NOT_SET_ANYWHERE' } } } }
  expect(faults(missing)).toEqual([expect.stringContaining('clusters.A.act.sasl.password: the environment variable')])
  const tree = smallest()
  tree.clusters['A'] = { bootstrap: ['localhost:9092'], sasl: login('watch'), act: { sasl: login('act') } }
  const config = loadConfig(written(tree))
  expect(knownSecrets(config)).toEqual(expect.arrayContaining(['secret-of-watch.password', 'secret-of-act.password']))
  expect(usersOf(config.clusters['A'])).toEqual(['watch', 'act'])
  expect(usersOf(config.clusters['B'])).toEqual([])
})
