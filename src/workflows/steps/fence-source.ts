import type { AclEntry, DossierEntry } from '../../contract/dossier.ts'
import type { TopicEnds } from '../../contract/evidence.ts'
import { notStillText } from '../../domain/certificate/not-still-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { applicationsOf } from './applications.ts'

export interface FencedEnds {
  ends: TopicEnds[]
  /** Principals were seen to be refused. Absent: by a run of an earlier version. */
  denied?: boolean
}

export interface FenceView {
  authorizer: boolean
  wanted: AclEntry[]
  missing: AclEntry[]
  warnings: string[]
  /** Why it would harm others: nothing is added then. */
  refused?: string[]
}

export function principalsOf(run: Run, kinds: ('producer' | 'consumer')[]): string[] {
  const named = run.plan.applications.filter(({ kind }) => kinds.includes(kind)).map(({ principal }) => principal)
  return [...new Set(named.filter((principal) => principal !== undefined))]
}

/** The fence's record, in the dossier before the ACLs exist: exactly these are lifted later. */
export function fenceEntry(run: Run, cluster: string, added: AclEntry[], proof: string): DossierEntry {
  return { type: 'fence', fence: { cluster, episode: run.episode, at: run.now(), added, proof } }
}

/** Producers are denied writing, consumers reading: each its own obligation, so that one does not hide the other. */
export function obligationToFence(run: Run, cluster: string, operation: 'Write' | 'Read', why: string): DossierEntry {
  const what = operation === 'Write' ? 'writes' : 'reads'
  return {
    type: 'obligation',
    obligation: {
      id: `${operation === 'Write' ? 'fence' : 'fence-reads'}/${cluster}/${run.episode}`,
      kind: 'fence',
      cluster,
      text: `Fence the ${what} on ${cluster} as soon as it answers (the pair tries by itself): ${why}`,
      since: run.now(),
      fence: {
        principals: principalsOf(run, [operation === 'Write' ? 'producer' : 'consumer']),
        topics: run.plan.topics,
        operations: [operation],
      },
    },
  }
}

/** Nothing is added where it would shut out, or admit, somebody else: a person sees to it first. */
export function refuseHarm(view: FenceView | null): void {
  if (view?.refused === undefined || view.refused.length === 0) return
  throw new StepProblem(`No fence was added: ${view.refused.join(' ')}`, { mayPassByItself: true })
}

/**
 * Where the fence has to leave everybody else admitted, or hits more than its topics, it is proven that the consumers still are:
 * by the broker's word as each of them, and by the ACLs for everybody who is not named.
 */
export async function proveAdmitted(run: Run, cluster: string, view: FenceView): Promise<string | null> {
  const opened = view.wanted.filter(({ permission }) => permission === 'allow').map(({ name }) => name)
  if (opened.length === 0 && !view.wanted.some(({ pattern }) => pattern === 'prefixed')) return null
  const denied = new Set(
    view.wanted.flatMap(({ permission, operation, principal }) =>
      permission === 'deny' && operation === 'Read' ? [principal] : [],
    ),
  )
  const readers = principalsOf(run, ['consumer']).filter((principal) => !denied.has(principal))
  const checks = [
    ...readers.map((principal) => ({ principal, operation: 'Read' as const, topics: run.plan.topics })),
    // Whoever is named nowhere, the mirroring among them.
    ...(opened.length === 0 ? [] : [{ principal: 'User:*', operation: 'Read' as const, topics: [...new Set(opened)] }]),
  ]
  if (checks.length === 0) return null
  const answers = await run.activities.reads.checkAccess({ cluster, checks })
  const shut = answers.filter(
    ({ principal, evidence, denied: topics }) =>
      topics.length > 0 && (evidence === 'asked-as-principal' || principal === 'User:*'),
  )
  if (shut.length > 0) {
    throw new StepProblem(
      `The fence on ${cluster} also keeps out who is to stay: ${shut.map((one) => `${one.principal} may not read ${one.denied.join(', ')}`).join('; ')}. Grant it there, or abort, which removes the fence.`,
      { mayPassByItself: true },
    )
  }
  return opened.length === 0 ? 'consumers still admitted' : 'everybody else still admitted'
}

/** Proves that the principals are refused, by the broker's word, without writing into users' topics. */
export async function proveDenied(
  run: Run,
  cluster: string,
  principals: string[],
  operation: 'Write' | 'Read',
): Promise<string> {
  const checks = principals.map((principal) => ({ principal, operation, topics: run.plan.topics }))
  const answers = await run.activities.reads.checkAccess({ cluster, checks })
  refuseOpen(cluster, operation, answers)
  return evidenceOf(answers)
}

type Answer = { principal: string; evidence: string; allowed: string[] }

function refuseOpen(cluster: string, operation: 'Write' | 'Read', answers: Answer[]): void {
  const open = answers.filter(({ allowed }) => allowed.length > 0)
  if (open.length === 0) return
  throw new StepProblem(
    `The fence on ${cluster} does not hold: ${open.map(({ principal, allowed }) => `${principal} may still ${operation} ${allowed.join(', ')}`).join('; ')}`,
    { mayPassByItself: true },
  )
}

function evidenceOf(answers: Answer[]): string {
  return [...new Set(answers.map(({ evidence }) => evidence))].join(', ')
}

/** Why nothing on the source would refuse some producer; null when each of them can be denied. */
function whyProcedural(run: Run, view: FenceView): string | null {
  if (!view.authorizer) return `${run.plan.source} has no authorizer: nothing there can refuse a producer`
  const producers = applicationsOf(run, 'producer')
  const nameless = producers.filter(({ principal }) => principal === undefined).map(({ name }) => name)
  if (nameless.length === 0 && view.wanted.length > 0) return null
  return nameless.length === producers.length
    ? 'no producer has a principal in switchback.yaml: nobody can be denied'
    : `${nameless.join(', ')} has no principal in switchback.yaml and cannot be denied`
}

/** What fails beside a wait is thrown when it is asked for, not into the middle of the wait. */
function settled<T>(work: Promise<T>): () => Promise<T> {
  const outcome = work.then(
    (value) => () => value,
    (failure: unknown) => () => {
      throw failure
    },
  )
  return async () => (await outcome)()
}

export const fenceSource = defineStep({
  id: 'fence-source',
  revision: 1,
  title: 'Fence the source',
  touchesSource: true,
  skip: 'force',
  // ACLs are the same whether producers run or not.
  looksAhead: true,
  observe: (run): Promise<FenceView> =>
    run.activities.reads.observeFence({
      link: run.link(),
      cluster: run.plan.source,
      principals: principalsOf(run, ['producer']),
      topics: run.plan.topics,
      operations: ['Write'],
    }),
  before: (run, view) =>
    view.missing.length > 0 && view.refused === undefined
      ? [fenceEntry(run, run.plan.source, view.missing, 'begun')]
      : [],
  async apply(run, view) {
    refuseHarm(view)
    const procedural = whyProcedural(run, view)
    if (procedural !== null && !run.singleTry) {
      const answer = await run.decide(
        'fence-source',
        `${procedural}. The fence is then procedural only: producers stopped, and end offsets that do not advance; whoever starts one again writes records that are stranded. Go on with that?`,
        run.choices(['proceed', 'retry']),
      )
      if (answer.action === 'retry') throw new StepProblem(procedural, { mayPassByItself: true })
      run.record.note(`procedural fence accepted by ${answer.by}`)
    }
    for (const warning of view.warnings) run.record.note(warning)
    if (view.missing.length > 0) {
      await run.activities.writes.applyFence({ lease: run.lease, cluster: run.plan.source, acls: view.missing })
    }
  },
  async prove(run, view) {
    const { source, topics, timing } = run.plan
    const procedural = whyProcedural(run, view)
    const denied = view.authorizer && view.wanted.length > 0
    // Whoever cannot be refused is only seen to be quiet.
    const window = procedural === null ? (timing.refusedStability ?? timing.stability) : timing.stability
    const refused = { principals: principalsOf(run, ['producer']), stabilityMs: window }
    // Beside the wait: who is to stay admitted has nothing to do with who writes.
    const admitting = settled(denied ? proveAdmitted(run, source, view) : Promise.resolve(null))
    const { verdict } = await run.until('fence-source', {
      // Whoever still writes behind a fence is not waited for.
      budgetMs: Math.min(run.askAfter, timing.stepBudget),
      probe: (waits, maxMs) =>
        waits.awaitStill({
          cluster: source,
          topics,
          stabilityMs: timing.stability,
          ...(denied ? { refused } : {}),
          maxMs,
        }),
      reached: ({ still, access = [] }) => still || access.some(({ allowed }) => allowed.length > 0),
      explain: (seen) => `${notStillText(source, seen, timing.stability)}\nThe run keeps checking.`,
    })
    refuseOpen(source, 'Write', verdict.access ?? [])
    if (!verdict.still) throw new StepProblem(notStillText(source, verdict, timing.stability))
    const admitted = await admitting()
    const evidence = [denied && evidenceOf(verdict.access ?? []), procedural && 'procedural'].filter(Boolean)
    const proof = `${[evidence.join(', else '), ...(admitted === null ? [] : [admitted])].join('; ')}; ends still for ${verdict.stillMs ?? timing.stability} ms`
    return {
      detail: `${applicationsOf(run, 'producer').length} producers refused (${proof})`,
      fact: { ends: verdict.ends, denied } satisfies FencedEnds,
      entries: [fenceEntry(run, source, [], proof)],
    }
  },
  async undo(run, before) {
    await run.activities.writes.liftFence({ lease: run.lease, cluster: run.plan.source, acls: before.missing })
    return {
      detail: `lifted: ${before.missing.length} ACLs on ${run.plan.source}`,
      entries: [{ type: 'fence-lifted', cluster: run.plan.source, lifted: before.missing }],
    }
  },
  obligations: (run, why) => [obligationToFence(run, run.plan.source, 'Write', why)],
})
