import { ApplicationFailure } from '@temporalio/common'
import { rejected, unknownOutcome, unreachable } from '../../ports/failures.ts'

/** A line longer than this is not read by anybody on call. */
const MAX_LENGTH = 300

const PASSING = [408, 425, 429]
/** Codes of connections that were never made: nothing was asked. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** The HTTP status of an error of the SDK; undefined when no answer came. */
export function statusOf(error: unknown): number | undefined {
  const status = field(error, 'status')
  return typeof status === 'number' ? status : undefined
}

/** What an error of the SDK means. `what`: "IBM Cloud was asked to …". Nothing of the request is in the text. */
export function failureOf(what: string, error: unknown): Error {
  if (error instanceof ApplicationFailure) return error
  const status = statusOf(error)
  const said = saidBy(error)
  if (status === undefined) return unreachable(`${what}, and did not answer: ${said}.`)
  if (status >= 500 || PASSING.includes(status)) return unreachable(`${what}, and answered ${status}: ${said}.`)
  const next =
    status === 401 || status === 403
      ? ' Does the service id of ibmCloud.apiKey have the roles that docs/backends/event-streams.md lists?'
      : ''
  return rejected(`${what}, and refused with ${status}: ${said}.${next}`)
}

/** As failureOf, for an act that must not be repeated blindly. */
export function outcomeOf(what: string, next: string, error: unknown): Error {
  const status = statusOf(error)
  if (status === undefined && neverSent.includes(codeOf(error)))
    return unreachable(`${what}, but could not be reached: ${saidBy(error)}.`)
  if (status === undefined || status >= 500 || status === 408)
    return unknownOutcome(`${what}, and it is not known whether it was done (${saidBy(error)}). ${next}`)
  return failureOf(what, error)
}

/** The provider's own words, on one line, with the id its support can find it by. */
function saidBy(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const line = withoutCredentials(message).replace(/\s+/g, ' ').trim()
  const text = line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line || codeOf(error)
  const id = transactionOf(error)
  return id === undefined ? text : `${text} (transaction ${id})`
}

function transactionOf(error: unknown): string | undefined {
  const headers = field(error, 'headers')
  for (const name of ['transaction-id', 'x-request-id', 'x-correlation-id']) {
    const value = field(headers, name)
    if (typeof value === 'string' && /^[\w.:/-]{1,100}$/.test(value)) return value
  }
  return undefined
}

function codeOf(error: unknown): string {
  const code = field(error, 'code') ?? field(error, 'statusText')
  return typeof code === 'string' ? code : 'no answer'
}

export function withoutCredentials(text: string): string {
  return text
    .replace(/\b(Basic|Bearer)\s+[\w+/=.~-]+/gi, '$1 ***')
    .replace(/\b(apikey|api_key|access_token|refresh_token)(["']?\s*[=:]\s*["']?)[^\s"'&,]+/gi, '$1$2***')
}

function field(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? (Reflect.get(holder, name) as unknown) : undefined
}
