import type { Gauge, Registry } from 'prom-client'
import type { EpisodeStage } from '../../contract/dossier.ts'
import type { PairStatus } from '../../contract/pair-messages.ts'
import type { PairView } from './look-at-pairs.ts'
import { gaugesNamed } from './gauge.ts'
import { describeRun, runGauges } from './run-metrics.ts'
import { seconds } from './seconds.ts'

/** Between episodes, then the stages of one. */
const phases = [
  'idle',
  'failing-over',
  'failed-over',
  'resetting',
  'reset',
  'failing-back',
  'in-doubt',
] as const satisfies readonly ('idle' | 'in-doubt' | EpisodeStage)[]

/** Of pairs: names, numbers and times only. What is unknown has no series. Texts stay in Temporal. */
function pairGauges(registry: Registry) {
  const gauge = gaugesNamed(registry, 'switchback_pair')
  return {
    up: gauge('up', 'Whether the workflow of the pair answered the last time it was asked.', ['pair']),
    info: gauge('info', 'Always 1; where producers write now, and the other side.', ['pair', 'active', 'standby']),
    phase: gauge('phase', '1 for the phase the pair is in, 0 for the others.', ['pair', 'phase']),
    lag: gauge('lag_records', 'Records not mirrored from the active side at the last check.', ['pair']),
    sampled: gauge('lag_sample_timestamp_seconds', 'When the lag was last checked.', ['pair']),
    source: gauge('source_reachable', 'Whether the active side answered at the last check.', ['pair']),
    link: gauge('link_reachable', 'Whether the Connect cluster of the link answered at the last check.', ['pair']),
    unprotected: gauge(
      'unprotected_since_timestamp_seconds',
      'Since when nothing is mirrored from the active side; absent while it is.',
      ['pair'],
    ),
    lossRecords: gauge(
      'forced_loss_records',
      'What a forced failover would lose now, at most; absent while nobody knows.',
      ['pair'],
    ),
    missing: gauge(
      'missing_from_copies_records',
      'Offsets that were mirrored once and that the copies lack; absent while nobody knows.',
      ['pair'],
    ),
    reread: gauge(
      'forced_reread_records',
      'What a group would read twice in a forced failover now, at most; absent while nobody knows.',
      ['pair', 'group'],
    ),
    lossSeconds: gauge('forced_loss_seconds', 'Age of the oldest record a forced failover would lose now.', ['pair']),
    findings: gauge('findings', 'Raised findings of the watch.', ['pair', 'code', 'severity']),
    compared: gauge(
      'compared_oldest_timestamp_seconds',
      'When the topic that was compared longest ago was compared with its copy.',
      ['pair'],
    ),
    comparedTopics: gauge('compared_topics', 'Topics by the result of their last comparison.', ['pair', 'result']),
    differing: gauge('copy_differs_records', 'Records that are missing from a copy or have another content there.', [
      'pair',
      'topic',
    ]),
    obligations: gauge('obligations', 'What runs could not do and somebody must.', ['pair']),
    alerts: gauge('alerts', 'Alerts the pair shows.', ['pair']),
  }
}

/** Registers the gauges; the answer writes what was seen into them, and forgets what was seen before. */
export function pairMetrics(registry: Registry): (views: readonly PairView[]) => void {
  const gauges = { pair: pairGauges(registry), run: runGauges(registry) }
  return (views) => {
    for (const gauge of [...Object.values(gauges.pair), ...Object.values(gauges.run)]) gauge.reset()
    for (const { pair, status, run } of views) {
      gauges.pair.up.set({ pair }, status ? 1 : 0)
      if (status) describePair(gauges.pair, pair, status)
      if (run) describeRun(gauges.run, pair, run)
    }
  }
}

function describePair(gauges: ReturnType<typeof pairGauges>, pair: string, status: PairStatus): void {
  const { active, standby, lag, findings = [], forcedLoss, obligations, alerts, unprotectedSince } = status
  gauges.info.set({ pair, active, standby }, 1)
  const now = phaseOf(status)
  for (const phase of phases) gauges.phase.set({ pair, phase }, phase === now ? 1 : 0)
  known(gauges.lag, { pair }, lag?.records)
  known(gauges.sampled, { pair }, lag && seconds(lag.at))
  if (lag) gauges.source.set({ pair }, lag.sourceReachable ? 1 : 0)
  if (lag) gauges.link.set({ pair }, lag.linkReachable ? 1 : 0)
  known(gauges.unprotected, { pair }, unprotectedSince === null ? null : seconds(unprotectedSince))
  known(gauges.lossRecords, { pair }, forcedLoss?.records)
  if (forcedLoss && forcedLoss.records !== null) gauges.missing.set({ pair }, forcedLoss.missing ?? 0)
  for (const { group, records } of forcedLoss?.reread ?? []) gauges.reread.set({ pair, group }, records)
  known(gauges.lossSeconds, { pair }, forcedLoss?.seconds)
  for (const { code, severity, raisedAt } of findings)
    if (raisedAt !== null) gauges.findings.inc({ pair, code, severity })
  describeCompared(gauges, pair, status)
  gauges.obligations.set({ pair }, obligations.length)
  gauges.alerts.set({ pair }, alerts.length)
}

function describeCompared(gauges: ReturnType<typeof pairGauges>, pair: string, { compared }: PairStatus): void {
  if (compared === undefined) return
  known(gauges.compared, { pair }, compared.oldest === null ? null : seconds(compared.oldest))
  const { same, differ, unclear, incomparable } = compared
  for (const [result, topics] of Object.entries({ same, differ, unclear, incomparable }))
    gauges.comparedTopics.set({ pair, result }, topics)
  for (const { topic, records } of compared.differences) gauges.differing.inc({ pair, topic }, records)
}

function phaseOf({ episode }: PairStatus): (typeof phases)[number] {
  if (episode?.inDoubt) return 'in-doubt'
  const stage = episode?.stage
  return stage === undefined || stage === 'closed' || stage === 'handed-over' ? 'idle' : stage
}

/** Sets what is known; nothing else has a series. */
function known<Label extends string>(
  gauge: Gauge<Label>,
  labels: Record<Label, string>,
  value: number | null | undefined,
): void {
  if (value !== null && value !== undefined) gauge.set(labels, value)
}
