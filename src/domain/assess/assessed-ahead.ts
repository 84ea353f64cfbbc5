import type { Dossier } from '../../contract/dossier.ts'
import type { Finding } from '../../contract/evidence.ts'
import type { OperationName } from '../../contract/names.ts'
import type { AssessedAhead, WatchCode } from '../../contract/watch.ts'
import type { AssessCode } from './codes.ts'

/** What travels with the pair, so many findings of so many characters. */
const keptFindings = 20
const keptText = 400

/** An assessment is renewed after this, s: sooner while something blocks, since somebody may be waiting for it to go. */
const renewedAfter = 300
const renewedAfterBlocked = 60
/** One that takes long is renewed so much less often: it takes a fiftieth of the time at most. */
const shareOfTime = 50

/** Older than this it says nothing about now, s. */
export const assessedAgeLimit = 3_600

/**
 * Codes of `assess` that the watch judges itself, at every look, by the same rules, or that its sample tells: what a rare
 * assessment says of them is older. To each where it is found.
 */
export const judgedAtEveryLook: Readonly<Record<string, WatchCode | 'sample'>> = {
  'link-not-running': 'link-state',
  'target-group-active': 'target-group-active',
  'selection-misses-topics': 'topic-unselected',
  'topics-unassigned': 'missing-partitions',
  'missing-partitions': 'missing-partitions',
  'copy-changed': 'copy-changed',
  'source-changed': 'source-changed',
  'source-unreachable': 'sample',
  'link-unreachable': 'sample',
  'positions-unreadable': 'sample',
} satisfies Partial<Record<AssessCode, WatchCode | 'sample'>>

/** The move that could begin now, in whose place an assessment is made; null: none could. */
export function nextMove({ episode }: Pick<Dossier, 'episode'>): Exclude<OperationName, 'reset'> | null {
  if (episode === null) return 'failover'
  return episode.stage === 'reset' && episode.inDoubt === null ? 'failback' : null
}

/** As it travels: what warns or blocks, the gravest first. */
export function assessedAhead(x: {
  at: string
  tookMs: number
  operation: AssessedAhead['operation']
  findings: readonly Finding[]
}): AssessedAhead {
  const grave = (severity: Finding['severity']) =>
    x.findings.filter((one) => one.severity === severity && !(one.code in judgedAtEveryLook))
  const found = [...grave('blocking'), ...grave('warning')]
  const kept = found.slice(0, keptFindings).map(({ severity, code, text }) => ({
    severity: severity === 'blocking' ? ('blocking' as const) : ('warning' as const),
    code,
    text: text.length > keptText ? `${text.slice(0, keptText - 1)}…` : text,
  }))
  const more = found.length - kept.length
  return {
    at: x.at,
    tookMs: Math.round(x.tookMs),
    operation: x.operation,
    findings: kept,
    ...(more > 0 ? { more } : {}),
  }
}

/** Is it time for another? `now`: ISO 8601. */
export function assessmentDue(
  before: AssessedAhead | undefined,
  move: AssessedAhead['operation'],
  now: string,
): boolean {
  if (before === undefined || before.operation !== move) return true
  const blocked = before.problem !== undefined || before.findings.some(({ severity }) => severity === 'blocking')
  const every = Math.max(blocked ? renewedAfterBlocked : renewedAfter, (shareOfTime * before.tookMs) / 1000)
  return Date.parse(now) - Date.parse(before.at) >= every * 1000
}
