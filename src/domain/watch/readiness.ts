import type { Dossier, EpisodeStage } from '../../contract/dossier.ts'
import type { Readiness, ReadinessReason } from '../../contract/pair-messages.ts'
import type { AssessedAhead, WatchState } from '../../contract/watch.ts'
import { assessedAgeLimit, nextMove } from '../assess/assessed-ahead.ts'
import { comparedNow } from '../compare/summary.ts'
import { forcedLoss } from './forced-loss.ts'
import { advised, conditionOf } from './advice.ts'
import { raised } from './hysteresis.ts'

/** A sample older than this says nothing about now, seconds. */
export const sampleAgeLimit = 120

const underWay: Partial<Record<EpisodeStage, string>> = {
  'failing-over': 'A failover is under way',
  resetting: 'A reset is under way',
  'failing-back': 'A failback is under way',
}

/**
 * Could the pair move now without loss? Every reason against it is a sentence. `now` is ISO 8601; a sample older than
 * `maxAgeSeconds` says nothing.
 */
export function readiness(dossier: Dossier, watch: WatchState | null, now: string, maxAgeSeconds: number): Readiness {
  const sample = dossier.lastSample
  const ageSeconds = sample === null ? null : (Date.parse(now) - Date.parse(sample.at)) / 1000
  // Written so that an unreadable time counts as too old.
  const stale = !(ageSeconds !== null && ageSeconds <= maxAgeSeconds)
  const assessed = assessedFor(dossier, watch)
  const reasons = [
    ...episodeReasons(dossier),
    ...protectionReasons(dossier),
    ...sampleReasons(dossier, ageSeconds, stale, maxAgeSeconds),
    ...watchReasons(dossier, watch),
    ...assessReasons(dossier, watch, now),
    ...dossier.obligations
      .filter((obligation) => obligation.dischargedAt === undefined)
      // Nothing that a run would stop at: its assess warns of it.
      .map(({ cluster, since, text }) =>
        reason('obligation', false, `Outstanding on ${cluster} since ${since}: ${text}`),
      ),
  ]
  return {
    version: 1,
    verdict: reasons.length === 0 ? 'ready' : reasons.some(({ blocking }) => blocking) ? 'blocked' : 'warned',
    reasons,
    sampledAt: sample?.at ?? null,
    ageSeconds: ageSeconds === null || Number.isNaN(ageSeconds) ? null : Math.max(0, Math.round(ageSeconds)),
    stale,
    unprotectedSince: dossier.unprotectedSince,
    forcedLoss: forcedLoss(dossier, watch, now),
    ...(assessed === undefined ? {} : { assessedAt: assessed.at }),
    ...comparedNow(dossier, watch),
  }
}

/**
 * The same by the clock of whoever asked: a workflow's own stands still between its tasks, so that a watch that hangs would
 * look fresh for ever. `now` is ISO 8601.
 */
export function agedTo(answer: Readiness, now: string): Readiness {
  if (answer.sampledAt === null) return answer
  const ageSeconds = Math.max(
    answer.ageSeconds ?? 0,
    Math.round((Date.parse(now) - Date.parse(answer.sampledAt)) / 1000),
  )
  const { forcedLoss: loss } = answer
  const uncertainty =
    loss.asOf === null ? null : Math.max(0, Math.round((Date.parse(now) - Date.parse(loss.asOf)) / 1000))
  const aged = { ...answer, ageSeconds, forcedLoss: { ...loss, uncertaintySeconds: uncertainty } }
  if (answer.stale || ageSeconds <= sampleAgeLimit || answer.unprotectedSince !== null) return aged
  const text = `The last lag sample is ${ageSeconds} s old (allowed: ${sampleAgeLimit} s): is the worker running?`
  return { ...aged, stale: true, verdict: 'blocked', reasons: [reason('sample', true, text), ...answer.reasons] }
}

function reason(from: ReadinessReason['from'], blocking: boolean, text: string): ReadinessReason {
  return { text, blocking, from }
}

function episodeReasons({ episode }: Dossier): ReadinessReason[] {
  if (episode === null) return []
  if (episode.inDoubt !== null) {
    const { operation, workflowId, since, why } = episode.inDoubt
    return [
      reason(
        'episode',
        true,
        `Episode ${episode.number} is in doubt since ${since}: ${operation} ${workflowId} ended in the middle (${why}). Start it again with "adopt": true, or send handOver to the pair.`,
      ),
    ]
  }
  const moving = underWay[episode.stage]
  return moving === undefined
    ? []
    : [reason('episode', true, `${moving} (episode ${episode.number}, since ${episode.startedAt}).`)]
}

/** What brings the protection back, where something does now: in the middle of a move only its run does. */
function wayToProtection(dossier: Dossier): string {
  const { active, standby } = dossier
  switch (conditionOf(dossier)) {
    case 'failed-over':
      return ' Run reset.'
    case 'at-rest':
      return ` Enable the mirroring ${active}->${standby}, then let the pair take it up: switchback pair adopt, with --from clusters.`
    default:
      return ''
  }
}

function protectionReasons(dossier: Dossier): ReadinessReason[] {
  const { active, standby, protectedBy, unprotectedSince } = dossier
  if (protectedBy === null) {
    const since = unprotectedSince === null ? '' : ` since ${unprotectedSince}`
    return [
      reason(
        'protection',
        true,
        `${active} is not mirrored to ${standby}${since}: another loss would lose data.${wayToProtection(dossier)}`,
      ),
    ]
  }
  return protectedBy.from === active
    ? []
    : [
        reason(
          'protection',
          true,
          `The link ${protectedBy.from}->${protectedBy.to} does not protect ${active}, where the producers write.`,
        ),
      ]
}

function sampleReasons(
  { lastSample: sample, protectedBy }: Dossier,
  ageSeconds: number | null,
  stale: boolean,
  maxAgeSeconds: number,
): ReadinessReason[] {
  if (protectedBy === null) return []
  const link = `${protectedBy.from}->${protectedBy.to}`
  const blocks = (text: string) => reason('sample', true, text)
  if (sample === null) return [blocks(`The lag of ${link} was never sampled: is the worker running?`)]
  return [
    ...(stale
      ? [
          blocks(
            `The last lag sample of ${link} is ${Math.round(ageSeconds ?? 0)} s old (allowed: ${maxAgeSeconds} s): is the worker running?`,
          ),
        ]
      : []),
    ...(sample.sourceReachable ? [] : [blocks(`${protectedBy.from} did not answer at ${sample.at}.`)]),
    ...(sample.linkReachable ? [] : [blocks(`The link ${link} did not answer at ${sample.at}.`)]),
    ...(sample.totalLag === null && sample.sourceReachable && sample.linkReachable
      ? [blocks(`The lag of ${link} could not be determined at ${sample.at}.`)]
      : []),
  ]
}

/** What was assessed on behalf of a move that cannot begin now says nothing. */
function assessedFor(dossier: Dossier, watch: WatchState | null): AssessedAhead | undefined {
  const assessed = watch?.memory.assessed
  return assessed !== undefined && nextMove(dossier) === assessed.operation && dossier.protectedBy !== null
    ? assessed
    : undefined
}

/** What `assess` would block or warn of, and how old that is: it asks everybody, so it is asked rarely. */
function assessReasons(dossier: Dossier, watch: WatchState | null, now: string): ReadinessReason[] {
  const assessed = assessedFor(dossier, watch)
  if (assessed === undefined) return []
  const { at, findings, more = 0, problem } = assessed
  const old = Date.parse(now) - Date.parse(at) > assessedAgeLimit * 1000
  const warns = (text: string) => reason('assess', false, text)
  return [
    ...findings.map(({ severity, code, text }) => ({
      ...reason('assess', severity === 'blocking', `${text} (checked at ${at})`),
      code,
      since: at,
    })),
    ...(more > 0 ? [warns(`${more} more findings of a dry run are not listed here: start one to see them.`)] : []),
    ...(problem === undefined
      ? []
      : [warns(`What a planned ${assessed.operation} would find could not be checked at ${at}: ${problem}`)]),
    ...(old ? [warns(`What a planned ${assessed.operation} would find was last checked at ${at}.`)] : []),
  ]
}

function watchReasons(dossier: Dossier, watch: WatchState | null): ReadinessReason[] {
  return advised(raised(watch?.memory.findings ?? []), dossier).map(({ code, severity, text, todo, since }) => ({
    text,
    blocking: severity === 'blocking',
    from: 'watch',
    code,
    since,
    todo,
  }))
}
