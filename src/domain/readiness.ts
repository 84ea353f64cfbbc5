import type { Dossier, EpisodeStage } from '../contract/dossier.ts'
import type { Readiness } from '../contract/pair-messages.ts'

const underWay: Partial<Record<EpisodeStage, string>> = {
  'failing-over': 'A failover is under way',
  resetting: 'A reset is under way',
  'failing-back': 'A failback is under way',
}

/**
 * Could the pair move now without more loss than its lag? Every reason against it is a sentence. `now` is ISO 8601; a
 * sample older than `maxAgeSeconds` says nothing.
 */
export function readiness(dossier: Dossier, now: string, maxAgeSeconds: number): Readiness {
  const sample = dossier.lastSample
  const reasons = [
    ...episodeReasons(dossier),
    ...protectionReasons(dossier),
    ...sampleReasons(dossier, now, maxAgeSeconds),
    ...dossier.obligations
      .filter((obligation) => obligation.dischargedAt === undefined)
      .map(({ cluster, since, text }) => `Still to be done on ${cluster} since ${since}: ${text}`),
  ]
  return { ready: reasons.length === 0, reasons, sampledAt: sample?.at ?? null, sample }
}

function episodeReasons({ episode }: Dossier): string[] {
  if (episode === null) return []
  if (episode.inDoubt !== null) {
    const { operation, workflowId, since, why } = episode.inDoubt
    return [
      `Episode ${episode.number} is in doubt since ${since}: ${operation} ${workflowId} ended in the middle (${why}). Start it again with "adopt": true, or send handOver to the pair.`,
    ]
  }
  const moving = underWay[episode.stage]
  return moving === undefined ? [] : [`${moving} (episode ${episode.number}, since ${episode.startedAt}).`]
}

function protectionReasons({ active, standby, protectedBy, unprotectedSince }: Dossier): string[] {
  if (protectedBy === null) {
    const since = unprotectedSince === null ? '' : ` since ${unprotectedSince}`
    return [`${active} is not mirrored to ${standby}${since}: another loss would lose data. Run reset.`]
  }
  return protectedBy.from === active
    ? []
    : [`The link ${protectedBy.from}->${protectedBy.to} does not protect ${active}, where the producers write.`]
}

function sampleReasons({ lastSample: sample, protectedBy }: Dossier, now: string, maxAgeSeconds: number): string[] {
  if (protectedBy === null) return []
  const link = `${protectedBy.from}->${protectedBy.to}`
  if (sample === null) return [`The lag of ${link} was never sampled: is the worker running?`]
  const age = (Date.parse(now) - Date.parse(sample.at)) / 1000
  return [
    // Written so that an unreadable time counts as too old.
    ...(age <= maxAgeSeconds
      ? []
      : [`The last lag sample of ${link} is ${Math.round(age)} s old (allowed: ${maxAgeSeconds} s).`]),
    ...(sample.sourceReachable ? [] : [`${protectedBy.from} did not answer at ${sample.at}.`]),
    ...(sample.linkReachable ? [] : [`The link ${link} did not answer at ${sample.at}.`]),
    ...(sample.totalLag === null && sample.sourceReachable && sample.linkReachable
      ? [`The lag of ${link} could not be told at ${sample.at}.`]
      : []),
  ]
}
