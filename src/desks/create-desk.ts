import type { TicketDeskPort } from '../ports/tickets.ts'
import { onFirstUse } from '../ports/on-first-use.ts'
import { type DeskConfig, deskOf } from './chosen.ts'
import type { File } from './desk.ts'

/** All of the file that a desk is made of besides its entry: as soon as it differs, it is made anew. */
export function deskNeeds(desk: DeskConfig, file: File, pair: string): unknown {
  return deskOf(desk).dependsOn(desk, { file, pair })
}

/** The support desk of a pair, by the adapter its configuration names. It is loaded by its first use. */
export function createDesk(pair: string, desk: DeskConfig, file: File): TicketDeskPort {
  const kind = deskOf(desk)
  const needs = deskNeeds(desk, file, pair)
  const port = onFirstUse(async () => (await kind.opening()).open(pair, desk, needs))
  return {
    adapter: kind.name,
    find: async (token, signal) => (await port()).find(token, signal),
    open: async (request, signal) => (await port()).open(request, signal),
    state: async (id, signal) => (await port()).state(id, signal),
    comment: async (id, text, signal) => (await port()).comment(id, text, signal),
  }
}
