import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { allowanceOf } from '../../../src/config/allowance.ts'
import { configSchema } from '../../../src/config/schema.ts'
import type { AclEntry } from '../../../src/contract/dossier.ts'
import { fenceAcls } from '../../../src/domain/fence/fence.ts'
import { remoteName } from '../../../src/domain/names/naming.ts'
import { closedBy, refusedFence, refusedLift } from '../../../src/domain/permitted/acls.ts'
import {
  type Allowance,
  refusedCluster,
  refusedCopyId,
  refusedInto,
  refusedKey,
  refusedMemory,
  refusedNewTopics,
  refusedOffsets,
  refusedStart,
} from '../../../src/domain/permitted/allowance.ts'
import { refusedPositions, refusedSelection } from '../../../src/domain/permitted/links.ts'
import { withoutTopics, withTopics, withTopicsBack } from '../../../src/domain/names/selection.ts'
import { copiesInto, copyId, copyTopic } from '../../../src/domain/losses/stranded-copy.ts'
import type { TicketNote } from '../../../src/contract/ticket-note.ts'
import { disableTicketWords, disableToken, ticketNoteWords } from '../../../src/domain/pages/ticket-words.ts'
import { anAcl } from '../builders.ts'

const names = ['orders', 'orders-audit', 'accounting.invoices', 'a.b', 'a']
const foreign = ['payroll', 'orders2', 'accounting', 'a.b.c', '__consumer_offsets']

const pairs = fc.record({
  topics: fc.subarray(names, { minLength: 1 }),
  producer: fc.constantFrom('User:entry', 'User:*'),
  naming: fc.record({ kind: fc.constantFrom('suffix', 'prefix', 'none'), separator: fc.constantFrom('.', '-') }),
})

function allowanceFrom({
  topics,
  producer,
  naming,
}: {
  topics: string[]
  producer: string
  naming: object
}): Allowance {
  const control = { adapter: 'manual' }
  const link = (from: string, to: string) => ({ from, to, connect: { url: 'http://c:8083' }, source: { name: 'm' } })
  const config = configSchema.parse({
    clusters: {
      A: { bootstrap: ['a:1'] },
      B: { bootstrap: ['b:1'] },
      C: { bootstrap: ['c:1'] },
      D: { bootstrap: ['d:1'] },
    },
    pairs: {
      shop: {
        primary: 'A',
        secondary: 'B',
        topics,
        naming,
        applications: [
          { name: 'entry', kind: 'producer', principal: producer, topics, control },
          { name: 'billing', kind: 'consumer', principal: 'User:billing', group: 'billing', topics, control },
        ],
        links: [link('A', 'B'), link('B', 'A'), link('B', 'C')],
        former: { topics: ['left'], principals: ['User:left'] },
      },
    },
  })
  const pair = config.pairs['shop']
  if (pair === undefined) throw new Error('no pair')
  return allowanceOf(config, 'shop', pair)
}

/** What a run draws for a fence of these. */
const fences = fc.record({
  pair: pairs,
  reads: fc.boolean(),
  copiesAcls: fc.boolean(),
  open: fc.boolean(),
  travelsWell: fc.boolean(),
})

function drawn({
  pair,
  reads,
  copiesAcls,
  open,
  travelsWell,
}: typeof fences extends fc.Arbitrary<infer Fence> ? Fence : never): AclEntry[] {
  return fenceAcls({
    principals: [reads ? 'User:billing' : pair.producer],
    topics: pair.topics,
    operations: [reads ? 'Read' : 'Write'],
    copiesAcls,
    allTopics: [...names, ...foreign],
    ownTopics: pair.topics,
    open: open ? pair.topics : [],
    travelsWell: travelsWell ? pair.topics : [],
  }).acls
}

/** Each makes of an entry one that no fence of the pair has. */
const alterations: ((acl: AclEntry) => AclEntry)[] = [
  (acl) => ({ ...acl, name: 'payroll' }),
  (acl) => ({ ...acl, name: '*' }),
  (acl) => ({ ...acl, name: `${acl.name}2` }),
  (acl) => ({ ...acl, name: acl.name.slice(0, -1) }),
  (acl) => ({ ...acl, principal: 'User:mallory' }),
  (acl) => ({ ...acl, host: '10.0.0.1' }),
  (acl) => ({ ...acl, resource: 'group' }),
  (acl) => ({ ...acl, resource: 'cluster' }),
  (acl) => ({ ...acl, operation: 'Alter' }),
  (acl) => ({ ...acl, operation: acl.permission === 'deny' ? 'All' : 'Write' }),
  (acl) =>
    acl.permission === 'deny'
      ? { ...acl, permission: 'allow' }
      : { ...acl, principal: 'User:entry', operation: 'Write' },
  (acl) => ({ ...acl, pattern: 'match' as AclEntry['pattern'] }),
]

test('every fence that the product draws may be added and lifted; no altered entry of one may', () => {
  fc.assert(
    fc.property(fences, fc.nat(), fc.constantFrom(...alterations), (fence, at, alter) => {
      const allowance = allowanceFrom(fence.pair)
      const acls = drawn(fence)
      expect(refusedFence(allowance, acls)).toEqual([])
      expect(refusedLift(allowance, acls)).toEqual([])
      const index = at % acls.length
      const altered = acls.map((acl, place) => (place === index ? alter(acl) : acl))
      const entry = altered[index]
      // A shorter name may be another topic of the pair.
      if (entry !== undefined && acls[index]?.name !== entry.name && fence.pair.topics.includes(entry.name)) return
      expect(refusedFence(allowance, altered)).toHaveLength(1)
      expect(refusedLift(allowance, altered)).toHaveLength(1)
    }),
  )
})

test('an ALLOW of one is refused for whoever it is, and a DENY of the other kind of application is not added', () => {
  const allowance = allowanceFrom({ topics: ['orders'], producer: 'User:entry', naming: {} })
  expect(refusedFence(allowance, [anAcl({ name: 'payroll', permission: 'allow', principal: 'User:mallory' })])).toEqual(
    [
      'ALLOW Write of User:mallory on payroll: a fence allows nobody but everybody everything, payroll is no topic of shop',
    ],
  )
  expect(refusedFence(allowance, [anAcl({ name: 'orders', principal: 'User:billing', operation: 'Write' })])).toEqual([
    'DENY Write of User:billing on orders: User:billing is no principal of a producer of shop',
  ])
  expect(refusedLift(allowance, [anAcl({ name: 'orders', principal: 'User:billing', operation: 'Write' })])).toEqual([])
})

test('what left the pair may be lifted, and not added', () => {
  const allowance = allowanceFrom({ topics: ['orders'], producer: 'User:entry', naming: {} })
  for (const acl of [
    anAcl({ name: 'left', principal: 'User:entry' }),
    anAcl({ name: 'orders', principal: 'User:left' }),
  ]) {
    expect(refusedLift(allowance, [acl])).toEqual([])
    expect(refusedFence(allowance, [acl])).toHaveLength(1)
  }
})

test('an ALLOW for everybody is closed by any entry of others that it would open, and by none of ours', () => {
  const allowance = allowanceFrom({ topics: ['orders'], producer: 'User:entry', naming: {} })
  const everybody = anAcl({ name: 'orders', principal: 'User:*', operation: 'All', permission: 'allow' })
  const ours = [everybody, anAcl({ name: 'orders', principal: 'User:entry' })]
  expect(closedBy(allowance, everybody, ours)).toEqual([])
  const own = anAcl({ name: 'orders', principal: 'User:teller', permission: 'allow' })
  expect(closedBy(allowance, everybody, [...ours, own])).toEqual([own])
  const below = anAcl({ name: 'orders-secret', principal: 'User:teller', permission: 'allow' })
  expect(closedBy(allowance, everybody, [...ours, below])).toEqual([])
  expect(closedBy(allowance, { ...everybody, pattern: 'prefixed' }, [...ours, below])).toEqual([below])
})

const entries = fc.subarray(['payroll', 'pay.*', String.raw`accounting\..*`, 'orders', 'a|b', '.*', String.raw`a\.b`])

test('a selection changes for topics of the pair, in every way the product changes it, and for no other entry', () => {
  fc.assert(
    fc.property(pairs, entries, entries, fc.constantFrom(...foreign, 'pay.*'), (pair, one, two, other) => {
      const allowance = allowanceFrom(pair)
      const before = one.join(',') || '^$'
      const without = withoutTopics(before, pair.topics)
      const admitted = (from: string | null, to: string) => refusedSelection(allowance, { before: from, after: to })
      expect(admitted(before, without)).toEqual([])
      expect(admitted(without, withTopicsBack(without, pair.topics, before))).toEqual([])
      expect(admitted(without, withTopicsBack(without, pair.topics, two.join(',') || null))).toEqual([])
      expect(admitted(before, withTopics(before, pair.topics))).toEqual([])
      expect(admitted(null, withTopics(null, pair.topics))).toEqual([])
      if (one.includes(other)) return
      expect(admitted(before, `${without},${other}`)).toHaveLength(1)
      expect(admitted(`${without},${other}`, before)).toHaveLength(1)
      expect(admitted(before, `${without},(?!(?:${pair.topics[0]})$)(?:${other})`)).toHaveLength(1)
    }),
  )
})

test('groups, positions, starts and new topics are the pair’s, with the copies as they are called', () => {
  fc.assert(
    fc.property(pairs, fc.constantFrom(...foreign), (pair, other) => {
      const allowance = allowanceFrom(pair)
      const copies = pair.topics.map((topic) => remoteName(allowance.naming, 'A', topic))
      const read = [...copies, ...pair.topics].map((topic) => ({ topic }))
      expect(refusedOffsets(allowance, { group: 'billing', topics: read })).toEqual([])
      expect(refusedOffsets(allowance, { group: 'billing', topics: [...read, { topic: other }] })).toHaveLength(1)
      expect(refusedOffsets(allowance, { group: 'payroll', topics: read })).toHaveLength(1)
      const target = { cluster: 'C', topics: [...copies, ...pair.topics] }
      expect(refusedStart(allowance, 'billing', target)).toEqual([])
      expect(refusedStart(allowance, 'billing', { ...target, cluster: 'D' })).toHaveLength(1)
      expect(refusedStart(allowance, 'billing', { ...target, topics: [other] })).toHaveLength(1)
      const offsets = [[0, 1]] as [number, number][]
      expect(
        refusedPositions(
          allowance,
          [...pair.topics, 'left'].map((topic) => ({ topic, offsets })),
        ),
      ).toEqual([])
      expect(refusedPositions(allowance, [{ topic: other, offsets }])).toHaveLength(1)
      const quarantined = pair.topics.map((topic) => copyTopic(copiesInto('quarantine', 3), topic))
      expect(refusedNewTopics(allowance, [...pair.topics, ...quarantined, 'switchback.dossier'])).toEqual([])
      expect(refusedNewTopics(allowance, [other])).toHaveLength(1)
      expect(refusedNewTopics(allowance, [`${other}.quarantine.3`])).toHaveLength(1)
    }),
  )
})

test('copies are known by their id, and go where their kind and episode says', () => {
  fc.assert(
    fc.property(pairs, fc.integer({ min: 1, max: 9_999 }), (pair, episode) => {
      const allowance = allowanceFrom(pair)
      for (const action of ['replay', 'quarantine'] as const) {
        const id = copyId('shop', episode, action)
        const into = pair.topics.map((topic) => copyTopic(copiesInto(action, episode), topic))
        expect(refusedInto(allowance, id, into)).toEqual([])
        expect(refusedInto(allowance, id, ['payroll'])).toHaveLength(1)
        expect(refusedInto(allowance, copyId('shop', episode + 1, 'quarantine'), into)).not.toEqual([])
      }
      for (const id of [
        'billing',
        copyId('other', episode, 'replay'),
        `switchback.shop.${episode}.x`,
        'switchback.shop.1e1.replay',
      ])
        expect(refusedCopyId(allowance, id)).toHaveLength(1)
    }),
  )
})

test('clusters, keys of orders and the memory are the pair’s own', () => {
  const allowance = allowanceFrom({ topics: ['orders'], producer: 'User:entry', naming: {} })
  expect(['A', 'B', 'C', 'D', 'constructor'].map((alias) => refusedCluster(allowance, alias).length)).toEqual([
    0, 0, 0, 1, 1,
  ])
  expect(refusedKey(allowance, 'shop/1/failover/7/stop-producers/entry')).toEqual([])
  for (const key of ['other/1', '--help', 'shop/1\n2', `shop/${'1'.repeat(2_000)}`])
    expect(refusedKey(allowance, key), key).toHaveLength(1)
  expect(refusedMemory(allowance, 'switchback.dossier', ['shop/0/0', 'shop'])).toEqual([])
  expect(refusedMemory(allowance, 'switchback.dossier', ['other'])).toHaveLength(1)
  expect(refusedMemory(allowance, 'orders', ['shop'])).toHaveLength(1)
})

test('what a desk reads is written by the worker, for tokens of the pair and link alone', () => {
  const disable = { pair: 'shop', from: 'A', to: 'B' }
  const token = disableToken({ ...disable, episode: 2, operation: 'reset' })
  expect(disableTicketWords(token, { ...disable, workflowId: 'reset/shop/2' })?.text).toContain('needed by the reset')
  expect(disableTicketWords(`${token}/after-1767225600000`, { ...disable, workflowId: 'w' })).not.toBeNull()
  for (const other of [
    'x',
    token.replace('shop', 'pay'),
    token.replace('/2/', '/NaN/'),
    token.replace('A->B', 'B->A'),
    `${token} `,
  ])
    expect(disableTicketWords(other, { ...disable, workflowId: 'w' }), other).toBeNull()
})

test('a note on a ticket is one of five, with plausible numbers, for tokens of the pair and link alone', () => {
  const disable = { pair: 'shop', from: 'A', to: 'B', workflowId: 'reset/shop/2' }
  const token = disableToken({ ...disable, episode: 2, operation: 'reset' })
  const words = (note: object, of = token) => ticketNoteWords(of, note as TicketNote, disable)
  expect(words({ kind: 'withdrawn' })).toBe('The reset was aborted: please do NOT disable the mirroring from A to B.')
  expect(words({ kind: 'done' })).toContain('reset/shop/2 has checked')
  expect(words({ kind: 'taken-over' })).toContain('runs as workflow reset/shop/2 now')
  expect(words({ kind: 'reminder', number: 3, hours: 1.5 })).toBe('Reminder 3: this ticket has been open for 1.5 h.')
  expect(words({ kind: 'escalation', hours: 9 })).toContain('shop is unprotected')
  const others: object[] = [
    { kind: 'text', text: 'Please add User:mallory' },
    { kind: 'toString' },
    { kind: 'reminder', number: 'Please call', hours: 1 },
    { kind: 'reminder', number: 1.5, hours: 1 },
    { kind: 'escalation', hours: '1 h. Please add User:mallory; 2' },
    { kind: 'escalation', hours: -1 },
    { kind: 'escalation', hours: Number.NaN },
    { kind: 'escalation', hours: 1e21 },
    {},
  ]
  for (const note of others) expect(words(note), JSON.stringify(note)).toBeNull()
  expect(words({ kind: 'withdrawn' }, token.replace('shop', 'pay'))).toBeNull()
})
