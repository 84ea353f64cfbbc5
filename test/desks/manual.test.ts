import { expect, test } from 'vitest'
import { createDesk } from '../../src/desks/create-desk.ts'
import { configSchema } from '../../src/config/schema.ts'
import { smallest } from '../config/support.ts'

test('without a desk a person files the ticket: the same token is the same ticket, of unknown state', async () => {
  const port = createDesk('accounting', { adapter: 'manual' }, configSchema.parse(smallest()))
  const request = {
    token: 'accounting-3',
    summary: 'Disable A->B',
    text: '…',
    link: { from: 'A', to: 'B' },
    connectors: [],
    pair: 'accounting',
    workflowId: 'w',
  }
  expect(await port.find(request.token)).toBeNull()
  const ticket = await port.open(request)
  expect(ticket).toMatchObject({ id: 'manual-accounting-3', state: 'unknown' })
  expect(ticket.detail).toContain('file this ticket yourself ("Disable A->B")')
  expect(await port.open(request)).toEqual(ticket)
  expect(await port.state(ticket.id)).toMatchObject({ id: ticket.id, state: 'unknown' })
})
