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

function cut(text: string): string {
  return text.length > shownText ? `${text.slice(0, shownText)}…` : text
}
