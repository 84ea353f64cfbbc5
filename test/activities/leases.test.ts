import { WorkflowUpdateFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { expect, test } from 'vitest'
import { createLeaseGuard } from '../../src/activities/lease-guard.ts'
import { createPairActivities } from '../../src/activities/leases.ts'
import { type PairDoor, updateFailure } from '../../src/activities/pair-door.ts'
import { createWriteActivities } from '../../src/activities/writes.ts'
import { createTicketActivities } from '../../src/activities/tickets.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { AcquireRequest } from '../../src/contract/pair-messages.ts'
import type { Lease } from '../../src/contract/lease.ts'
import { failureOf, memoryPorts } from './memory-ports.ts'
import { activity, doors, lease, run, sampleConfig, scene } from './scene.ts'

const held: Lease = { ...run, operation: 'failover', epoch: 7, acquiredAt: '2026-01-01T00:00:00.000Z' }

function door(leases: Record<string, Lease | null | undefined>, more: Partial<PairDoor> = {}) {
  const log: string[] = []
  const requests: AcquireRequest[] = []
  const value: PairDoor = {
    lease: async (pair) => leases[pair],
    dossier: async () => undefined,
    lastSample: async () => null,
    memory: async () => undefined,
    watched: async () => undefined,
    readiness: async () => undefined,
    async acquire(start, _queue, request) {
      log.push('acquire')
      requests.push(request)
      leases[start.pair] = { ...held, workflowId: request.workflowId, runId: request.runId, epoch: 8 }
      return { epoch: 8, adopted: false, dossier: scene().dossier }
    },
    record: async () => ({ obligations: [] }),
    async release({ lease: given }) {
      log.push(`release ${given.epoch}`)
      leases[given.pair] = null
    },
    runStatus: async () => ({ open: true, status: 'RUNNING' }),
    ...more,
  }
  return { value, log, requests }
}

function sharing() {
  return sampleConfig((raw) => {
    raw.pairs['orders'] = structuredClone(raw.pairs['accounting'] ?? { links: [] })
  })
}

test('the guard passes only the holder: same run, same epoch, and its own activity', async () => {
  const guard = createLeaseGuard({ lease: async () => held })
  await activity().run(guard, lease)
  const stale = await failureOf(activity().run(guard, { ...lease, epoch: 6 }))
  expect(stale).toMatchObject({ type: errorTypes.leaseLost, nonRetryable: true })
  expect(stale.message).toBe(
    "Nothing was written: the lease of accounting is with failover-1 (failover, epoch 7) since 2026-01-01T00:00:00.000Z; this run's had epoch 6.",
  )
  const foreign = activity({ workflowExecution: { workflowId: 'failover-1', runId: 'run-2' } })
  expect(await failureOf(foreign.run(guard, lease))).toMatchObject({ type: errorTypes.leaseLost })
})

test.each([
  ['nobody holds it', null],
  ['the pair is gone', undefined],
  ['another run holds it', { ...held, runId: 'run-9' }],
])('the guard refuses when %s', async (_when, holder) => {
  const guard = createLeaseGuard({ lease: async () => holder })
  expect(await failureOf(activity().run(guard, lease))).toMatchObject({ type: errorTypes.leaseLost })
})

test('a write whose lease is gone reaches nobody', async () => {
  const { deps, calls } = scene()
  const writes = createWriteActivities(deps, createLeaseGuard({ lease: async () => null }))
  const link = { pair: 'accounting', from: 'A', to: 'B' }
  const acls = [{ ...anAcl }]
  for (const act of [
    () => writes.stopApplication({ lease, name: 'entry', key: 'accounting/1' }),
    () =>
      writes.startApplication({ lease, name: 'entry', key: 'accounting/1', cluster: 'B', topics: [], phase: 'all' }),
    () => writes.applyFence({ lease, cluster: 'A', acls }),
    () => writes.liftFence({ lease, cluster: 'A', acls }),
    () => writes.enableLink({ lease, link }),
    () => writes.disableLink({ lease, link }),
    () => writes.setSelection({ lease, link, text: '^$', expected: '^$' }),
    () => writes.placeGroup({ lease, cluster: 'B', offsets: { group: 'billing', topics: [] } }),
    () => writes.setLinkPosition({ lease, link, positions: [] }),
  ]) {
    expect(await failureOf(activity().run<[], unknown>(act))).toMatchObject({ type: errorTypes.leaseLost })
  }
  expect(calls).toEqual([])
})

const anAcl = {
  resource: 'topic' as const,
  name: 'accounting.invoices',
  pattern: 'literal' as const,
  principal: 'User:entry',
  host: '*',
  operation: 'Write',
  permission: 'deny' as const,
}

test('a lease says nothing about another pair', async () => {
  const { deps, calls } = scene()
  const writes = createWriteActivities(deps, async () => undefined)
  const link = { pair: 'orders', from: 'A', to: 'B' }
  const failure = await failureOf(activity().run(async () => writes.enableLink({ lease, link })))
  expect(failure.message).toContain('the lease is one of accounting')
  expect(calls).toEqual([])
})

test('a dry run takes no lease and starts nothing', async () => {
  const { deps } = scene()
  const { value, log } = door({})
  const pair = doors(createPairActivities(deps, value))
  const input = { pair: 'accounting', operation: 'failover' as const, adopt: false, dryRun: true }
  const answer = await activity().run(pair.acquireLease, input)
  expect(answer).toMatchObject({ epoch: 0, adopted: false, dossier: { active: 'A', standby: 'B' } })
  expect(log).toEqual([])
})

test('an unknown pair is refused with the pairs there are', async () => {
  const { deps } = scene()
  const pair = doors(createPairActivities(deps, door({}).value))
  const input = { pair: 'acounting', operation: 'failover' as const, adopt: false, dryRun: false }
  const failure = await failureOf(activity().run(pair.acquireLease, input))
  expect(failure.type).toBe(errorTypes.invalidInput)
  expect(failure.message).toContain('has accounting')
})

test('a holder that Temporal knows to be closed is reported to the pair', async () => {
  const { deps } = scene()
  const dead = { ...held, workflowId: 'failover-0', runId: 'run-0' }
  const { value, requests } = door(
    { accounting: dead },
    { runStatus: async () => ({ open: false, status: 'TERMINATED' }) },
  )
  const pair = doors(createPairActivities(deps, value))
  await activity().run(pair.acquireLease, { pair: 'accounting', operation: 'failover', adopt: true, dryRun: false })
  expect(requests[0]?.holderClosed).toEqual({ workflowId: 'failover-0', runId: 'run-0', status: 'TERMINATED' })
})

test('a run that is gone is taken over when what it had sent has ended', async () => {
  const { deps } = scene()
  const dead = { ...held, workflowId: 'failover-0', runId: 'run-0' }
  const closedAt = '2026-01-01T00:00:10.000Z'
  const { value, log } = door(
    { accounting: dead },
    { runStatus: async () => ({ open: false, status: 'TERMINATED', closedAt }) },
  )
  let now = new Date('2026-01-01T00:00:13.000Z')
  const pair = doors(createPairActivities({ ...deps, clock: { now: () => now } }, value))
  const input = { pair: 'accounting', operation: 'failover' as const, adopt: true, dryRun: false }
  const failure = await failureOf(activity().run(pair.acquireLease, input))
  expect(failure).toMatchObject({ nonRetryable: false, nextRetryDelay: 22_000 })
  expect(failure.message).toContain(`is gone since ${closedAt}`)
  expect(log).toEqual([])
  now = new Date('2026-01-01T00:00:35.000Z')
  expect(await activity().run(pair.acquireLease, input)).toMatchObject({ epoch: 8 })
})

test('a pair that shares a link with one that is held is refused before it takes its own lease', async () => {
  const { deps } = scene(sharing())
  const { value, log } = door({ orders: { ...held, workflowId: 'failover-orders' } })
  const pair = doors(createPairActivities(deps, value))
  const input = { pair: 'accounting', operation: 'failover' as const, adopt: false, dryRun: false }
  const failure = await failureOf(activity().run(pair.acquireLease, input))
  expect(failure.type).toBe(errorTypes.leaseRefused)
  expect(failure.message).toContain('failover-orders')
  expect(log).toEqual([])
})

test('of two pairs that share a link and start together, one that sees the other gives its lease back', async () => {
  const { deps } = scene(sharing())
  const leases: Record<string, Lease | null> = {}
  const { value, log } = door(leases)
  const inner = door(leases).value
  value.acquire = (...args) => {
    log.push('acquire')
    leases['orders'] = { ...held, workflowId: 'failover-orders' }
    return inner.acquire(...args)
  }
  const pair = doors(createPairActivities(deps, value))
  const input = { pair: 'accounting', operation: 'failover' as const, adopt: false, dryRun: false }
  expect(await failureOf(activity().run(pair.acquireLease, input))).toMatchObject({ type: errorTypes.leaseRefused })
  expect(log).toEqual(['acquire', 'release 8'])
})

test('a pair that shares a link with one whose run is closed goes on', async () => {
  const { deps } = scene(sharing())
  const { value } = door(
    { orders: { ...held, workflowId: 'failover-orders' } },
    { runStatus: async () => ({ open: false, status: 'COMPLETED' }) },
  )
  const pair = doors(createPairActivities(deps, value))
  const input = { pair: 'accounting', operation: 'failover' as const, adopt: false, dryRun: false }
  expect(await activity().run(pair.acquireLease, input)).toMatchObject({ epoch: 8 })
})

test("the pair's refusal keeps its type and words", () => {
  const cause = ApplicationFailure.create({ type: 'LeaseRefused', message: 'held by another', nonRetryable: true })
  expect(
    updateFailure(new WorkflowUpdateFailedError('Workflow Update failed', cause), 'accounting', 'acquire'),
  ).toMatchObject({
    type: 'LeaseRefused',
    message: 'held by another',
    nonRetryable: true,
  })
  expect(updateFailure(new Error('deadline'), 'accounting', 'acquire')).toMatchObject({ type: errorTypes.unreachable })
})

test('an update that a worker left unseen is sent again, and no question comes of it', () => {
  const cause = ApplicationFailure.create({
    type: 'UnprocessedUpdate',
    message: "Workflow Update is rejected because it wasn't processed by worker.",
    nonRetryable: true,
  })
  const failure = updateFailure(new WorkflowUpdateFailedError('Workflow Update failed', cause), 'accounting', 'record')
  expect(failure).toMatchObject({ type: errorTypes.unreachable, nonRetryable: false })
})

test('a ticket that an attempt without an answer has opened is found, not opened again', async () => {
  const { deps } = scene()
  const opened: string[] = []
  const desk = {
    adapter: 'webhook' as const,
    find: async (token: string) => (token.includes('/1/') ? { id: 'CS1', state: 'open' as const } : null),
    async open({ token }: { token: string }) {
      opened.push(token)
      return { id: 'CS2', state: 'open' as const }
    },
    state: async (id: string) => ({ id, state: 'open' as const }),
    comment: async () => undefined,
  }
  const tickets = doors(createTicketActivities({ ...deps, ports: memoryPorts({ desk }) }, async () => undefined))
  const request = { lease, summary: 's', text: 't', link: { from: 'A', to: 'B' } }
  const [known, fresh] = [1, 2].map((episode) => `switchback/accounting/${episode}/reset/disable/A->B`)
  expect(await activity().run(tickets.openTicket, { ...request, token: known ?? '' })).toMatchObject({ id: 'CS1' })
  expect(await activity().run(tickets.openTicket, { ...request, token: fresh ?? '' })).toMatchObject({ id: 'CS2' })
  expect(opened).toEqual([fresh])
})
