import { expect, test } from 'vitest'
import type { Ticket, TicketDeskPort } from '../../src/ports/tickets.ts'

const request = {
  token: 'switchback/accounting/3/reset/disable/A->B',
  summary: 'Disable the mirroring A->B',
  text: 'Please disable it.',
  link: { from: 'A', to: 'B' },
  connectors: ['A-B-source'],
  pair: 'accounting',
  workflowId: 'reset/accounting/1',
}

export interface DeskGround {
  port: TicketDeskPort
  /** As somebody at the desk does. */
  process: (id: string) => Promise<void>
  /** What was said on a ticket. */
  comments: (id: string) => Promise<string[]>
}

/** What activities rely on of a desk. */
export function deskContract(open: () => Promise<DeskGround>): void {
  test('a ticket is found by its token, whoever opened it, with others of the same', async () => {
    const { port } = await open()
    expect(await port.find(request.token)).toBeNull()
    const opened = await port.open(request)
    expect(opened.state).toBe('open')
    const found = (await port.find(request.token)) as Ticket
    expect([found.id, found.state, found.others ?? []]).toEqual([opened.id, 'open', []])
    expect(await port.find('switchback/accounting/4/reset/disable/A->B')).toBeNull()
  })

  test('it tells when it was processed, and keeps what is said', async () => {
    const { port, process, comments } = await open()
    const { id } = await port.open(request)
    expect((await port.state(id)).state).toBe('open')
    await port.comment(id, 'a reminder')
    expect((await comments(id)).join()).toContain('a reminder')
    await process(id)
    expect(['processed', 'closed']).toContain((await port.state(id)).state)
  })
}
