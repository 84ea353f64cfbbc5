import type { WaitActivities } from '../../contract/activities.ts'
import type { Certificate, Phantoms } from '../../contract/evidence.ts'
import { certificateTotals, worstPartitions } from '../../domain/certificate/text.ts'
import { isConfirmed, refusalsOf } from '../../domain/certificate/refusal.ts'
import { certify } from '../../domain/certificate/certificate.ts'
import { transactionName } from '../../domain/certificate/open-transactions-text.ts'
import { lossesOf } from '../../domain/watch/losses.ts'
import { type RateSample, mirroringRate } from '../../domain/watch/stall.ts'
import { linkName } from '../configured.ts'
import { attempt } from '../assess/attempt.ts'
import { type ActivityDeps, activitySignal, timestamp } from '../deps.ts'
import { comparedBefore } from '../compare/compared-before.ts'
import { copiedSum, mirroredSum, newMemory, takeCertificate } from '../evidence/certificate.ts'
import { readsUncommitted } from '../../domain/plan/reads-uncommitted.ts'
import { mirroredRange, recentPhantoms } from '../evidence/phantoms.ts'
import { lookUntil } from './look-until.ts'

type Input = Parameters<WaitActivities['awaitMirrored']>[0]
type Verdict = Awaited<ReturnType<WaitActivities['awaitMirrored']>>

/** Rate and ETA are those of the last looks, not of the whole wait. */
const rateLooks = 20

/** Looking for phantoms takes so long at most, ms: the producers are stopped, and everybody waits. */
const phantomsWithin = 5_000

/** Named in the live numbers. */
const shown = 3

/** So long nothing but the position may be missing before it is asked for, ms: an exactly-once link writes it by itself. */
const positionAfter = 2_000

/**
 * Between the two looks that show the same refusal, ms. An exactly-once link's position was seen 2 s before the copy's visible end
 * had followed it, on a busy machine: less would alarm on a healthy link, and more costs only whoever is refused rightly.
 */
const refusalAfter = 5_000

/** Waits for a complete certificate; ends early when mirroring has not moved for `stallMs`, and when no waiting would help. */
export async function awaitMirrored(deps: ActivityDeps, input: Input): Promise<Verdict> {
  const { pollMs, stallMs, maxMs, failingMs } = input
  const memory = newMemory(input.previous, comparedBefore(deps, input))
  const samples: RateSample[] = []
  let onPositionSince: number | undefined
  const seen = new RefusalsSeen()

  const { verdict, problem } = await lookUntil<Verdict>({ pollMs, maxMs, failingMs }, async (signal) => {
    const certificate = await takeCertificate(deps, input, signal, memory)
    samples.push({
      at: certificate.takenAt,
      totalLag: certificate.totalLag,
      mirroredSum: mirroredSum(certificate),
      copiedSum: copiedSum(certificate),
    })
    const { stalledForSeconds } = mirroringRate(samples)
    const { recordsPerSecond, etaSeconds } = mirroringRate(samples.slice(-rateLooks))
    const stalled = !certificate.complete && stalledForSeconds * 1000 >= stallMs
    if (certificate.onPosition === undefined) onPositionSince = undefined
    else onPositionSince ??= performance.now()
    const onPosition =
      input.endOnPosition === true &&
      onPositionSince !== undefined &&
      performance.now() - onPositionSince >= positionAfter
    const refused = seen.confirmed(certificate) && input.endOnRefusal === true
    return {
      verdict: {
        verdict: certificate.complete
          ? 'complete'
          : refused
            ? 'refused'
            : onPosition
              ? 'position'
              : stalled
                ? 'stalled'
                : 'not-yet',
        certificate,
        recordsPerSecond,
        etaSeconds,
      },
      done: certificate.complete || refused || stalled || onPosition,
      live: {
        at: certificate.takenAt,
        lag: certificate.totalLag,
        recordsPerSecond,
        etaSeconds,
        proven: provenOf(certificate),
        worst: worstPartitions(certificate, shown),
        transactions: certificate.transactions?.slice(0, shown).map(transactionName) ?? [],
        obstacles: certificate.obstacles.slice(0, shown),
      },
    }
  })
  if (verdict !== undefined && problem === null) {
    return verdict.certificate.complete
      ? { ...verdict, certificate: await withPast(deps, input, verdict.certificate) }
      : verdict
  }
  return {
    verdict: 'not-yet',
    certificate: incomplete(deps, input, verdict?.certificate ?? input.previous, problem ?? 'there was no check'),
    recordsPerSecond: null,
    etaSeconds: null,
  }
}

/** Refusals of the looks of one wait. */
class RefusalsSeen {
  #first: string[] = []
  #since = 0

  /** Was one of them there at a look long enough ago, and is it there still? */
  confirmed(certificate: Certificate): boolean {
    const now = refusalsOf(certificate)
    if (isConfirmed(now, this.#first)) return performance.now() - this.#since >= refusalAfter
    ;[this.#first, this.#since] = [now, performance.now()]
    return false
  }
}

/** After the wait, once: what is in the copies, or missing from them for good, is no reason to wait, but part of the evidence. */
async function withPast(deps: ActivityDeps, input: Input, certificate: Certificate): Promise<Certificate> {
  const phantoms = await phantomsIn(deps, input, certificate)
  const lost = lossesOf(input.lost, certificate.topics)
  return {
    ...certificate,
    ...(phantoms === null ? {} : { phantoms }),
    ...(lost.length === 0 ? {} : { lost }),
  }
}

async function phantomsIn(
  { ports, clock }: ActivityDeps,
  { pair, from, to }: Input,
  { topics }: Certificate,
): Promise<Phantoms | null> {
  const signal = activitySignal()
  const link = await attempt(() => ports.mirroring(pair, from, to).describe(signal))
  if (!link.ok || !readsUncommitted(link.value)) return null
  const ranges = topics.flatMap(({ topic, rows }) => rows.flatMap((row) => mirroredRange(topic, row, row[4])))
  return recentPhantoms({ clock, cluster: ports.cluster(from) }, ranges, phantomsWithin, signal)
}

function provenOf(certificate: Certificate): string {
  const { partitions, proven } = certificateTotals(certificate)
  return `${proven} of ${partitions} partitions`
}

/** What was known last is shown, but it proves nothing once a later look failed. */
function incomplete(deps: ActivityDeps, input: Input, last: Certificate | undefined, problem: string): Certificate {
  if (last !== undefined) return { ...last, complete: false, obstacles: [...last.obstacles, problem] }
  return certify({
    takenAt: timestamp(deps),
    link: linkName(input),
    ends: [],
    mirroredTo: [],
    scans: [],
    assigned: [],
    linkState: 'not known',
    obstacles: [problem],
    topicsWanted: input.topics,
    fencedEnds: input.fencedEnds,
  })
}
