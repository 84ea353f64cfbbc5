import { z } from 'zod'

/** A refusal is shown in a form, kept in history and travels in one message: this much of what is wrong is enough. */
const shownFaults = 5
const shownText = 200

/** No message and no start input of ours has more keys. */
const mostKeys = 100

export type Shape<Data> = { ok: true; data: Data } | { ok: false; faults: string }

/** Checks what a stranger sent. What is wrong with it is said in a few short lines, however large and strange it is. */
export function checkShape<S extends z.ZodType>(schema: S, value: unknown): Shape<z.output<S>> {
  const unreadable = whyUnreadable(value)
  if (unreadable !== undefined) return { ok: false, faults: `✖ ${unreadable}` }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, data: parsed.data }
  const { issues } = parsed.error
  const shown = issues.slice(0, shownFaults).map((issue) => ({ ...issue, message: cut(issue.message) }))
  const more = issues.length > shownFaults ? `\n✖ and ${issues.length - shownFaults} more faults` : ''
  return { ok: false, faults: z.prettifyError({ issues: shown }) + more }
}

/** Found before the schema looks: an object that is bytes, or has countless keys, takes seconds to be gone through. */
function whyUnreadable(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (ArrayBuffer.isView(value)) return 'the payload is binary; send one JSON object as json/plain'
  // The payload converter's word for what it could not decode.
  if ('undecodable' in value && typeof value.undecodable === 'string') return cut(value.undecodable)
  const keys = Object.keys(value).length
  return keys > mostKeys ? `the payload has ${keys} keys` : undefined
}

/**
 * What is written in characters that nobody can see: a name without a letter would be on record as nobody's. Undefined: nothing is. For
 * validators only: what was accepted once has to be accepted on replay.
 */
export function whatIsUnseen(payload: object): string | undefined {
  const unseen = Object.entries(payload).flatMap(([key, value]) =>
    typeof value === 'string' && !visible.test(value) ? [`✖ Invalid input: no visible character\n  → at ${key}`] : [],
  )
  return unseen.length === 0 ? undefined : unseen.join('\n')
}

/** Letters, digits, punctuation, symbols. */
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u

function cut(text: string): string {
  return text.length > shownText ? `${text.slice(0, shownText)}…` : text
}
