import type { Certificate } from '../../contract/evidence.ts'
import { brokenSince, certifiedEnds } from '../../domain/certificate/recheck.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { answeredFor, applicationsOf, observeApplications, refuseWrong, startOne } from './applications.ts'
import type { MirroredFact } from './confirm-mirrored.ts'
import { obligationToStop } from './stop-producers.ts'
import { type FencedEnds, principalsOf, proveDenied } from './fence-source.ts'

/** Quiet producers are not waited for longer than this, ms; `verify` looks again, and asks. */
const growthWait = 20_000

/** The fence is still there, and every leader refuses the producers. */
async function fenceHolds(run: Run): Promise<void> {
  const { source, topics } = run.plan
  const principals = principalsOf(run, ['producer'])
  const fenced = run.result<FencedEnds>('fence-source')
  if (fenced === undefined || principals.length === 0) return
  const [view] = await Promise.all([
    run.activities.reads.observeFence({
      link: run.link(),
      cluster: source,
      principals,
      topics,
      operations: ['Write'],
    }),
    fenced.denied === true ? proveDenied(run, source, principals, 'Write') : null,
  ])
  if (view.authorizer && view.missing.length > 0) {
    throw new StepProblem(`The fence on ${source} is broken: ${view.missing.length} of its ACLs are gone.`)
  }
  if (fenced.denied === undefined && view.authorizer) await proveDenied(run, source, principals, 'Write')
}

/** Where the certificate does not hold any more. */
async function brokenNow(run: Run, certificate: Certificate): Promise<string[]> {
  const { source, target, topics } = run.plan
  const copies = certificate.topics.flatMap(({ copy }) => (copy === undefined ? [] : [copy.name]))
  const [mirroredTo, ends, copyEnds] = await Promise.all([
    run.activities.reads.readMirroredTo({ ...run.link(), topics }),
    run.activities.reads.readEnds({ cluster: source, topics, since: certifiedEnds(certificate) }),
    copies.length === 0 ? undefined : run.activities.reads.readEnds({ cluster: target, topics: copies }),
  ])
  return brokenSince(certificate, ends, mirroredTo, copyEnds)
}

/** The proofs this step relies on are points in time: taken again right before it. */
async function retakeProofs(run: Run): Promise<string> {
  if (run.forced) return 'forced: no proof to take again'
  const { source } = run.plan
  const certificate = run.result<MirroredFact>('confirm-mirrored')?.certificate
  if (!certificate) {
    return run.plan.order === 'documented'
      ? 'documented order: the certificate comes later and cannot be taken again here'
      : 'no certificate to take again'
  }
  const [, broken] = await Promise.all([fenceHolds(run), brokenNow(run, certificate)])
  if (broken.length > 0) {
    throw new StepProblem(
      `The certificate of ${certificate.takenAt} does not hold any more: ${broken.slice(0, 5).join('; ')}. ` +
        `Producers were not started. Something wrote to ${source} after the fence, or changed the copies on ${run.plan.target}: find and stop it, then abort and start again, or force.`,
    )
  }
  return 'fence and certificate taken again: they hold'
}

export const startProducers = defineStep({
  id: 'start-producers',
  revision: 1,
  title: 'Start producers on the target',
  touchesSource: false,
  skip: 'operator',
  pointOfNoReturn: true,
  // The proofs are of the source; what comes right before this looks at the target.
  looksAhead: true,
  async observe(run) {
    const [proof, states] = await Promise.all([
      // Once a producer may have started there is nothing to take again: the certificate was for the moment before.
      run.record.pointOfNoReturnAt === null ? retakeProofs(run) : 'past the point of no return',
      observeApplications(run, 'producer'),
    ])
    return { proof, states }
  },
  async apply(run, { states }) {
    // Beside the start: what comes behind it in a forced run depends on whether the source answers.
    if (run.forced) run.checkSource()
    const planned = applicationsOf(run, 'producer')
    const answered = await answeredFor(run, 'start-producers', states)
    await Promise.all(
      states.map((state) =>
        startOne(run, 'start-producers', state, {
          cluster: run.plan.target,
          topics: planned.find(({ name }) => name === state.name)?.topics ?? [],
          phase: 'all',
          ...(answered?.names.includes(state.name) ? { answeredFor: true } : {}),
        }),
      ),
    )
    return answered
  },
  async prove(run, { proof }, answered) {
    const { target, topics, timing } = run.plan
    const states = await observeApplications(run, 'producer')
    const unknown = (name: string, state: string) => state === 'unknown' && (answered?.names.includes(name) ?? false)
    refuseWrong(
      states.filter(({ name, state }) => !unknown(name, state)),
      { state: 'running', cluster: target },
    )
    const { verdict } = await run.until('start-producers', {
      probe: (waits) =>
        waits.awaitProgress({
          cluster: target,
          producerTopics: topics,
          groups: [],
          pollMs: Math.min(timing.poll, 500),
          maxMs: growthWait,
        }),
      reached: () => true,
      explain: ({ detail }) => detail,
    })
    if (!verdict.verified) run.record.note(`after start-producers: ${verdict.detail}`)
    return {
      detail: `started on ${target}: ${states.map(({ name }) => name).join(', ')}; ${verdict.detail}; ${proof}`,
      fact: { states, verified: verdict.verified },
      // From the first record on nothing of it is mirrored, whenever the link lets go of the topics.
      entries: [
        { type: 'active', active: target, standby: run.plan.source },
        { type: 'protection', link: null, at: run.now() },
        ...(answered ? [obligationToStop(run, `${answered.by} answered for it that it does not run there`)] : []),
      ],
    }
  },
})
