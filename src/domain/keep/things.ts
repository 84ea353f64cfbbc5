import { type KeptKind, type KeptThing, keptKinds } from '../../contract/watch.ts'

/** What is put back this often within the hour is put back no more: somebody else owns it, and would not give in either. */
export const mostRestored = 3
const hour = 3_600_000
/** Seen otherwise at so many checks in a row before it is put back: a run that begins in this moment comes first. */
const checksBefore = 2
/** What was put back is told for so long, ms. */
const toldFor = 900_000

/** What one check shows: a text, null (it is as it was left), or undefined (it could not be seen). */
export type KeptSigns = Partial<Record<KeptKind, { where: string; what: string | null | undefined }>>

/** What two sides show: of each kind the first one's, and what is otherwise on the second one. */
export function bothTold(first: KeptSigns, second: KeptSigns): KeptSigns {
  const signs: KeptSigns = { ...first }
  for (const kind of keptKinds) {
    const [one, other] = [first[kind], second[kind]]
    if (other === undefined || (one !== undefined && typeof other.what !== 'string')) continue
    signs[kind] = typeof one?.what === 'string' ? { ...one, what: `${one.what} ${other.what}` } : other
  }
  return signs
}

/** The things after a check. Pure; `at`: ISO 8601. */
export function thingsAfter(before: readonly KeptThing[], signs: KeptSigns, at: string): KeptThing[] {
  return keptKinds.flatMap((kind) => {
    const sign = signs[kind]
    const known = before.find((one) => one.kind === kind && (sign === undefined || one.where === sign.where))
    if (sign === undefined || sign.what === undefined) return known ?? []
    if (sign.what === null) {
      if (known === undefined || elapsed(known.lastSeen, at) > toldFor) return []
      return { ...recent(known, at), checks: 0 }
    }
    const base = known ?? { kind, where: sign.where, since: at, times: 0, restored: [] }
    const found = known === undefined || known.checks === 0
    return {
      ...recent(base, at),
      what: sign.what,
      lastSeen: at,
      checks: (known?.checks ?? 0) + 1,
      times: base.times + (found ? 1 : 0),
    }
  })
}

/** Is it to be put back now? What was written on the side that was left cannot be. */
export function toRestore({ kind, checks, restored }: KeptThing, at: string): boolean {
  if (kind === 'left-side-written' || checks < checksBefore) return false
  return restored.filter((one) => elapsed(one, at) < hour).length < mostRestored
}

/** It was put back, or that failed. */
export function restoredAt(things: readonly KeptThing[], thing: KeptThing, at: string, problem?: string): KeptThing[] {
  return things.map((one) => {
    if (one.kind !== thing.kind || one.where !== thing.where) return one
    const { problem: _before, ...rest } = one
    // Found otherwise once more, it is another change.
    return { ...rest, restored: [...rest.restored, at], ...(problem === undefined ? { checks: 0 } : { problem }) }
  })
}

/** One sentence: what, since when, how often, and what was done about it. */
export function thingText(thing: KeptThing): string {
  const { kind, what, since, lastSeen, times, restored, checks, problem } = thing
  const often = times > 1 ? ` It was found so ${times} times since ${since}, last at ${lastSeen}.` : ` Since ${since}.`
  if (kind === 'left-side-written') return `${what}${often}`
  const done =
    problem !== undefined
      ? ` Putting it back failed: ${problem}`
      : restored.length === 0
        ? checks === 0
          ? ' It is as it was left again.'
          : ''
        : ` It was put back ${restored.length === 1 ? 'once' : `${restored.length} times`} within an hour, last at ${restored.at(-1)}${
            restored.length >= mostRestored && checks > 0 ? '; it is not put back any more' : ''
          }.`
  return `${what}${often}${done}`
}

function recent<Thing extends { restored: string[] }>(thing: Thing, at: string): Thing {
  return { ...thing, restored: thing.restored.filter((one) => elapsed(one, at) < hour) }
}

function elapsed(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from)
}
