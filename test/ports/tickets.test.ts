import { describe } from 'vitest'
import { createDesk } from '../../src/desks/create-desk.ts'
import { configSchema } from '../../src/config/schema.ts'
import { smallest } from '../config/support.ts'
import { scene } from '../backends/event-streams-support.ts'
import { httpServer } from '../desks/http-support.ts'
import { MemoryDesk } from './memory/desk.ts'
import { deskContract } from './tickets-contract.ts'

describe('a desk in memory', () => {
  deskContract(async () => {
    const port = new MemoryDesk()
    const ticket = (id: string) => port.tickets.find((one) => one.id === id)
    return {
      port,
      process: async (id) => void Object.assign(ticket(id) ?? {}, { state: 'processed' }),
      comments: async (id) => ticket(id)?.comments ?? [],
    }
  })
})

describe('a desk with an HTTP interface', () => {
  deskContract(async () => {
    const tickets: { id: string; token: string; state: string; comments: string[] }[] = []
    const { url } = await httpServer(({ method, path, text }) => {
      const { pathname, searchParams } = new URL(path, 'http://desk')
      const token = searchParams.get('token')
      if (method === 'GET' && token !== null) return { body: tickets.filter((one) => one.token === token) }
      const known = tickets.find(({ id }) => pathname.includes(`/${id}`))
      if (method === 'GET') return known ? { body: known } : { status: 404, body: {} }
      if (known) {
        known.comments.push(text)
        return { status: 201, body: {} }
      }
      const { token: sent } = JSON.parse(text) as { token: string }
      const ticket = { id: `T-${tickets.length + 1}`, token: sent, state: 'open', comments: [] }
      tickets.push(ticket)
      return { status: 201, body: ticket }
    })
    const config = { adapter: 'webhook' as const, url: `${url}/tickets`, headers: {}, timeoutMs: 5_000 }
    return {
      port: createDesk('accounting', config, configSchema.parse(smallest())),
      process: async (id) => void Object.assign(tickets.find((one) => one.id === id) ?? {}, { state: 'processed' }),
      comments: async (id) => tickets.find((one) => one.id === id)?.comments ?? [],
    }
  })
})

describe('support cases of IBM Cloud', () => {
  deskContract(async () => {
    const { cloud, desk } = await scene()
    const found = (id: string) => cloud.cases.all.find(({ number }) => number === id)
    return {
      port: desk(),
      process: async (id) => void Object.assign(found(id) ?? {}, { status: 'resolved' }),
      comments: async (id) => found(id)?.comments.map(({ value }) => value) ?? [],
    }
  })
})
