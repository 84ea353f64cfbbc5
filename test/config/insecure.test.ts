import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { expect, onTestFinished, test } from 'vitest'
import { rmSync } from 'node:fs'
import { loadConfig } from '../../src/config/load.ts'
import { remarksOn } from '../../src/config/remarks.ts'

/** A file of its own, with a secret beside it. */
function folder() {
  const path = mkdtempSync(join(tmpdir(), 'insecure-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const secret = join(path, 'secret')
  writeFileSync(secret, 'hunter2hunter2', { mode: 0o600 })
  const file = join(path, 'switchback.yaml')
  const write = (tree: object) => {
    writeFileSync(file, stringify(tree), { mode: 0o600 })
    return file
  }
  return { secret, file, write }
}

const secret = { file: 'secret' }
const sasl = { mechanism: 'PLAIN', username: 'admin', password: secret }
const basicAuth = { username: 'u', password: secret }

interface Change {
  cluster?: object
  connect?: object
  control?: object
  desk?: object
  source?: object
  strict?: boolean
}

function tree({ cluster, connect, control, desk, source, strict }: Change = {}): object {
  const link = (from: string, to: string) => ({
    from,
    to,
    connect: { url: `http://connect-${to}:8083`, ...connect },
    source: { name: `mirror-${from}`, ...source },
  })
  return {
    ...(strict === undefined ? {} : { strict }),
    clusters: { A: { bootstrap: ['a:9092'], ...cluster }, B: { bootstrap: ['b:9092'] } },
    pairs: {
      shop: {
        primary: 'A',
        secondary: 'B',
        topics: ['orders'],
        applications: [
          { name: 'entry', kind: 'producer', topics: ['orders'], control: control ?? { adapter: 'manual' } },
        ],
        links: [link('A', 'B'), link('B', 'A')],
        ...(desk === undefined ? {} : { desk }),
      },
    },
  }
}

const webhook = { adapter: 'webhook', url: 'http://app:80/' }

const insecure: [what: string, change: Change, remark: RegExp][] = [
  ['SASL PLAIN without TLS', { cluster: { sasl } }, /clusters\.A\.sasl: the password goes to the brokers/],
  [
    'SASL PLAIN of the login that acts',
    { cluster: { sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' }, act: { sasl: { ...sasl, username: 'act' } } } },
    /clusters\.A\.sasl: the password goes to the brokers/,
  ],
  [
    'SCRAM without TLS',
    { cluster: { sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' } } },
    /clusters\.A\.sasl: without tls/,
  ],
  ['any certificate of a broker', { cluster: { tls: { rejectUnauthorized: false } } }, /any certificate is accepted/],
  [
    'a password for Connect over http',
    { connect: { basicAuth } },
    /links\[0\]\.connect\.url: the password of basicAuth is sent in clear/,
  ],
  [
    'any certificate of Connect',
    { connect: { url: 'https://c:1', tls: { rejectUnauthorized: false } } },
    /any certificate/,
  ],
  [
    'a password for a registry over http',
    { cluster: { schemaRegistry: { url: 'http://r:1', basicAuth } } },
    /schemaRegistry\.url/,
  ],
  ['orders that nobody signs', { control: webhook }, /orders are not signed/],
  ['signed orders over http', { control: { ...webhook, secret } }, /the answer, which is not signed, is sent in clear/],
  [
    'a token for a desk over http',
    { desk: { adapter: 'webhook', url: 'http://d:1', headers: { Authorization: secret } } },
    /the secret in its headers is sent in clear/,
  ],
]

test.each(insecure)('%s is a remark, and a fault with strict', (_what, change, remark) => {
  const { write } = folder()
  const file = write(tree(change))
  expect(remarksOn(loadConfig(file), file).join('\n')).toMatch(remark)
  write(tree({ ...change, strict: true }))
  expect(() => loadConfig(file)).toThrow(remark)
})

test('what is secure gets no remark, strict or not', () => {
  const { write } = folder()
  const file = write(
    tree({
      strict: true,
      cluster: { sasl, tls: {} },
      connect: { url: 'https://c:1', basicAuth },
      control: { adapter: 'webhook', url: 'https://app:1', secret },
      desk: { adapter: 'webhook', url: 'https://d:1', headers: { authorization: secret, 'x-team': 'kafka' } },
      source: {
        config: {
          'source.cluster.sasl.jaas.config':
            'org.apache.kafka.common.security.plain.PlainLoginModule required username="mm" password="{file:secret}";',
          'source.cluster.ssl.truststore.password': '${file:/etc/x.properties:password}',
          'source.cluster.ssl.truststore.location': '/etc/trust.jks',
          'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
        },
      },
    }),
  )
  expect(remarksOn(loadConfig(file), file)).toEqual([])
})

const literals: [what: string, change: Change, place: string][] = [
  [
    'a JAAS text',
    { source: { config: { 'sasl.jaas.config': 'X required username="a" password="hunter2";' } } },
    'sasl.jaas.config',
  ],
  [
    'an OAuth secret in JAAS',
    { source: { config: { 'source.cluster.sasl.jaas.config': "X required clientSecret='hunter2';" } } },
    'jaas',
  ],
  [
    'a password of a key store',
    { source: { config: { 'ssl.keystore.password': 'hunter2' } } },
    'ssl.keystore.password',
  ],
  [
    'a header of a desk',
    { desk: { adapter: 'webhook', url: 'https://d:1', headers: { Authorization: 'Bearer hunter2' } } },
    'headers',
  ],
  [
    'another header',
    { desk: { adapter: 'webhook', url: 'https://d:1', headers: { 'X-Api-Key': 'hunter2' } } },
    'X-Api-Key',
  ],
  [
    'a variable of a program',
    {
      control: {
        adapter: 'command',
        stop: ['true'],
        start: ['true'],
        state: ['true'],
        env: { DB_PASSWORD: 'hunter2' },
      },
    },
    'DB_PASSWORD',
  ],
]

test.each(literals)('a secret in clear is a fault, and is not repeated: %s', (_what, change, place) => {
  const { write } = folder()
  const load = () => loadConfig(write(tree(change)))
  expect(load).toThrow(place)
  expect(load).toThrow('seems to be a secret in clear text: name it instead')
  expect(load).not.toThrow('hunter2')
})

test('files that others may read or write are remarks, and faults with strict', () => {
  const { write, secret: named } = folder()
  const file = write(tree({ cluster: { sasl, tls: {} } }))
  expect(remarksOn(loadConfig(file), file)).toEqual([])
  chmodSync(file, 0o666)
  chmodSync(named, 0o646)
  const remarks = remarksOn(loadConfig(file), file).join('\n')
  expect(remarks).toContain(`${file}: others than its owner may write it, and whoever writes it commands as the worker`)
  expect(remarks).toContain(`${named}: every user of this machine may read it`)
  expect(remarks).toContain(`${named}: others than its owner may write it, and it is a secret`)
  write(tree({ strict: true, cluster: { sasl, tls: {} } }))
  expect(() => loadConfig(file)).toThrow('commands as the worker')
})
