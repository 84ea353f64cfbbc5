import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { faultsOf, link, pairOf, smallest, written } from './support.ts'

test('a pair needs two different clusters', () => {
  const tree = smallest()
  pairOf(tree)['secondary'] = 'A'
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining('secondary: is A, as primary is: a pair needs two different clusters'),
  ])
})

test('a link of unknown ends, one to itself, and one that stands there twice are refused', () => {
  const tree = smallest()
  pairOf(tree).links.push(link('A', 'Z'), link('B', 'B'), { ...link('A', 'B') })
  const text = faultsOf(tree).join('\n')
  expect(text).toContain('links[2].to: "Z" is not one of the clusters (A, B)')
  expect(text).toContain('links[3]: leads from B to itself')
  expect(text).toContain('links[4]: A->B stands here twice')
})

test('a topic whose producers are accepted is one of the pair', () => {
  const tree = smallest()
  pairOf(tree)['fence'] = { ignoreProducersOf: ['accounting.invoice'] }
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining("fence.ignoreProducersOf[0]: accounting.invoice is not one of the pair's topics"),
  ])
})

test("an application's topics are those of its pair", () => {
  const tree = smallest()
  pairOf(tree).applications[0] = {
    name: 'entry',
    kind: 'producer',
    topics: ['accounting.invoice', 'hr.people'],
    control: { adapter: 'manual' },
  }
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining(
      'applications[0].topics[0]: accounting.invoice is not one of the pair\'s topics (accounting.invoices): did you mean "accounting.invoices"?',
    ),
    expect.stringContaining(
      "applications[0].topics[1]: hr.people is not one of the pair's topics (accounting.invoices): add it to the topics of accounting",
    ),
  ])
})

test('names of applications and topics of a pair are unique', () => {
  const tree = smallest()
  const pair = pairOf(tree)
  pair['topics'] = ['accounting.invoices', 'accounting.invoices']
  pair.applications.push({
    name: 'entry',
    kind: 'producer',
    topics: ['accounting.invoices'],
    control: { adapter: 'manual' },
  })
  const text = faultsOf(tree).join('\n')
  expect(text).toContain('topics[1]: accounting.invoices stands here twice')
  expect(text).toContain('applications[2].name: another application of this pair is called entry')
})

test('a group belongs to one application, also across pairs that share a cluster', () => {
  const tree = smallest()
  tree.pairs['payroll'] = { ...pairOf(smallest()), topics: ['hr.pay'] }
  tree.pairs['payroll'].applications = [
    { name: 'pay', kind: 'consumer', group: 'ledger', topics: ['hr.pay'], control: { adapter: 'manual' } },
  ]
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining('pairs.payroll.applications[0].group: the group ledger belongs to ledger of accounting'),
  ])
})

test('the same group on clusters that have nothing in common is another group', () => {
  const tree = smallest()
  for (const alias of ['C', 'D']) tree.clusters[alias] = { bootstrap: ['localhost:1'] }
  tree.pairs['other'] = { ...pairOf(smallest()), primary: 'C', secondary: 'D', links: [link('C', 'D'), link('D', 'C')] }
  expect(faultsOf(tree)).toEqual([])
})

test('a connector name is used once in a Connect cluster, and may be shared by pairs that share the link', () => {
  const tree = smallest()
  tree.pairs['payroll'] = {
    ...pairOf(smallest()),
    topics: ['hr.pay'],
    applications: [{ name: 'p', kind: 'producer', topics: ['hr.pay'], control: { adapter: 'manual' } }],
  }
  expect(faultsOf(tree)).toEqual([])
  pairOf(tree).links[0] = { ...link('A', 'B'), checkpoint: { name: 'source-A-B' } }
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining(
      'links[0].checkpoint.name: source-A-B is the name of the source connector of A->B in the same Connect',
    ),
  ])
})

test('a misspelt placeholder is found, other braces are left alone', () => {
  const tree = smallest()
  pairOf(tree).applications[0] = {
    name: 'entry',
    kind: 'producer',
    topics: ['accounting.invoices'],
    control: {
      adapter: 'command',
      stop: ['stop', '{nmae}'],
      start: ['awk', '{print}', '{cluster}'],
      state: ['state', '{"a":1}'],
    },
  }
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining('applications[0].control.stop[1]: {nmae} is not replaced: did you mean {name}?'),
  ])
})

test('a placeholder in the text of a shell is refused: the shell would run what the value says', () => {
  const tree = smallest()
  const control = {
    adapter: 'command',
    state: ['state', '{cluster}'],
    start: ['env', 'A=1', '/bin/bash', '-ec', 'go "$SWITCHBACK_CLUSTER"', '{name}'],
  }
  pairOf(tree).applications[0] = {
    name: 'entry',
    kind: 'producer',
    topics: ['accounting.invoices'],
    control: { ...control, stop: ['ssh', 'host', 'sh', '-c', 'echo stopping on {cluster}'] },
  }
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining(
      'control.stop[4]: {cluster} stands in the text of a shell, which would run what the value says: write "$SWITCHBACK_CLUSTER"',
    ),
  ])
})

test("a desk's body must be JSON once it is filled in, and carry the token", () => {
  const tree = smallest()
  pairOf(tree)['desk'] = { adapter: 'webhook', url: 'http://desk.example.org', body: '{"title": {summary}}' }
  const text = faultsOf(tree).join('\n')
  expect(text).toContain('desk.body: is no JSON once it is filled in')
  expect(text).toContain('desk.body: has no {token}')
})

test('secrets, certificates and folders that are not there are named, and paths start at the file', () => {
  const tree = smallest()
  vi.stubEnv('SWITCHBACK_TEST_SECRET', undefined)
  const withFiles = {
    ...tree,
    clusters: {
      A: {
        bootstrap: ['localhost:9092'],
        tls: { caFile: 'tls/ca.pem' },
        sasl: { mechanism: 'PLAIN', username: 'u', password: { file: 'secrets/a' } },
        principals: { 'User:x': { mechanism: 'PLAIN', username: 'u', password: { env: 'SWITCHBACK_TEST_SECRET' } } },
      },
      B: { bootstrap: ['localhost:9093'] },
    },
  }
  pairOf(tree).applications[0] = {
    name: 'entry',
    kind: 'producer',
    topics: ['accounting.invoices'],
    control: { adapter: 'command', stop: ['x'], start: ['x'], state: ['x'], cwd: 'programs' },
  }
  // A setting of a connector called "file" is no reference.
  pairOf(tree).links[0] = { ...link('A', 'B'), source: { name: 's', config: { file: 'nothing' } } }
  const text = faultsOf(withFiles).join('\n')
  expect(text).toMatch(/clusters\.A\.tls\.caFile: the file .*\/tls\/ca\.pem cannot be read/)
  expect(text).toMatch(/clusters\.A\.sasl\.password: the secret file .*\/secrets\/a cannot be read: create it/)
  expect(text).toContain('password: the environment variable SWITCHBACK_TEST_SECRET is not set')
  expect(text).toMatch(/applications\[0\]\.control\.cwd: the folder .*\/programs cannot be read/)
  expect(text.split('\n')).toHaveLength(4)

  vi.stubEnv('SWITCHBACK_TEST_SECRET', 'set')
  const path = written(withFiles)
  for (const folder of ['tls', 'secrets', 'programs']) mkdirSync(join(dirname(path), folder))
  writeFileSync(join(dirname(path), 'tls/ca.pem'), 'pem')
  writeFileSync(join(dirname(path), 'secrets/a'), 'secret\n')
  const config = loadConfig(path)
  vi.unstubAllEnvs()
  expect(config.clusters['A']?.tls?.caFile).toBe(join(dirname(path), 'tls/ca.pem'))
  expect(config.clusters['A']?.sasl?.password).toEqual({ file: join(dirname(path), 'secrets/a') })
  expect(config.pairs['accounting']?.applications[0]?.control).toMatchObject({ cwd: join(dirname(path), 'programs') })
  expect(config.pairs['accounting']?.links[0]).toMatchObject({ source: { config: { file: 'nothing' } } })
})

test('a command without cwd runs in the folder of the file', () => {
  const tree = smallest()
  pairOf(tree).applications[0] = {
    name: 'entry',
    kind: 'producer',
    topics: ['accounting.invoices'],
    control: { adapter: 'command', stop: ['x'], start: ['x'], state: ['x'] },
  }
  const path = written(tree)
  expect(loadConfig(path).pairs['accounting']?.applications[0]?.control).toMatchObject({ cwd: dirname(path) })
})
