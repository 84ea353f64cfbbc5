import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { groupIdsOf, namingOf } from '../../src/config/naming.ts'
import { crnOf } from '../backends/event-streams-support.ts'
import { faultsOf, pairOf, smallest, written } from './support.ts'
import { instances } from '../adapters/instances-support.ts'

const topics = (rename: object) => ({ topicNameTransform: { type: 'rename', rename } })
const groups = (rename: object) => ({ groupIdTransform: { type: 'rename', rename } })
const none = { topicNameTransform: { type: 'none' } }

test('transforms of the links say how copies and groups are called', () => {
  const tree = instances(
    { ...topics({ addPrefix: 'a.' }), ...groups({ addPrefix: 'dr-' }) },
    { ...topics({ addPrefix: 'b.' }), ...groups({ removePrefix: 'dr-' }) },
  )
  const config = loadConfig(written(tree))
  const pair = config.pairs['accounting']
  if (pair === undefined) throw new Error('no pair')
  expect(namingOf(config, pair)).toEqual({
    kind: 'suffix',
    separator: '.',
    aliases: ['A', 'B'],
    copies: {
      A: { type: 'rename', rename: { addPrefix: 'a.' } },
      B: { type: 'rename', rename: { addPrefix: 'b.' } },
    },
  })
  expect(groupIdsOf(pair)).toEqual({ B: { ledger: 'dr-ledger' } })
  expect(faultsOf(instances({}, {}))).toEqual([])
})

test('names that are kept are kept on every link, and not in the documented order', () => {
  expect(faultsOf(instances(none, none))).toEqual([])
  expect(faultsOf(instances(none, {}))).toEqual([
    expect.stringMatching(
      /pairs\.accounting\.links: A->B keeps the names .* mirrored back .* on all of them, or on none/,
    ),
  ])
  const documented = instances(none, none)
  pairOf(documented)['order'] = 'documented'
  expect(faultsOf(documented)).toEqual([expect.stringMatching(/pairs\.accounting\.order: .*use lag-first/)])
  // MirrorMaker 2 by its IdentityReplicationPolicy.
  const identity = smallest()
  pairOf(identity)['naming'] = { kind: 'none' }
  const config = loadConfig(written(identity))
  const pair = config.pairs['accounting']
  expect(pair && namingOf(config, pair).copies).toMatchObject({ A: { type: 'none' }, B: { type: 'none' } })
  pairOf(identity)['order'] = 'documented'
  expect(faultsOf(identity)).toEqual([expect.stringMatching(/use lag-first/)])
})

test('a rename that a copy cannot be told by, or that a topic takes no part in, is refused at its place', () => {
  const pairTopic = 'accounting.invoices'
  const there = (rename: object) => faultsOf(instances(topics(rename), {}))
  expect(there({})).toEqual([expect.stringMatching(/topicNameTransform\.rename: say what to add or to remove/)])
  expect(there({ removePrefix: pairTopic.slice(0, 3) })).toEqual([
    expect.stringMatching(/links\[0\]\.topicNameTransform: adds nothing to a name/),
  ])
  expect(there({ removePrefix: 'x.', addPrefix: 'y.' })).toEqual([
    expect.stringMatching(/links\[0\]\.topicNameTransform: .* lacks what is removed, so it would not be mirrored/),
  ])
  expect(there({ addPrefix: 'what now' })).toEqual([expect.stringMatching(/a topic has letters/)])
  const twoTopics = instances(topics({ addSuffix: '.copy' }), {})
  pairOf(twoTopics)['topics'] = [pairTopic, `${pairTopic}.copy`]
  expect(faultsOf(twoTopics)).toEqual([
    expect.stringMatching(/the copy of .* would be called .*\.copy, which is a topic/),
  ])
})

test('links that leave one cluster name copies alike, links that lead to one do not', () => {
  const tree = instances(topics({ addPrefix: 'a.' }), {})
  tree.clusters['C'] = {
    bootstrap: ['localhost:9092'],
    eventStreams: { crn: crnOf('C'), adminUrl: 'https://c.example.org' },
  }
  const { links } = pairOf(tree)
  pairOf(tree).links = [...links, { from: 'A', to: 'C' }, { from: 'C', to: 'B', ...topics({ addPrefix: 'a.' }) }]
  expect(faultsOf(tree)).toEqual([
    expect.stringMatching(/links\[2\]\.topicNameTransform: A->B calls copies of A otherwise/),
    expect.stringMatching(/links\[3\]\.topicNameTransform: copies by A->B would be called the same on B/),
  ])
})

test('groups come back as they went, and become no other group', () => {
  expect(faultsOf(instances(groups({ addPrefix: 'dr-' }), {}))).toEqual([
    expect.stringMatching(/links\[1\]\.groupIdTransform: B->A makes dr-.* undo each other/),
  ])
  expect(faultsOf(instances(groups({ removePrefix: 'x-' }), {}))).toEqual([
    expect.stringMatching(/links\[0\]\.groupIdTransform: the group .* lacks what A->B removes/),
  ])
  const tree = instances(groups({ addPrefix: 'dr-' }), groups({ removePrefix: 'dr-' }))
  const other = structuredClone(pairOf(instances({}, {})))
  for (const app of other.applications) if (app['group'] !== undefined) app['group'] = 'dr-ledger'
  tree.pairs['second'] = other
  expect(faultsOf(tree)).toEqual([
    expect.stringMatching(
      /pairs\.second\.applications: the group dr-ledger is dr-ledger on B, as is ledger of accounting/,
    ),
  ])
})
