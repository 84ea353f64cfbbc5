import { type WatchCode, type WatchFinding, type WatchSign, watchCodes } from '../../contract/watch.ts'

/** Milliseconds. */
export interface Patience {
  /** A sign is raised once it was seen in every look for so long. */
  readonly raise: number
  /** A raised finding is cleared once it was seen in no look for so long. */
  readonly clear: number
}

/**
 * The findings after a look. What flickers is neither raised again and again nor cleared: a sign that was not raised yet and
 * is gone is forgotten at once, a raised one stays for a while. `signs` has for each code what the look says: a sign, null
 * (it is not so), or undefined (it does not tell: nothing changes).
 */
export function followed(
  before: readonly WatchFinding[],
  signs: ReadonlyMap<WatchCode, WatchSign | null | undefined>,
  at: string,
  patience: Patience,
): WatchFinding[] {
  return watchCodes.flatMap((code) => {
    const known = before.find((finding) => finding.code === code)
    const sign = signs.get(code)
    if (sign === undefined) return known ?? []
    if (sign === null) return known !== undefined && stays(known, at, patience) ? known : []
    return seen(known, sign, at, patience)
  })
}

function stays({ raisedAt, lastSeen }: WatchFinding, at: string, { clear }: Patience): boolean {
  return raisedAt !== null && elapsed(lastSeen, at) < clear
}

function seen(known: WatchFinding | undefined, sign: WatchSign, at: string, { raise }: Patience): WatchFinding {
  const since = known?.since ?? at
  const raisedAt = known?.raisedAt ?? (elapsed(since, at) >= raise ? at : null)
  return { ...sign, since, lastSeen: at, raisedAt }
}

function elapsed(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from)
}

/** What a person is told: those that were raised. */
export function raised(findings: readonly WatchFinding[]): WatchFinding[] {
  return findings.filter(({ raisedAt }) => raisedAt !== null)
}
