import { setImmediate } from 'node:timers/promises'

/** What anybody means to say is a few levels deep; a hundred thousand of them hold up the worker while they are read. */
const deepest = 100

/** Characters that are read in one turn of the event loop. */
const short = 256 * 1024

/** As `parsedJson`, and others have their turn between the parts of a long one. */
export async function parsedInTurns(text: string): Promise<unknown> {
  if (text.length <= short) return parsedJson(text)
  await setImmediate()
  if (isDeep(text)) return undefined
  await setImmediate()
  const value = parsed(text)
  await setImmediate()
  return value
}

/** The value of a JSON text; undefined when it is none, or is nested more deeply than any answer. */
export function parsedJson(text: string): unknown {
  return isDeep(text) ? undefined : parsed(text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const quote = 0x22
const backslash = 0x5c

/** Brackets in texts do not count. */
function isDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfText(text, at)
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1
      if (depth > deepest) return true
    } else if (code === 0x5d || code === 0x7d) depth -= 1
  }
  return false
}

/** The quotation mark behind the text that begins at `from`. */
function endOfText(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1
  return at
}
