import type { WatchCode } from '../../contract/watch.ts'
import { forcedRereadText } from '../watch/forced-reread.ts'
import { type ForcedLoss, type PairStatus, pairMessageExamples } from '../../contract/pair-messages.ts'
import { summaryText } from '../compare/summary.ts'
import { codeBlock, line, moment } from '../text/markdown-text.ts'
import { nextStart } from '../plan/next-start.ts'

/** Where the pair runs: links within Temporal's UI are made of it. */
export interface UiPlace {
  namespace: string
  taskQueue: string
}

/** The pair's front page in Temporal's UI: headings and lists only, since the UI draws no table borders. */
export function statusMarkdown(status: PairStatus, place: UiPlace): string {
  const { lag, lease, episode, obligations } = status
  const facts = [
    ...(status.alerts.length > 0
      ? status.alerts.map((alert) => `✖ ${moment(line(alert))}`)
      : nothingSeen(status)
        ? ['✔ nothing to alert about']
        : []),
    mirroredFact(status),
    lag
      ? `lag ${lag.records === null ? 'unknown' : `${lag.records} records`}, sampled ${moment(lag.at)}`
      : 'no lag sample yet',
    ...memoryFact(status),
    ...(status.forcedLoss ? [wouldLose(status.forcedLoss)] : []),
    ...(status.compared?.oldest
      ? [
          `copies compared with their source: ${summaryText(status.compared)}, the oldest ${moment(status.compared.oldest)}`,
        ]
      : []),
    ...(status.findings ?? []).map(
      ({ severity, code, since, text, todo }) =>
        `${severity === 'blocking' ? '✖' : '⚠'} ${code} since ${moment(since)}: ${line(text)} ${line(todo)}`,
    ),
    episode
      ? `▶ episode ${episode.number}: ${episode.stage}${episode.inDoubt ? ', IN DOUBT' : ''}`
      : 'no episode is open',
    ...(lease
      ? [`▶ held by the ${lease.operation} ${runLink(lease.workflowId, place)} since ${moment(lease.acquiredAt)}`]
      : []),
  ]
  const owed = obligations.map(
    ({ id, text, since }) => `${line(text)} (since ${moment(since)})\n  \`${JSON.stringify({ id, by: 'you' })}\``,
  )
  return [
    `## ${line(status.pair)}: ${status.active} is active, ${status.standby} stands by`,
    ...stoodMarkdown(status),
    list(facts),
    ...(status.memory?.found.length
      ? [
          '### The clusters remember this pair: send it the update `recall` to see what, then `adopt`',
          codeBlock(JSON.stringify(pairMessageExamples.adopt), 'json'),
        ]
      : []),
    ...cancelled(status, place),
    ...signalled(status),
    ...startMarkdown(status, place),
    ...(episode?.inDoubt
      ? [
          'Or close the episode as it is: send this workflow the update `handOver`',
          codeBlock(JSON.stringify(pairMessageExamples.handOver), 'json'),
        ]
      : []),
    ...(owed.length > 0
      ? ['### Outstanding: when it was done manually, send this workflow the update `dischargeObligation`', list(owed)]
      : []),
  ].join('\n\n')
}

/** A check mark stands for what was checked: no alert, no blocking finding, and a sample. */
function nothingSeen({ lag, findings = [] }: PairStatus): boolean {
  return lag?.sourceReachable === true && lag.linkReachable && !findings.some(({ severity }) => severity === 'blocking')
}

/** Findings under which a link that is set up mirrors nothing, or not all. */
const notMirroring: ReadonlySet<WatchCode> = new Set<WatchCode>([
  'link-state',
  'stall',
  'running-without-progress',
  'topic-unselected',
  'missing-partitions',
])

/** What the last check showed: what the pair has set up may have stopped since. */
function mirroredFact({ protectedBy, episode, lag, findings = [] }: PairStatus): string {
  if (protectedBy === null) return '✖ not mirrored'
  const link = `${protectedBy.from}->${protectedBy.to}`
  if (episode?.inDoubt) return `⚠ ${link} was to mirror when the run ended; that is not confirmed since`
  if (lag === null) return `⚠ ${link} is to mirror; it was not checked yet`
  if (!lag.linkReachable || !lag.sourceReachable)
    return `⚠ ${link} is to mirror; whether it does could not be checked ${moment(lag.at)}: ${lag.linkReachable ? protectedBy.from : 'the link'} does not answer`
  if (findings.some(({ code, severity }) => severity === 'blocking' && notMirroring.has(code)))
    return `✖ ${link} is to mirror, and does not mirror everything: see the findings`
  return `✔ mirrored ${link}, seen ${moment(lag.at)}`
}

/** The first thing to know of a pair that a run left in the middle. */
function stoodMarkdown({ episode, stood = [] }: PairStatus): string[] {
  if (!episode?.inDoubt || stood.length === 0) return []
  return ['### In doubt: what is down now, and where the run stood', list(stood.map((text) => moment(line(text))))]
}

/** The button is the first one on this page, and means a run wherever else it is seen. */
function cancelled({ cancelRequestedAt, lease }: PairStatus, place: UiPlace): string[] {
  if (cancelRequestedAt === undefined) return []
  return [
    `Cancel was requested here at ${moment(cancelRequestedAt)}. It has no effect: a pair is not stopped by Cancel. ` +
      (lease
        ? `To abort the ${lease.operation}, request Cancel on ${runLink(lease.workflowId, place)}.`
        : 'No run is open that could be aborted.'),
  ]
}

/** Signals of these names are kept on the page, the last ones. */
const shownSignals = 3

/** A pair takes updates only, and a signal cannot be answered. */
function signalled({ unknownMessages }: PairStatus): string[] {
  if (unknownMessages === undefined) return []
  const names = unknownMessages.last.slice(-shownSignals).map((name) => line(name) || '(no visible name)')
  return [
    `Signals without effect: ${unknownMessages.count}, the last: ${names.join(', ')}. ` +
      `A pair takes no signals. Send an update instead: ${Object.keys(pairMessageExamples).join(', ')}.`,
  ]
}

function memoryFact({ memory }: PairStatus): string[] {
  if (memory === undefined) return []
  const behind = memory.clusters.filter(({ problem }) => problem !== undefined)
  const kept = memory.clusters.flatMap(({ cluster, revision }) => (revision ? [`${cluster} (${revision})`] : []))
  return [
    `memory outside Temporal: revision ${memory.revision}, kept on ${kept.join(', ') || 'no cluster yet'}` +
      behind.map(({ cluster, since }) => `, not written to ${cluster} since ${moment(since ?? '')}`).join(''),
  ]
}

function wouldLose({ records, seconds, asOf, missing, reread = [] }: ForcedLoss): string {
  const when = asOf === null ? '' : ` (as of ${moment(asOf)}; what was written since comes on top)`
  if (records === null) return 'what a failover by force would lose is not known'
  const lacking = missing === undefined ? '' : `, of which ${missing} are missing from the copies`
  const span = records === 0 || seconds === null ? '' : `, written in about ${seconds} s`
  const twice = forcedRereadText(reread)
  const again = twice === '' ? '' : `; its groups would read twice at most: ${line(twice)}`
  return `a failover by force would lose ${records === 0 ? 'nothing known' : `at most ${records} records`}${lacking}${span}${when}${again}`
}

function startMarkdown(status: PairStatus, place: UiPlace): string[] {
  const next = nextStart(status)
  if (!next) return []
  const { operation, title, input, hints } = next
  const query = new Map([
    ['workflowType', operation],
    ['taskQueue', place.taskQueue],
    ['workflowId', `${operation}/${status.pair}/${status.episode?.number ?? 'by-hand'}`],
  ])
  const form = [...query].map(([key, value]) => `${key}=${urlPart(value)}`).join('&')
  return [
    `### ${line(title)}`,
    `[Start ${operation}](/namespaces/${urlPart(place.namespace)}/workflows/start-workflow?${form}) ` +
      `(workflow type \`${operation}\`, task queue \`${place.taskQueue}\`, any workflow ID) with the input`,
    codeBlock(JSON.stringify(input, null, 2), 'json'),
    ...(hints.length > 0 ? [list(hints)] : []),
  ]
}

function runLink(workflowId: string, { namespace }: UiPlace): string {
  const name = line(workflowId)
  return `[${name}](/namespaces/${urlPart(namespace)}/workflows/${urlPart(workflowId)})`
}

/** Parentheses as well: one would end the link. */
function urlPart(text: string): string {
  return encodeURIComponent(text).replaceAll('(', '%28').replaceAll(')', '%29')
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}
