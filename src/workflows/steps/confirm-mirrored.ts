import type { Certificate } from '../../contract/evidence.ts'
import { paceText, totalsText } from '../../domain/certificate-text.ts'
import { worstFirst } from '../../domain/certificate.ts'
import { unpackSample } from '../../domain/packed-sample.ts'
import { positionIds } from '../../domain/topic-identity.ts'
import { failureText } from '../runbook/failure-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { type StepOutcome, defineStep } from '../runbook/step.ts'
import type { FencedEnds } from './fence-source.ts'

export interface MirroredFact {
  certificate: Certificate | null
  /** `takenAt` of the estimate in the dossier, of a forced run. */
  ledger: string | null
}

/** Partitions named to a person before "and so on". */
const shownPartitions = 5

async function certified(run: Run): Promise<StepOutcome<MirroredFact>> {
  const { topics, timing } = run.plan
  const fencedEnds = run.result<FencedEnds>('fence-source')?.ends ?? null
  const sample = await run.activities.pair.lastSample({ pair: run.plan.pair })
  const knownIds = positionIds(sample === null ? {} : unpackSample(sample))
  let previous: Certificate | undefined
  const { verdict } = await run.until('confirm-mirrored', {
    probe: async (waits, maxMs) => {
      const looked = await waits.awaitMirrored({
        ...run.link(),
        topics,
        fencedEnds,
        knownIds,
        ...(previous === undefined ? {} : { previous }),
        pollMs: timing.poll,
        stallMs: timing.stall,
        maxMs,
      })
      previous = looked.certificate
      return looked
    },
    reached: ({ verdict: state }) => state === 'complete',
    explain: ({ verdict: state, certificate, recordsPerSecond, etaSeconds }) =>
      [
        `${run.plan.source} is not proven to be mirrored to ${run.plan.target}: ${certificate.totalLag} records lag; ${totalsText(certificate)}.`,
        state === 'stalled'
          ? `The link has not moved for ${timing.stall / 1000} s.`
          : paceText(recordsPerSecond, etaSeconds),
        worstFirst(certificate, shownPartitions),
        `The run goes on looking. To go on with the loss recorded: force ${JSON.stringify({ by: 'you', reason: 'why', planHash: run.record.planHash })}.`,
      ]
        .filter((line) => line !== '')
        .join('\n'),
  })
  if (!verdict.certificate.complete) throw new StepProblem('the certificate is not complete')
  return {
    detail: `all mirrored, lag 0; ${topics.length} topics, ${totalsText(verdict.certificate)}${basis(verdict.certificate)}`,
    fact: { certificate: verdict.certificate, ledger: null },
  }
}

/** What the certificate rests on, where that is not offsets alone. */
function basis({ restsOn, topics }: Certificate): string {
  if (restsOn === undefined) return ''
  const rows = topics.flatMap((topic) => topic.rows).filter(([, , , , , , verdict]) => verdict === 'latency-only')
  return `; ${rows.length} of them on the provider's latency alone, not on offsets`
}

/** Forced: what can be proven is proven; the rest is estimated from the link's own position and the last sample. */
async function estimated(run: Run): Promise<StepOutcome<MirroredFact>> {
  const { topics } = run.plan
  const fencedEnds = run.result<FencedEnds>('fence-source')?.ends ?? null
  run.singleTry = true
  const certificate = await run.activities.reads
    .takeCertificate({ ...run.link(), topics, fencedEnds })
    .catch((error: unknown) => failureText(error))
  run.singleTry = false
  if (typeof certificate !== 'string' && certificate.complete && fencedEnds !== null) {
    return { detail: 'all mirrored although forced: lag 0', fact: { certificate, ledger: null } }
  }
  const sample = await run.activities.pair.lastSample({ pair: run.plan.pair })
  const ledger = await run.activities.reads.estimateLoss({ ...run.link(), topics, sample })
  return {
    detail:
      `no proof (${typeof certificate === 'string' ? certificate : `${certificate.totalLag} records lag`}); ` +
      `stranded: about ${ledger.records} records` +
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
