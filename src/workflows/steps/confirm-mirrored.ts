import { isCancellation } from '@temporalio/workflow'
import type { Certificate, LagSample, TopicEnds } from '../../contract/evidence.ts'
import { basisText, paceText, totalsText } from '../../domain/certificate/text.ts'
import { refusalText } from '../../domain/certificate/refusal.ts'
import { worstFirst } from '../../domain/certificate/text.ts'
import { ledgerOfCertificate, uncountedRows } from '../../domain/losses/ledger.ts'
import { unpackSample } from '../../domain/watch/packed-sample.ts'
import { phantomsText } from '../../domain/certificate/phantoms.ts'
import { readBy } from '../../domain/positions/read-by.ts'
import { settledOffsets } from '../../domain/positions/settled.ts'
import { positionIds } from '../../domain/assess/topic-identity.ts'
import { some } from '../../domain/watch/look.ts'
import { recordsText } from '../../domain/text/records-text.ts'
import { lossText, lostText } from '../../domain/watch/losses.ts'
import { failureText, isLeaseLost } from '../runbook/failure-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { type StepOutcome, defineStep } from '../runbook/step.ts'
import type { FencedEnds, FenceView } from './fence-source.ts'

export interface MirroredFact {
  certificate: Certificate | null
  /** `takenAt` of its ledger in the dossier: the estimate of a forced run, or what a certificate leaves. */
  ledger: string | null
}

/** Partitions named to a person before "and so on". */
const shownPartitions = 5

async function certified(run: Run): Promise<StepOutcome<MirroredFact>> {
  const { topics, timing } = run.plan
  const fencedEnds = run.result<FencedEnds>('fence-source')?.ends ?? null
  const sample = await run.activities.pair.lastSample({ pair: run.plan.pair })
  const seen: Partial<LagSample> = sample === null ? {} : unpackSample(sample)
  const knownIds = positionIds(seen)
  const settled = settledOffsets(run.dossier, run.plan.source, topics)
  const readers = readBy(run.plan)
  let previous: Certificate | undefined
  let flushed = false
  let refused = false
  const { verdict } = await run.until('confirm-mirrored', {
    probe: async (waits, maxMs) => {
      const looked = await waits.awaitMirrored({
        ...run.link(),
        topics,
        fencedEnds,
        knownIds,
        ...(seen.lost === undefined ? {} : { lost: seen.lost }),
        ...(seen.rests === undefined ? {} : { rests: seen.rests }),
        ...(seen.copies === undefined ? {} : { knownCopies: seen.copies }),
        ...(settled.length === 0 ? {} : { settled }),
        readers,
        ...(flushed ? {} : { endOnPosition: true }),
        // Once it is told, probing again and again within seconds is of no use.
        ...(refused ? {} : { endOnRefusal: true }),
        ...(previous === undefined ? {} : { previous }),
        pollMs: timing.poll,
        stallMs: timing.stall,
        maxMs,
      })
      previous = looked.certificate
      refused ||= looked.verdict === 'refused'
      if (looked.verdict === 'position') {
        flushed = true
        await flush(run, looked.certificate)
      }
      return looked
    },
    reached: ({ verdict: state }) => state === 'complete',
    explain: ({ verdict: state, certificate, recordsPerSecond, etaSeconds }) =>
      [
        `${run.plan.source} is not proven to be mirrored to ${run.plan.target}: ${certificate.totalLag} records lag; ${totalsText(certificate)}.`,
        refusalText(certificate) ??
          (state === 'stalled' && certificate.totalLag > 0
            ? `The link has not moved for ${timing.stall / 1000} s.`
            : paceText(recordsPerSecond, etaSeconds)),
        state === 'stalled' || !recordsPerSecond ? shutOutText(run) : '',
        worstFirst(certificate, shownPartitions),
        `The run keeps checking. To go on with the loss recorded: force ${JSON.stringify({ by: 'you', reason: 'why', planHash: run.record.planHash })}.`,
      ]
        .filter((line) => line !== '')
        .join('\n'),
  })
  const { certificate } = verdict
  if (!certificate.complete) throw new StepProblem('the certificate is not complete')
  const ledger = ledgerOfCertificate(certificate, run.plan.source)
  return {
    detail: `all mirrored, lag 0; ${topics.length} topics, ${totalsText(certificate)}${basisText(certificate)}${past(certificate)}`,
    fact: { certificate, ledger: ledger && ledger.takenAt },
    ...(ledger === null ? {} : { entries: [{ type: 'ledger' as const, ledger }] }),
  }
}

/**
 * Where copies cannot be compared, Connect's position is the only proof, and it is written once a minute by default: the link is
 * made to write it now. Once a wait, and never needed for the proof: a failure is noted, and the position is waited for.
 */
async function flush(run: Run, { onPosition = 0 }: Certificate): Promise<void> {
  const what = `${onPosition} partition${onPosition === 1 ? '' : 's'} can only be proven by Connect's position`
  try {
    const written = await run.activities.writes.flushLink({ lease: run.lease, link: run.link() })
    if (written) run.record.note(`${what}: the tasks of the link were restarted, so that it is written now`)
  } catch (error) {
    if (isLeaseLost(error) || isCancellation(error)) throw error
    run.record.note(`${what}, and the link could not be made to write it: ${failureText(error)}`)
  }
}

/**
 * Whether the link's login is still admitted behind the fence is proven by the copy that reaches the fenced end, and by nothing
 * else: where it does not move, the fence is the first thing to check.
 */
function shutOutText(run: Run): string {
  const { pre } = (run.factEntry('fence-source')?.fact ?? {}) as { pre?: FenceView }
  if (!pre || pre.missing.length === 0) return ''
  return `This run added ${pre.missing.length} ACLs on ${run.plan.source}: check that the login of the link's Connect may still read there.`
}

/** What is in the copies, or missing from them, whatever is mirrored now. */
function past({ phantoms, lost = [] }: Certificate): string {
  return (
    (lost.length === 0 ? '' : `; lost before: ${lostText(lost)}, ${some(lost.map(lossText))}`) +
    (phantoms === undefined ? '' : `; in the copies ${phantomsText(phantoms)}`)
  )
}

async function certificateOnce(run: Run, fencedEnds: TopicEnds[]): Promise<Certificate | string> {
  run.singleTry = true
  const looking = run.activities.reads.takeCertificate({ ...run.link(), topics: run.plan.topics, fencedEnds })
  run.singleTry = false
  return looking.catch((error: unknown) => failureText(error))
}

/** Forced: what can be proven is proven; the rest is estimated from the link's own position and the last sample. */
async function estimated(run: Run): Promise<StepOutcome<MirroredFact>> {
  const { topics } = run.plan
  const fencedEnds = run.result<FencedEnds>('fence-source')?.ends ?? null
  // Without a fence no certificate counts: a source that did not answer is not asked again, in front of the producers.
  const certificate = fencedEnds === null ? `${run.plan.source} is not fenced` : await certificateOnce(run, fencedEnds)
  if (typeof certificate !== 'string' && certificate.complete) {
    return { detail: 'all mirrored although forced: lag 0', fact: { certificate, ledger: null } }
  }
  const sample = await run.activities.pair.lastSample({ pair: run.plan.pair })
  const ledger = await run.activities.reads.estimateLoss({ ...run.link(), topics, sample })
  const uncounted = uncountedRows(ledger)
  return {
    detail:
      `no proof (${typeof certificate === 'string' ? certificate : `${certificate.totalLag} records lag`}); ` +
      `stranded: ${ledger.records === null ? '' : 'at most '}${recordsText(ledger.records)}` +
      (ledger.records === null || uncounted === 0 ? '' : `, and an unknown number in ${uncounted} partitions`) +
      (ledger.sampleAgeSeconds === null ? ', no sample' : `, last sample ${Math.round(ledger.sampleAgeSeconds)} s old`),
    fact: { certificate: null, ledger: ledger.takenAt },
    entries: [{ type: 'ledger', ledger }],
  }
}

export const confirmMirrored = defineStep({
  id: 'confirm-mirrored',
  revision: 1,
  title: 'Confirm that all is mirrored',
  // In a forced run this step is not skipped: it estimates, from the target's side alone.
  touchesSource: false,
  skip: 'never',
  observe: async () => null,
  prove: (run) => (run.forced ? estimated(run) : certified(run)),
})
