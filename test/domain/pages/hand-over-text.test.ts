import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config/schema.ts'
import type { Plan, PlannedApplication } from '../../../src/contract/plan.ts'
import { roleOf, staysOf } from '../../../src/domain/plan/application-role.ts'
import { handedOver, handOverText } from '../../../src/domain/pages/hand-over-text.ts'

const topics = ['accounting.invoices']
const plan = {
  source: 'A',
  target: 'B',
  ordering: 'strict',
  naming: { kind: 'suffix', separator: '.', aliases: ['A', 'B'] },
  applications: [],
} as unknown as Plan
const cut = [
  { topic: 'accounting.invoices', offsets: Array.from({ length: 20 }, (_, p): [number, number] => [p, 100 + p]) },
]

test.each([
  [{ kind: 'producer' }, 'producer', undefined],
  [{ kind: 'consumer', group: 'g' }, 'consumer', undefined],
  [{ kind: 'consumer', offsets: 'external' }, 'consumer', 'offsets'],
  [{ kind: 'streams', group: 'g' }, 'consumer', 'streams'],
  [{ kind: 'connect', group: 'connect-x' }, 'consumer', 'connect'],
  [{ kind: 'connect' }, 'producer', 'connect'],
] as const)('%o moves with each %s, and stays: %s', (app, role, stays) => {
  expect(roleOf(app)).toBe(role)
  expect(staysOf(app)).toBe(stays)
})

test('offsets outside of Kafka: where to go on in the copies and in the local topics, with the order said', () => {
  const app: PlannedApplication = { name: 'archive', kind: 'consumer', stays: 'offsets', topics }
  const text = handOverText(plan, app, cut)
  expect(text).toContain('goes on in accounting.invoices.A behind the last record it has processed')
  expect(text).toContain('accounting.invoices-0: 100, ')
  expect(text).toContain('and 8 more in the dossier')
  expect(text).toContain('nobody else sees to its order')
  expect(handOverText({ ...plan, ordering: 'relaxed' }, app, [])).toMatch(/from the cut \(not marked\)/)
})

test('a sink is told its topics and its group, a source its offsets, Kafka Streams its internal topics', () => {
  const sink: PlannedApplication = { name: 's', kind: 'consumer', stays: 'connect', group: 'connect-s', topics }
  expect(handOverText(plan, sink, cut)).toContain(
    'reading accounting.invoices.A and accounting.invoices as the group connect-s',
  )
  expect(handOverText(plan, { ...sink, kind: 'producer' }, cut)).toContain('PATCH /connectors/<name>/offsets')
  expect(handOverText(plan, { ...sink, stays: 'streams', group: 'rates' }, cut)).toContain('rates-…-changelog')
  expect(handedOver({ ...plan, applications: [sink, { name: 'p', kind: 'producer', topics }] }, 'producer')).toEqual([])
})

test('the configuration refuses kinds without what they need', () => {
  const application = configSchema.shape.pairs
  const faults = (app: object) => {
    const control = { adapter: 'manual' }
    const link = (from: string, to: string) => ({ from, to, connect: { url: 'http://c' }, source: { name: 'x' } })
    const pair = {
      primary: 'A',
      secondary: 'B',
      topics,
      applications: [{ name: 'a', topics, control, ...app }],
      links: [link('A', 'B'), link('B', 'A')],
    }
    return application.safeParse({ accounting: pair }).error?.issues.map(({ message }) => message) ?? []
  }
  expect(faults({ kind: 'streams' })).toEqual([expect.stringContaining('application.id')])
  expect(faults({ kind: 'consumer' })).toEqual(['a consumer needs its group'])
  expect(faults({ kind: 'consumer', offsets: 'external' })).toEqual([])
  expect(faults({ kind: 'consumer', group: 'g', offsets: 'external' })).toEqual([
    expect.stringContaining('without a group'),
  ])
  expect(faults({ kind: 'streams', group: 'g', offsets: 'external' })).toHaveLength(1)
  expect(faults({ kind: 'connect' })).toEqual([])
})
