import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { IbmCloudConfig } from '../../adapters/ibm/settings.ts'
import { configurationFault, rejected, unknownOutcome } from '../../ports/failures.ts'
import type { Ticket, TicketDeskPort } from '../../ports/tickets.ts'
import { ibmAccount } from '../../adapters/ibm/account.ts'
import { outcomeOf } from '../../adapters/ibm/failures.ts'
import { shaped } from '../../adapters/ibm/shaped.ts'
import { caseText } from './ibm-case-text.ts'
import type { IbmCasesConfig, Needs } from './settings.ts'

const text = z.string().max(2_000)
const aCase = z.object({
  number: text.optional(),
  short_description: text.nullish(),
  status: text.nullish(),
  created_at: text.nullish(),
})
const aList = z.object({ cases: z.array(aCase).nullish() })
type Found = z.infer<typeof aCase> & { number: string }

/** Fields that are asked for; comments and contacts may hold personal data, and stay there. */
const FIELDS = ['number', 'short_description', 'status', 'created_at']
/** Cases looked through for a token: more than one can only come from lost answers. */
const MOST = 50

/**
 * IBM Cloud's case management. It knows no idempotency key: each case carries a token in its subject, which is searched
 * for before one is created.
 */
export function ibmCases(pair: string, desk: IbmCasesConfig, needs: Needs): TicketDeskPort {
  const ibmCloud = accountFor(pair, needs)
  const account = ibmAccount(ibmCloud)

  return {
    adapter: 'ibm-cases',

    async find(token, signal) {
      const search = searchToken(token)
      const what = `IBM's case management was asked for cases with ${search}`
      const { result } = await account(what, signal, ({ cases }) =>
        cases.getCases({ search, limit: MOST, fields: FIELDS }),
      )
      // A search finds what is similar as well: only the subject tells.
      const own = (shaped(what, aList, result).cases ?? []).filter(
        (one): one is Found => one.number !== undefined && (one.short_description ?? '').includes(search),
      )
      const [first, ...others] = own.sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || order(a, b))
      if (first === undefined) return null
      const ticket = ticketOf(first)
      return others.length === 0 ? ticket : { ...ticket, others: others.map(({ number }) => number) }
    },

    async open(request, signal) {
      const search = searchToken(request.token)
      const what = `IBM's case management was asked to open a case (${search})`
      const { subject, description, resources } = caseText(needs, request, search)
      const answer = await account(what, signal, async ({ cases }) => {
        try {
          return await cases.createCase({
            type: 'technical',
            subject,
            description,
            severity: desk.severity,
            offering: { name: 'Event Streams', type: { group: 'crn_service_name', key: 'messagehub' } },
            resources,
          })
        } catch (error) {
          const status: unknown = error instanceof Error ? Reflect.get(error, 'status') : undefined
          // Refused by its token it was not read: the account tries again with a new one.
          if (status === 401) throw error
          throw outcomeOf(what, `Search for a case with ${search} in its subject before one is opened again.`, error)
        }
      })
      const opened = aCase.safeParse(answer.result).data
      if (opened?.number === undefined)
        throw unknownOutcome(
          `${what}, and its answer names no case. Search for a case with ${search} in its subject before one is opened again.`,
        )
      return ticketOf({ ...opened, number: opened.number })
    },

    async state(id, signal) {
      const what = `IBM's case management was asked for case ${id}`
      const { result } = await account(what, signal, ({ cases }) => cases.getCase({ caseNumber: id, fields: FIELDS }))
      const found = shaped(what, aCase, result)
      if (found.number !== id) throw rejected(`${what}, and answered with another one.`)
      return ticketOf({ ...found, number: id })
    },

    async comment(id, text, signal) {
      const what = `IBM's case management was sent a comment on case ${id}`
      await account(what, signal, ({ cases }) => cases.addComment({ caseNumber: id, comment: text }))
    },
  }
}

/** Letters and digits only, so that every search takes it as one word. */
export function searchToken(token: string): string {
  return `switchback${createHash('sha256').update(token).digest('hex').slice(0, 16)}`
}

const states: Record<string, { state: Ticket['state']; detail?: string } | undefined> = {
  new: { state: 'open' },
  in_progress: { state: 'open' },
  waiting_on_client: {
    state: 'open',
    detail: 'IBM waits for your answer: without one for 7 days the case is resolved, and 7 days later closed.',
  },
  resolution_provided: { state: 'processed', detail: 'a resolution is provided' },
  resolved: { state: 'processed', detail: 'resolved' },
  closed: { state: 'closed', detail: 'closed' },
}

/** The interface writes `waiting_on_client`, the pages `Waiting on client`. */
function ticketOf({ number, status }: Found): Ticket {
  const word = (status ?? '')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return { id: number, ...(states[word] ?? { state: 'unknown', detail: `its status is "${status ?? ''}"` }) }
}

function isOver(found: Found): boolean {
  return ['processed', 'closed'].includes(ticketOf(found).state)
}

function order(a: Found, b: Found): number {
  return (a.created_at ?? '').localeCompare(b.created_at ?? '') || a.number.localeCompare(b.number)
}

function accountFor(pair: string, { account }: Needs): IbmCloudConfig {
  if (account !== undefined) return account
  throw configurationFault(`The desk of ${pair} needs ibmCloud in switchback.yaml. Add it, then decide retry.`)
}
