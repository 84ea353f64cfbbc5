import { expect, test } from 'vitest'
import { keepObligation } from '../../src/activities/waits/keep-obligation.ts'
import { createMemoryActivities } from '../../src/activities/memory.ts'
import { tidyUp } from '../../src/activities/keep/tidy.ts'
import { createTicketActivities } from '../../src/activities/tickets.ts'
import { createWriteActivities } from '../../src/activities/writes.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { everybodyEntry } from '../../src/domain/fence/fence.ts'
import { aDeny } from '../domain/builders.ts'
import { failureOf } from './memory-ports.ts'
import { activity, doors, lease, sampleConfig, scene, topic } from './scene.ts'

const link = { pair: 'accounting', from: 'A', to: 'B' }
const deny = (change: Partial<AclEntry> = {}): AclEntry => ({ ...aDeny(topic), ...change })

function world(config = sampleConfig()) {
  const on = scene(config)
  const writes = doors(createWriteActivities(on.deps, async () => undefined))
  const refused = async (act: () => Promise<unknown>, what: string) => {
    on.calls.length = 0
    const failure = await failureOf(activity().run<[], unknown>(act))
    expect(failure, what).toMatchObject({ type: errorTypes.configuration, nonRetryable: true })
    expect(failure.message).toContain('Refused: nothing was written')
    expect(failure.message).toContain(what)
    expect(on.calls.filter((call) => !/acls|allowsWithoutAcl|access|describe|listTopics/.test(call))).toEqual([])
  }
  return { ...on, writes, refused }
}

test('whoever may schedule activities has nothing written but what switchback.yaml allows for the pair', async () => {
  const { writes, refused } = world()
  const order = { lease, name: 'billing', key: 'accounting/1', cluster: 'B', topics: [topic], phase: 'all' as const }
  const copy = { lease, id: 'switchback.accounting.1.replay', from: 'A', to: 'B', begin: true, create: false, maxMs: 1 }
  const ranges: [number, number, number][] = [[0, 0, 1]]
  const acts: [what: string, act: () => Promise<unknown>][] = [
    [
      'User:mallory',
      () => writes.applyFence({ lease, cluster: 'A', acls: [deny(), deny({ principal: 'User:mallory' })] }),
    ],
    [
      'ALLOW Write of User:mallory on payroll',
      () =>
        writes.applyFence({
          lease,
          cluster: 'A',
          acls: [deny({ name: 'payroll', permission: 'allow', principal: 'User:mallory' })],
        }),
    ],
    [
      'DENY Read of User:* on payroll',
      () =>
        writes.liftFence({
          lease,
          cluster: 'A',
          acls: [deny({ name: 'payroll', principal: 'User:*', operation: 'Read' })],
        }),
    ],
    [
      'payroll is no group',
      () => writes.placeGroup({ lease, cluster: 'B', offsets: { group: 'payroll', topics: [] } }),
    ],
    [
      'payroll is neither a topic',
      () =>
        writes.placeGroup({
          lease,
          cluster: 'B',
          offsets: { group: 'billing', topics: [{ topic: 'payroll', offsets: [[0, 0]] }] },
        }),
    ],
    [
      'payroll is no topic',
      () =>
        writes.createTopics({ lease, cluster: 'B', templates: [{ topics: ['payroll'], partitions: 1, settings: {} }] }),
    ],
    [
      'payroll is no topic',
      () => writes.deleteEmptyTopics({ lease, cluster: 'B', topics: [{ topic: 'payroll', topicId: 'x' }] }),
    ],
    ['"payroll" would be added', () => writes.setSelection({ lease, link, text: `${topic},payroll`, expected: topic })],
    [
      '"payroll" would be taken out',
      () => writes.setSelection({ lease, link, text: topic, expected: `${topic},payroll` }),
    ],
    [
      'payroll is no topic',
      () => writes.setLinkPosition({ lease, link, positions: [{ topic: 'payroll', offsets: [[0, null]] }] }),
    ],
    ['payroll is neither a topic', () => writes.startApplication({ ...order, topics: ['payroll'] })],
    ['the key of the order', () => writes.stopApplication({ lease, name: 'billing', key: '--all' })],
    [
      'payroll is no topic',
      () => writes.copyStranded({ ...copy, topics: [{ topic: 'payroll', into: topic, ranges }] }),
    ],
    ['does not write to payroll', () => writes.copyStranded({ ...copy, topics: [{ topic, into: 'payroll', ranges }] })],
    [
      'payroll is no copy',
      () => writes.copyStranded({ ...copy, id: 'payroll', topics: [{ topic, into: topic, ranges }] }),
    ],
    ['A->C is no link', () => writes.disableLink({ lease, link: { ...link, to: 'C' } })],
  ]
  for (const [what, act] of acts) await refused(act, what)
})

test('what is allowed goes out as before, and a cluster that is none of the pair is not even looked up', async () => {
  const { writes, calls, refused } = world(
    sampleConfig((raw) => {
      raw.clusters['D'] = { bootstrap: ['d:9092'] }
    }),
  )
  await activity().run(() => writes.applyFence({ lease, cluster: 'A', acls: [deny()] }))
  await activity().run(() => writes.liftFence({ lease, cluster: 'A', acls: [deny()] }))
  expect(calls).toEqual(['A.createAcls', 'A.deleteAcls'])
  await refused(() => writes.applyFence({ lease, cluster: 'D', acls: [deny()] }), 'D is no cluster of accounting')
})

test('an ALLOW for everybody is added only where the topic is open already: not on a closed cluster, and not over ACLs of others', async () => {
  const { writes, refused, a, calls } = world()
  const acls = [everybodyEntry(topic, 'literal'), deny()]
  const fence = () => writes.applyFence({ lease, cluster: 'A', acls })
  await refused(fence, 'A does not admit everybody')
  a.openWithoutAcl = null
  await refused(fence, 'A does not show whether it admits everybody')
  a.openWithoutAcl = true
  a.entries = [deny({ principal: 'User:teller', permission: 'allow' })]
  await refused(fence, 'it would open what has ACLs of its own (ALLOW Write of User:teller')
  // What an interrupted fence left behind closes nothing.
  a.entries = [deny()]
  await activity().run(fence)
  expect(calls).toContain('A.createAcls')
})

test('the pair itself fences, tidies and keeps its memory within the same bounds', async () => {
  const { deps, calls } = world()
  const signal = new AbortController().signal
  const fence = { principals: ['User:mallory'], topics: ['payroll'], operations: ['Write' as const] }
  const kept = activity().run(() =>
    keepObligation(deps, { apply: true, pair: 'accounting', cluster: 'A', fence, pollMs: 1, maxMs: 50 }),
  )
  expect(await failureOf(kept)).toMatchObject({ type: errorTypes.configuration })
  const foreign = deny({ name: 'payroll', principal: 'User:mallory' })
  calls.length = 0
  const tidy = {
    lift: [
      { cluster: 'A', acls: [foreign] },
      { cluster: 'A', acls: [deny()] },
    ],
    groups: [{ cluster: 'A', id: 'payroll' }],
  }
  const tidied = await tidyUp(deps, { pair: 'accounting', tidy, door: { lease: async () => null } }, signal)
  expect(tidied).toEqual({ lifted: [{ cluster: 'A', acls: [deny()] }], groups: [] })
  expect(calls.filter((call) => call === 'A.deleteAcls')).toHaveLength(1)
  const dossier = newDossier({ pair: 'payroll', primary: 'A', secondary: 'B', at: '2026-01-01T00:00:00.000Z' })
  const memory = { version: 1 as const, dossier, lease: null, epoch: 1, events: [], over: [] }
  const door = { memory: async () => ({ mark: { lineage: 'l', revision: 1 }, memory }) }
  const { keepMemory } = doors(createMemoryActivities(deps, door))
  const failure = await failureOf(activity().run(keepMemory, { pair: 'accounting', cluster: 'A', last: null }))
  expect(failure.message).toContain('has the memory of another pair')
  expect(calls.filter((call) => /createAcls|appendKeyed|createTopics|deleteGroup/.test(call))).toEqual([])
})

test('of a fence that is over what left the pair stays, until the file names it again', async () => {
  const left = deny({ name: 'left', principal: 'User:gone' })
  const tidy = { lift: [{ cluster: 'A', acls: [left, deny()] }], groups: [] }
  const door = { lease: async () => null }
  const signal = new AbortController().signal
  const now = world()
  now.a.entries = [left, deny()]
  expect(await tidyUp(now.deps, { pair: 'accounting', tidy, door }, signal)).toEqual({
    lifted: [{ cluster: 'A', acls: [deny()] }],
    groups: [],
  })
  await now.refused(() => now.writes.liftFence({ lease, cluster: 'A', acls: [left] }), 'pairs.accounting.former')
  const corrected = world(
    sampleConfig((raw) => {
      raw.pairs['accounting'] = {
        ...raw.pairs['accounting'],
        links: raw.pairs['accounting']?.links ?? [],
        former: { topics: ['left'], principals: ['User:gone'] },
      }
    }),
  )
  corrected.a.entries = [left, deny()]
  expect(await tidyUp(corrected.deps, { pair: 'accounting', tidy, door }, signal)).toEqual({
    lifted: [{ cluster: 'A', acls: [left, deny()] }],
    groups: [],
  })
})

test('what a desk reads is the worker’s own, whatever text it was asked to send', async () => {
  const { deps } = world()
  const requests: { summary: string; text: string }[] = []
  const desk = {
    adapter: 'webhook' as const,
    find: async () => null,
    open: async (request: { summary: string; text: string }) => {
      requests.push(request)
      return { id: 'T-1', state: 'open' as const }
    },
    state: async (id: string) => ({ id, state: 'open' as const }),
    comment: async () => undefined,
  }
  const tickets = doors(
    createTicketActivities({ ...deps, ports: { ...deps.ports, desk: () => desk } }, async () => undefined),
  )
  const token = 'switchback/accounting/3/reset/disable/A->B'
  const asked = { lease, token, summary: 'Urgent', text: 'Please add User:mallory', link: { from: 'A', to: 'B' } }
  await activity().run(tickets.openTicket, asked)
  expect(requests).toMatchObject([{ summary: 'Disable Kafka mirroring A -> B (accounting)' }])
  expect(requests[0]?.text).toContain('Please disable the mirroring from cluster A to cluster B')
  expect(JSON.stringify(requests)).not.toContain('mallory')
  const other = await failureOf(activity().run(tickets.openTicket, { ...asked, token: 'x' }))
  expect(other.message).toContain('the token "x" is none of a run of accounting')
})

test('a comment goes to a ticket that a run of the pair opened, in the worker’s words, and to no other', async () => {
  const { deps } = world()
  const sent: string[] = []
  const token = 'switchback/accounting/3/reset/disable/A->B'
  const desk = {
    adapter: 'webhook' as const,
    find: async (asked: string) => (asked === token ? { id: 'T-1', state: 'open' as const, others: ['T-2'] } : null),
    open: async () => ({ id: 'T-1', state: 'open' as const }),
    state: async (id: string) => ({ id, state: 'open' as const }),
    comment: async (id: string, text: string) => void sent.push(`${id}: ${text}`),
  }
  const writes = (adapter: 'webhook' | 'manual') =>
    doors(
      createWriteActivities(
        { ...deps, ports: { ...deps.ports, desk: () => ({ ...desk, adapter }) } },
        async () => undefined,
      ),
    )
  const comment = {
    lease,
    id: 'T-1',
    token,
    link,
    note: { kind: 'withdrawn' as const },
    text: 'Please add User:mallory',
  }
  const refusal = async (asked: object, adapter: 'webhook' | 'manual' = 'webhook') =>
    (await failureOf(activity().run(writes(adapter).commentTicket, { ...comment, ...asked }))).message

  for (const id of ['T-1', 'T-2']) await activity().run(writes('webhook').commentTicket, { ...comment, id })
  const words = 'The reset was aborted: please do NOT disable the mirroring from A to B.'
  expect(sent.splice(0)).toEqual([`T-1: ${words}`, `T-2: ${words}`])

  expect(await refusal({ id: 'OTHER-7' })).toContain('Ticket OTHER-7 was sent no comment: only a ticket that a run')
  expect(await refusal({ token: token.replace('/3/', '/4/') })).toContain('the desk finds none')
  expect(await refusal({ token: token.replace('accounting', 'payroll') })).toContain('is none of a run of accounting')
  expect(await refusal({ link: { from: 'A', to: 'C' } })).toContain('A->C is no link of accounting')
  expect(await refusal({ note: { kind: 'text', text: 'Please add User:mallory' } })).toContain('says nothing like that')
  // As an earlier build had it scheduled: with a text alone.
  expect(await refusal({ token: undefined, link: undefined, note: undefined })).toContain('was sent no comment')
  expect(sent).toEqual([])

  await activity().run(writes('manual').commentTicket, { ...comment, id: 'manual-x' })
  expect(sent).toEqual([`manual-x: ${words}`])
})
