import { forcedRereadText } from '../../domain/watch/forced-reread.ts'
import type { ForcedLoss, PairStatus, Readiness } from '../../contract/pair-messages.ts'
import { resultTexts, summaryText } from '../../domain/compare/summary.ts'
import { agedTo } from '../../domain/watch/readiness.ts'
import { age, clock, duration, number, records, shellWord } from './words.ts'

/** A pair as lines of text, alerts first: where it stands, what protects it, what it owes. Pure. */
export function statusLines(status: PairStatus, asked: Readiness | null, now: Date): string[] {
  const readiness = asked && agedTo(asked, now.toISOString())
  // Findings have lines of their own.
  const others = readiness?.reasons.filter(({ from }) => from !== 'watch') ?? []
  return [
    `${status.pair}: producers write to ${status.active}, ${status.standby} stands by`,
    ...status.alerts.map((alert) => row('alert', `! ${alert}`)),
    row('protection', protection(status, now)),
    row('lag', lag(status, now)),
    row('episode', episode(status)),
    row('run', run(status, now)),
    ...memory(status, now).map((text, index) => row(index === 0 ? 'memory' : '', text)),
    ...compared(status, now).map((text, index) => row(index === 0 ? 'compared' : '', text)),
    ...(readiness === null ? [] : [row('forced', wouldLose(readiness.forcedLoss))]),
    ...(readiness === null ? [] : [row('readiness', verdictText(readiness, now))]),
    ...others.map(({ text }) => row('', `- ${text}`)),
    ...(status.findings ?? []).flatMap(({ severity, code, since, text, todo }) => [
      row('finding', `${severity === 'blocking' ? '✖' : '!'} ${code}, for ${age(since, now)}: ${text}`),
      row('', `  ${todo}`),
    ]),
    ...status.obligations.map(({ id, text, since }) => row('to do', `! ${text} (for ${age(since, now)}; id ${id})`)),
    ...signalled(status),
    ...inDoubt(status),
  ]
}

function signalled({ unknownMessages }: PairStatus): string[] {
  return unknownMessages === undefined
    ? []
    : [row('signals', `${number(unknownMessages.count)} without effect: a pair takes updates only`)]
}

const row = (name: string, text: string): string => `  ${name.padEnd(11)}${text}`

const verdicts: Record<Readiness['verdict'], string> = {
  ready: '✔ ready for a failover',
  warned: '! ready for a failover, with warnings',
  blocked: '✖ not ready',
}

/** Of a move that could begin it says when everything was last checked. */
function verdictText({ verdict, assessedAt }: Readiness, now: Date): string {
  return `${verdicts[verdict]}${assessedAt === undefined ? '' : ` (everything was checked ${age(assessedAt, now)} ago)`}`
}

/** What a forced failover would lose now: what was not mirrored at the last contact, and whatever was written since. */
function wouldLose({ records: count, seconds, uncertaintySeconds: since, missing, reread = [] }: ForcedLoss): string {
  if (count === null) {
    return seconds === null
      ? 'what a failover by force would lose is not known'
      : `a failover by force would lose what was written in the last ${duration(seconds)}`
  }
  const lacking = missing === undefined ? '' : `, of which ${number(missing)} are missing from the copies`
  const lost = count === 0 ? 'nothing known' : `at most ${records(count)}${lacking}`
  const span = count === 0 || seconds === null ? '' : `, written in about ${duration(seconds)}`
  const twice = forcedRereadText(reread)
  const again = twice === '' ? '' : `; its groups would read twice at most: ${twice}`
  return `a failover by force would lose ${lost}${span}${since === null ? '' : `, and what was written in the last ${duration(since)}`}${again}`
}

function protection({ protectedBy, unprotectedSince, episode: open, lag: sample }: PairStatus, now: Date): string {
  if (protectedBy !== null) {
    const link = `${protectedBy.from}->${protectedBy.to}`
    if (open?.inDoubt) return `! ${link} when the run ended; not confirmed since`
    return sample?.linkReachable && sample.sourceReachable
      ? `✔ ${link}`
      : `! ${link}; whether it mirrors could not be checked`
  }
  return unprotectedSince === null
    ? '✖ none'
    : `✖ none since ${clock(unprotectedSince, now)} (${age(unprotectedSince, now)}): what is written now is on one side only`
}

function lag({ lag: sample }: PairStatus, now: Date): string {
  if (sample === null) return 'not sampled yet'
  const dark = [
    ...(sample.sourceReachable ? [] : ['the source does not answer']),
    ...(sample.linkReachable ? [] : ['the link does not answer']),
  ]
  const lagging = sample.records === null ? 'unknown' : sample.records === 0 ? 'none' : records(sample.records)
  return [lagging, ...dark].join(', ') + ` (${age(sample.at, now)} ago)`
}

function episode({ episode: open }: PairStatus): string {
  if (open === null) return 'none open'
  return `${open.number}, ${open.stage}${open.inDoubt === null ? '' : ', in doubt'}`
}

function run({ lease }: PairStatus, now: Date): string {
  if (lease === null) return 'none'
  return `${lease.operation} ${lease.workflowId} (epoch ${lease.epoch}, since ${clock(lease.acquiredAt, now)})`
}

function memory({ memory: outside }: PairStatus, now: Date): string[] {
  if (outside === undefined) return []
  const kept = outside.clusters.flatMap(({ cluster, revision }) => (revision ? [`${cluster} has ${revision}`] : []))
  return [
    `revision ${outside.revision}; ${kept.join(', ') || 'no cluster has it yet'}`,
    ...outside.clusters.flatMap(({ cluster, problem, since }) =>
      problem === undefined ? [] : [`- not written to ${cluster} for ${age(since ?? '', now)}: ${problem}`],
    ),
  ]
}

/** Topics that are not the same are named; of the others the age of the oldest comparison is enough. */
function compared({ compared: seen }: PairStatus, now: Date): string[] {
  if (!seen || seen.oldest === null) return []
  const others = seen.list.filter(([, , result]) => result !== 'same')
  return [
    `${seen.differ > 0 ? '✖' : '✔'} ${summaryText(seen)} (the oldest ${age(seen.oldest, now)} ago)`,
    ...others.slice(0, 5).map(([topic, at, result]) => `- ${topic}: ${resultTexts[result]} (${age(at, now)} ago)`),
    ...(others.length > 5 ? [`- and ${others.length - 5} more: --json`] : []),
  ]
}

function inDoubt({ pair, episode: open, stood = [] }: PairStatus): string[] {
  const doubt = open?.inDoubt
  if (!doubt) return []
  const name = shellWord(pair)
  return [
    '',
    ...stood.map((text) => `  - ${text}`),
    `✖ In doubt: the ${doubt.operation} ${doubt.workflowId} ended in the middle (${doubt.why}). Only these go on:`,
    `    $ switchback adopt ${name} --by you --reason "…" --follow`,
    `    $ switchback hand-over ${name} --by you --reason "…"`,
  ]
}
