import type { Certificate, CertificateRow } from '../../contract/evidence.ts'
import { provenVerdicts } from './verdict.ts'

/** What a provider says of a mirroring whose offsets it does not show. */
export interface LatencyEvidence {
  /** Partitions whose copy cannot be compared with the source. */
  readonly incomparable: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  /** Worst latency of each topic within the window, in seconds; null: no data. */
  readonly latency: readonly { readonly topic: string; readonly seconds: number | null; readonly samples: number }[]
  /** Largest throughput of the mirroring within the window; null: no data. */
  readonly bytesPerSecond: number | null
  readonly maxSeconds: number
  readonly minSamples: number
  readonly windowSeconds: number
}

/**
 * The certificate with the provider's latency where offsets cannot be compared, and only there: a partition that is known to
 * be behind stays behind. Without a fence it proves nothing, since latency tells nothing of what is written next. No data is
 * never zero.
 */
export function onLatency(certificate: Certificate, evidence: LatencyEvidence, fenced: boolean): Certificate {
  const candidates = certificate.topics.flatMap(({ topic, rows }) =>
    rows.filter((row) => isCandidate(evidence, topic, row)).map(() => topic),
  )
  if (candidates.length === 0) return certificate
  const topics = [...new Set(candidates)]
  const against = [
    ...(fenced ? [] : ['Latency proves nothing before there is a fence: records are written meanwhile.']),
    ...topics.flatMap((topic) => latencyObstacle(evidence, topic)),
    ...throughputObstacle(evidence),
  ]
  const named = `${candidates.length} partitions of ${topics.slice(0, 5).join(', ')}${topics.length > 5 ? ` and ${topics.length - 5} more topics` : ''} cannot be compared by offsets`
  if (against.length > 0) {
    const obstacles = [...certificate.obstacles, `${named}, and latency does not stand in: ${against.join(' ')}`]
    return { ...certificate, complete: false, obstacles }
  }
  const judged = certificate.topics.map((entry) => ({
    ...entry,
    rows: entry.rows.map((row) => (isCandidate(evidence, entry.topic, row) ? onItsWord(row) : row)),
  }))
  const rows = judged.flatMap((entry) => entry.rows)
  return {
    ...certificate,
    restsOn: 'latency',
    complete: certificate.obstacles.length === 0 && rows.every(([, , , , , , verdict]) => provenVerdicts.has(verdict)),
    totalLag: rows.reduce((sum, [, , , , , lag]) => sum + lag, 0),
    topics: judged,
  }
}

function isCandidate({ incomparable }: LatencyEvidence, topic: string, [partition, , , , , , verdict]: CertificateRow) {
  const listed = incomparable.some((entry) => entry.topic === topic && entry.partitions.includes(partition))
  return listed && verdict === 'never-mirrored'
}

function onItsWord([partition, start, end, stable, mirroredTo]: CertificateRow): CertificateRow {
  return [partition, start, end, stable, mirroredTo, 0, 'latency-only', null, 'latency']
}

function latencyObstacle(evidence: LatencyEvidence, topic: string): string[] {
  const { maxSeconds, minSamples, windowSeconds } = evidence
  const found = evidence.latency.find((entry) => entry.topic === topic)
  if (!found || found.seconds === null) return [`The monitoring has no latency of ${topic}: no data is not zero.`]
  if (found.samples < minSamples)
    return [
      `The monitoring has ${found.samples} samples of ${topic} in ${windowSeconds} s, and ${minSamples} are needed.`,
    ]
  return found.seconds <= maxSeconds
    ? []
    : [
        `The latency of ${topic} was ${found.seconds} s within the last ${windowSeconds} s, and ${maxSeconds} s is the limit.`,
      ]
}

function throughputObstacle({ bytesPerSecond, windowSeconds }: LatencyEvidence): string[] {
  if (bytesPerSecond === null) return ['The monitoring has no throughput of the mirroring: no data is not zero.']
  return bytesPerSecond === 0
    ? []
    : [`The mirroring still carried ${Math.ceil(bytesPerSecond)} bytes a second within the last ${windowSeconds} s.`]
}
