import { expect, test } from 'vitest'
import { errorTypes } from '../../src/contract/errors.ts'
import { caseStatuses } from '../../lab/ibm/cases.ts'
import { crnOf, scene } from '../backends/event-streams-support.ts'

const request = {
  token: 'switchback/accounting/3/reset/disable/A->B',
  summary: 'Disable Kafka mirroring A -> B (accounting)',
  text: 'Please disable it.',
  link: { from: 'A', to: 'B' },
  connectors: [],
  pair: 'accounting',
  workflowId: 'reset/accounting/1',
  workflowUrl: 'http://localhost:8233/x',
}

test('a case is opened with everything support needs, and found again by its token', async () => {
  const { cloud, desk } = await scene()
  const port = desk()
  expect(await port.find(request.token)).toBeNull()
  const opened = await port.open(request)
  expect(opened).toMatchObject({ id: 'CS0000001', state: 'open' })
  expect(await port.find(request.token)).toEqual(opened)
  expect(await port.find('switchback/accounting/4/reset/disable/A->B')).toBeNull()

  const [found] = cloud.cases.all
  expect(found).toMatchObject({
    type: 'technical',
    severity: 1,
    offering: { name: 'Event Streams', type: { group: 'crn_service_name', key: 'messagehub' } },
    resources: [
      { crn: crnOf('A'), note: 'alias A, source of the mirroring' },
      { crn: crnOf('B'), note: 'alias B, target of the mirroring' },
    ],
  })
  for (const said of [
    crnOf('A'),
    crnOf('B'),
    'Mirroring now: A -> B.',
    'Wanted: this mirroring disabled on B',
    'Topics: accounting.invoices.',
    'reset/accounting/1 (http://localhost:8233/x)',
    request.token,
  ])
    expect(found?.description).toContain(said)
})

test('each request to IBM has a connection of its own: a kept one that is just being closed would lose a case', async () => {
  const { cloud, desk } = await scene()
  const port = desk()
  await port.open(request)
  await port.find(request.token)
  expect(cloud.connections.length).toBeGreaterThan(2)
  expect(new Set(cloud.connections)).toEqual(new Set(['close']))
})

test.each([
  ['new', 'open'],
  ['in_progress', 'open'],
  ['waiting_on_client', 'open'],
  ['resolution_provided', 'processed'],
  ['resolved', 'processed'],
  ['closed', 'closed'],
] as const)('a case that is %s reads as %s', async (status, state) => {
  const { cloud, desk } = await scene()
  const { id } = await desk().open(request)
  cloud.cases.get(id).status = status
  expect((await desk().state(id)).state).toBe(state)
  // The pages write it in words.
  Object.assign(cloud.cases.get(id), {
    status: status.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase()),
  })
  expect((await desk().state(id)).state).toBe(state)
  expect(caseStatuses).toContain(status)
})

test('a case that waits for its client says so, and a status nobody knows is unknown', async () => {
  const { cloud, desk } = await scene()
  const { id } = await desk().open(request)
  cloud.cases.get(id).status = 'waiting_on_client'
  expect((await desk().state(id)).detail).toMatch(/waits for your answer.*7 days/)
  Object.assign(cloud.cases.get(id), { status: 'on fire' })
  expect(await desk().state(id)).toMatchObject({ state: 'unknown', detail: 'its status is "on fire"' })
})

test('a case whose answer was lost has an unknown outcome, and is found', async () => {
  const { cloud, desk } = await scene()
  cloud.faults.loseCaseAnswer = true
  await expect(desk().open(request)).rejects.toMatchObject({ type: errorTypes.unknownOutcome })
  expect(await desk().find(request.token)).toMatchObject({ id: 'CS0000001' })
  expect(cloud.cases.all).toHaveLength(1)
})

test('of two cases for one token, opened while the search lagged, the first counts and the other is named', async () => {
  const { cloud, desk } = await scene()
  cloud.faults.loseCaseAnswer = true
  await expect(desk().open(request)).rejects.toMatchObject({ type: errorTypes.unknownOutcome })
  cloud.faults.searchLag = 1
  expect(await desk().find(request.token)).toBeNull()
  await desk().open(request)
  expect(await desk().find(request.token)).toMatchObject({ id: 'CS0000001', others: ['CS0000002'] })
  // One that is over does not stand for one that is open.
  cloud.cases.get('CS0000001').status = 'closed'
  expect(await desk().find(request.token)).toMatchObject({ id: 'CS0000002', state: 'open' })
})

test('a comment is added; on a closed case it is refused', async () => {
  const { cloud, desk } = await scene()
  const { id } = await desk().open(request)
  await desk().comment(id, 'still waiting')
  expect(cloud.cases.get(id).comments.map(({ value }) => value)).toEqual(['still waiting'])
  cloud.cases.get(id).status = 'closed'
  await expect(desk().comment(id, 'again')).rejects.toMatchObject({ type: errorTypes.rejected })
})

test('a token of IAM that was revoked is renewed, and the case is opened once', async () => {
  const { cloud, desk } = await scene()
  const port = desk()
  await port.find(request.token)
  cloud.tokens.revokeAll()
  await port.open(request)
  expect(cloud.cases.all).toHaveLength(1)
})
