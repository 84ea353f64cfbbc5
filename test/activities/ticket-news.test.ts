import { expect, test } from 'vitest'
import { ticketNews } from '../../src/activities/reads/ticket-news.ts'
import type { Ticket } from '../../src/ports/tickets.ts'

const saying = (said: Omit<Ticket, 'id'>) => () => ({ state: async (id: string) => ({ id, ...said }) })
const broken = () => ({
  state: async () => {
    throw new Error('connection refused')
  },
})
const ask = (desk: Parameters<typeof ticketNews>[0], known: Parameters<typeof ticketNews>[1]['known']) =>
  ticketNews(desk, { id: 'T-1', known })

test('what a desk has done is news, whatever was known', async () => {
  for (const state of ['processed', 'closed'] as const)
    expect(await ask(saying({ state, detail: 'resolved' }), { detail: 'resolved', silent: false })).toEqual({
      state,
      detail: 'resolved',
    })
})

test('a detail is news once; until then Temporal is told to ask again', async () => {
  const desk = saying({ state: 'open', detail: 'waits for you' })
  expect(await ask(desk, { silent: false })).toEqual({ state: 'open', detail: 'waits for you' })
  await expect(ask(desk, { detail: 'waits for you', silent: false })).rejects.toMatchObject({
    message: 'no news of ticket T-1: waits for you',
    nonRetryable: false,
    category: 'BENIGN',
  })
  await expect(ask(saying({ state: 'open' }), { silent: false })).rejects.toMatchObject({ nonRetryable: false })
})

test('a desk that ceases to answer is news once, and so is its first answer after that', async () => {
  expect(await ask(broken, { silent: false })).toEqual({ trouble: 'connection refused' })
  await expect(ask(broken, { silent: true })).rejects.toMatchObject({
    message: 'the desk could not be asked for ticket T-1: connection refused',
    nonRetryable: false,
  })
  expect(await ask(saying({ state: 'open' }), { silent: true })).toEqual({ state: 'open' })
})

test('a desk that is not configured is told like one that does not answer', async () => {
  const none = () => {
    throw new Error('the pair has no desk')
  }
  expect(await ask(none, { silent: false })).toEqual({ trouble: 'the pair has no desk' })
})
