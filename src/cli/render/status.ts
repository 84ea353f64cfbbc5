import type { PairStatus, Readiness } from '../../contract/pair-messages.ts'
import { age, clock, records, shellWord } from './words.ts'

/** A pair as lines of text: where it stands, what protects it, what it owes. Pure. */
export function statusLines(status: PairStatus, readiness: Readiness | null, now: Date): string[] {
  return [
    `${status.pair}: producers write to ${status.active}, ${status.standby} stands by`,
    row('protection', protection(status, now)),
    row('lag', lag(status, now)),
    row('episode', episode(status)),
    row('run', run(status, now)),
    ...memory(status, now).map((text, index) => row(index === 0 ? 'memory' : '', text)),
    ...(readiness === null ? [] : [row('readiness', readiness.ready ? '✔ ready for a failover' : '✖ not ready')]),
    ...(readiness?.reasons ?? []).map((reason) => row('', `- ${reason}`)),
    ...status.obligations.map(({ id, text, since }) => row('to do', `! ${text} (for ${age(since, now)}; id ${id})`)),
    ...status.alerts.map((alert) => row('alert', `! ${alert}`)),
    ...inDoubt(status),
  ]
}

const row = (name: string, text: string): string => `  ${name.padEnd(11)}${text}`

function protection({ protectedBy, unprotectedSince }: PairStatus, now: Date): string {
  if (protectedBy !== null) return `✔ ${protectedBy.from}->${protectedBy.to}`
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

function inDoubt({ pair, episode: open }: PairStatus): string[] {
  const doubt = open?.inDoubt
  if (!doubt) return []
  const name = shellWord(pair)
  return [
    '',
    `✖ In doubt: the ${doubt.operation} ${doubt.workflowId} ended in the middle (${doubt.why}). Only these go on:`,
    `    $ switchback adopt ${name} --by you --reason "…" --follow`,
    `    $ switchback hand-over ${name} --by you --reason "…"`,
  ]
}
