import { expect, test } from 'vitest'
import { faultsOf, link, pairOf, smallest } from './support.ts'

test('a configuration without faults is accepted', () => {
  expect(faultsOf(smallest())).toEqual([])
})

test('faults of the schema and of the cross-checks are told together, each with line and path', () => {
  const tree = smallest()
  const pair = pairOf(tree)
  tree.clusters['A'] = { bootstrap: ['localhost'], sasll: {} }
  pair['ordering'] = 'strickt'
  pair['secondary'] = 'C'
  pair.links = [link('A', 'B')]
  const faults = faultsOf(tree)
  expect(faults.slice(0, 2)).toEqual([
    'line 4, clusters.A.bootstrap[0]: "localhost" cannot be used: write it as host:port',
    'line 5, clusters.A.sasll: is not known here: did you mean "sasl"?',
  ])
  const text = faults.join('\n')
  expect(text).toContain(
    'pairs.accounting.ordering: "strickt" is not possible here: did you mean "strict"? (one of strict, relaxed)',
  )
  expect(text).toContain(
    'pairs.accounting.secondary: "C" is not one of the clusters (A, B): add it there, or use one of those',
  )
  expect(text).toMatch(/line \d+, pairs\.accounting\.links: the link A->C is missing: add it, a failover needs it/)
  expect(text).toContain('the link C->A is missing: add it, reset and failback need it')
  expect(faults).toHaveLength(6)
})

test('an unknown key with no near one lists what is possible', () => {
  const tree = smallest()
  pairOf(tree)['naming'] = { zzz: 1 }
  expect(faultsOf(tree)).toEqual([
    expect.stringContaining(
      'pairs.accounting.naming.zzz: is not known here: take it out, or use one of kind, separator',
    ),
  ])
})

test('what is missing, empty or of the wrong kind is told as what to put there', () => {
  const tree = smallest()
  const pair = pairOf(tree)
  delete pair['primary']
  pair['topics'] = []
  pair['fenceReads'] = null
  pair['timing'] = { poll: 1.5, stall: 1 }
  pair.applications = [
    { name: 1, kind: 'producer', topics: ['x'], control: { adapter: 'comand' } },
    { name: 'c', kind: 'consumer', topics: ['x'], control: {} },
  ]
  const text = faultsOf(tree).join('\n')
  expect(text).toContain('pairs.accounting.primary: is missing: put a text here')
  expect(text).toContain('pairs.accounting.topics: is an empty list: at least 1 is needed')
  expect(text).toContain('pairs.accounting.fenceReads: is empty: put true or false here')
  expect(text).toContain('pairs.accounting.timing.poll: is a number with a fraction: put a whole number here')
  expect(text).toContain('pairs.accounting.timing.stall: is too small: at least 50')
  expect(text).toContain('pairs.accounting.applications[0].name: is a number: put a text (in quotes) here')
  expect(text).toContain(
    'pairs.accounting.applications[0].control.adapter: "comand" is not possible here: did you mean "command"?',
  )
  expect(text).toContain('applications[1].control.adapter: is missing: put one of command, webhook, manual here')
})

test('a consumer without its group is refused', () => {
  const tree = smallest()
  pairOf(tree).applications[1] = {
    name: 'l',
    kind: 'consumer',
    topics: ['accounting.invoices'],
    control: { adapter: 'manual' },
  }
  expect(faultsOf(tree)).toEqual([expect.stringContaining('applications[1].group: a consumer needs its group')])
})

test('a secret that was written into the file is refused and never repeated', () => {
  const tree = smallest()
  tree.clusters['A'] = {
    bootstrap: ['localhost:9092'],
    sasl: { mechanism: 'PLAIN', username: 'u', password: 'hunter2' },
  }
  pairOf(tree).links[0] = { ...link('A', 'B'), connect: { url: 'http://me:hunter2@connect.example.org' } }
  const faults = faultsOf(tree)
  expect(faults[0]).toContain(
    'clusters.A.sasl.password: a secret is never written here, it is named: put {env: NAME} or {file: PATH}',
  )
  expect(faults[1]).toContain('links[0].connect.url: has a user name or password in it')
  expect(faults).toHaveLength(2)
  expect(faults.join('\n')).not.toContain('hunter2')
})

test('a secret is named by exactly one reference', () => {
  const tree = smallest()
  tree.clusters['A'] = {
    bootstrap: ['localhost:9092'],
    sasl: { mechanism: 'PLAIN', username: 'u', password: { env: 'PATH', file: 'x' } },
  }
  expect(faultsOf(tree)).toEqual([expect.stringContaining('clusters.A.sasl.password')])
})

test('text that is no YAML is told with its line, without repeating the file', () => {
  const faults = faultsOf('clusters:\n  A: {bootstrap: [localhost:9092]\n  password: hunter2\n')
  expect(faults[0]).toMatch(/^line \d: not readable as YAML: /)
  expect(faults.join('\n')).not.toContain('hunter2')
})

test('a key that stands there twice is a fault', () => {
  expect(faultsOf('clusters: {}\npairs: {}\nclusters: {}\n')).toEqual([
    expect.stringContaining('line 3: not readable as YAML'),
  ])
})

test('an empty file says what is missing', () => {
  expect(faultsOf('')).toEqual([
    'clusters: is missing: put names with their entries here',
    'pairs: is missing: put names with their entries here',
  ])
})
