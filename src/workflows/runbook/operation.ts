import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  condition,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow'
import { errorTypes } from '../../contract/errors.ts'
import type { OperationName } from '../../contract/names.ts'
import type { PlanAnswer } from '../../contract/plan.ts'
import type { RunResult } from '../../contract/progress.ts'
import { checkShape } from '../../contract/shape.ts'
import { type StartInput, startExamples, startInputs } from '../../contract/start-input.ts'
import { detailsMarkdown, reportMarkdown } from '../../domain/pages/progress.ts'
import { planHash } from '../../domain/plan/plan.ts'
import type { Assessed } from '../steps/assess.ts'
import { type Activities, activitiesWithin } from './activities.ts'
import { Ahead } from './ahead.ts'
import { failureText, isLeaseLost } from './failure-text.ts'
import { Inbox } from './inbox.ts'
import { AbortRequested, HandOverRequested, RetryRequested } from './interruptions.ts'
import { LateCalls } from './late-calls.ts'
import { wireMessages } from './messages.ts'
import { reportExtras } from './report-extras.ts'
import { RunRecord } from './run-record.ts'
import { Run, defaultAskAfter } from './run.ts'
import { carryOut } from './carry-out.ts'
import type { Step } from './step.ts'
import { stepBack } from './step-back.ts'

/** How long the first contact (lease, plan) may take before the run fails with what stood in the way. */
const startBudget = 120_000

function parseInput(name: OperationName, input: unknown): StartInput {
  const shape = checkShape(startInputs[name], input)
  if (shape.ok) return shape.data
  throw ApplicationFailure.nonRetryable(
    `The start input of ${name} is not right:\n${shape.faults}\n` +
      `Start it with one JSON object, for example ${JSON.stringify(startExamples[name])}`,
    errorTypes.invalidInput,
  )
}

/**
 * Makes the workflow of an operation from its list of steps. The engine is the only place that knows about pausing,
 * progress, failures, questions, forced skips, undo and the lease.
 */
export function operation(name: OperationName, steps: Step[]): (input: unknown) => Promise<RunResult> {
  return async (input) => {
    const now = () => new Date().toISOString()
    const record = new RunRecord(name, workflowInfo().workflowId, now())
    const inbox = new Inbox(record, now)
    let run: Run | undefined
    const publish = () => (run ? run.publish() : setCurrentDetails(detailsMarkdown(record.progress())))
    wireMessages(record, inbox, {
      plan: (): PlanAnswer | { note: string } =>
        record.plan === null
          ? { note: 'there is no plan yet' }
          : {
              hash: record.planHash ?? '',
              plan: record.plan,
              expectations: record.expectations ?? { lossRecords: null, duplicates: [], orderBreaks: [] },
              findings: record.findings,
              ...(record.offsets === null ? {} : { offsets: record.offsets }),
            },
      report: () => reportMarkdown(record.progress(), reportExtras(run)),
      changed: publish,
    })
    const parsed = parseInput(name, input)
    record.pair = parsed.pair
    record.dryRun = parsed.dryRun

    listenForCancel(record, inbox, publish)
    return CancellationScope.nonCancellable(async () => {
      run = await begin(name, parsed, record, steps, publish)
      const result = parsed.dryRun ? await rehearse(run, steps) : await carryThrough(run, steps)
      await condition(allHandlersFinished)
      return result
    })
  }
}

/** Cancel in the UI is a request to abort: honoured while stepping back is safe, else recorded with the way forward. */
function listenForCancel(record: RunRecord, inbox: Inbox, changed: () => void): void {
  CancellationScope.current()
    .cancelRequested.catch((reason: unknown) => {
      try {
        inbox.requestAbort('Cancel', 'the run was cancelled in Temporal')
      } catch (refusal) {
        record.refuse('Cancel', refusal instanceof Error ? refusal.message : String(reason), new Date().toISOString())
        record.note(refusal instanceof Error ? refusal.message : String(reason))
      }
      changed()
    })
    .catch(() => undefined)
}

/** Takes the lease and draws the plan. Whatever stands in the way here fails the run: nothing has been done yet. */
async function begin(
  name: OperationName,
  input: StartInput,
  record: RunRecord,
  steps: Step[],
  publish: () => void,
): Promise<Run> {
  const { pair, reads } = watchedAtStart(record, publish)
  const acquired = await pair
    .acquireLease({ pair: input.pair, operation: name, adopt: input.adopt, dryRun: input.dryRun })
    .catch(refuseRun(record))
  const info = workflowInfo()
  const lease = { pair: input.pair, workflowId: info.workflowId, runId: info.runId, epoch: acquired.epoch }
  try {
    const searchAttributes = await reads.searchAttributesRegistered().catch((error: unknown) => {
      if (error instanceof AbortRequested) throw error
      return false
    })
    const adoptedPlan = acquired.adopted ? planOfEpisode(acquired.dossier, name) : undefined
    const plan =
      adoptedPlan ?? (await reads.draftPlan({ operation: name, input, dossier: acquired.dossier, mode: input.mode }))
    record.plan = plan
    record.episode = acquired.dossier.episode?.number ?? acquired.dossier.episodesClosed + 1
    if (adoptedPlan) recallAssessment(record, acquired.dossier)
    record.layOut(plan.steps.map(({ id }) => ({ id, title: definition(steps, id).title })))
    const run = new Run({
      record,
      input,
      lease,
      adopted: acquired.adopted,
      plan,
      dossier: acquired.dossier,
      searchAttributes,
    })
    if (adoptedPlan && input.mode === 'forced' && adoptedPlan.mode === 'planned') {
      record.forceRequest = { by: input.requestedBy, reason: input.reason, at: run.now() }
    }
    run.publish()
    return run
  } catch (error) {
    if (!input.dryRun) await pair.releaseLease({ lease, outcome: acquired.adopted ? 'failed' : 'aborted', entries: [] })
    if (error instanceof AbortRequested) throw cancelled(record, publish)
    return refuseRun(record)(error)
  }
}

/** Before there is a plan: what fails for long is asked about, in the name of the first step. */
function watchedAtStart(record: RunRecord, publish: () => void): Pick<Activities, 'pair' | 'reads'> {
  const late = new LateCalls(record, {
    askAfterMs: () => defaultAskAfter,
    step: () => 'assess',
    interruption: () => (record.abort ? new AbortRequested(record.abort.reason) : undefined),
    ask: (step, _kind, text) => ({
      own: true,
      question: record.questions.ask({
        step,
        kind: 'decision',
        text: `The run has not begun: ${text}`,
        choices: ['retry'],
        at: new Date().toISOString(),
        payload: (id) => ({
          update: 'decide',
          payload: { question: id, run: record.workflowId, action: 'retry', by: 'you', reason: 'why' },
        }),
      }),
    }),
    answered: () => undefined,
    publish,
  })
  const { pair, reads } = activitiesWithin(startBudget)
  return { pair: late.watched('pair', pair), reads: late.watched('reads', reads) }
}

/** Cancel came while nothing had been done yet. */
function cancelled(record: RunRecord, publish: () => void): CancelledFailure {
  record.state = 'aborted'
  record.currentStep = null
  record.finishedAt = new Date().toISOString()
  const text = `aborted: ${record.abort?.reason ?? 'Cancel'}; nothing had been changed`
  record.note(text)
  publish()
  return new CancelledFailure(text)
}

/** A run that may not even start ends as failed, with the reason as its failure. */
function refuseRun(record: RunRecord): (error: unknown) => never {
  return (error) => {
    record.state = 'refused'
    record.finishedAt = new Date().toISOString()
    const text = failureText(error)
    record.note(text)
    throw ApplicationFailure.create({ message: text, type: errorTypes.refused, nonRetryable: true })
  }
}

/** What the run before had assessed: its hash is what an approval and a force are still bound to. */
function recallAssessment(record: RunRecord, dossier: Run['dossier']): void {
  const assessed = assessmentOf(dossier, record.operation)
  if (!assessed || !record.plan) return
  record.findings = assessed.findings
  record.expectations = assessed.expectations
  record.planHash = planHash(record.plan, assessed.expectations)
}

function assessmentOf(dossier: Run['dossier'], name: OperationName): Assessed | undefined {
  const fact = dossier.episode?.facts.findLast((entry) => entry.operation === name && entry.step === 'assess')
  return fact?.state === 'done' ? (fact.fact as { result: Assessed }).result : undefined
}

function planOfEpisode(dossier: Run['dossier'], name: OperationName): Run['plan'] | undefined {
  return assessmentOf(dossier, name)?.plan
}

function definition(steps: Step[], id: string): Step {
  const step = steps.find((candidate) => candidate.id === id)
  if (!step)
    throw ApplicationFailure.nonRetryable(`This worker does not know the step ${id}.`, errorTypes.configuration)
  return step
}

async function carryThrough(run: Run, steps: Step[]): Promise<RunResult> {
  const { record } = run
  try {
    try {
      const planned = run.plan.steps.map(({ id }) => definition(steps, id))
      const ahead = new Ahead(run)
      for (let step = planned.shift(); step !== undefined; step = planned.shift()) {
        const postponed = step
        const behind = await carryOut(run, step, ahead, planned)
        if (behind !== null) planned.splice(planned.findIndex(({ id }) => id === behind) + 1, 0, postponed)
      }
      return await finish(run, 'succeeded', `${record.operation} of ${record.pair} succeeded`)
    } catch (error) {
      if (!(error instanceof AbortRequested)) throw error
      await stepBack(
        run,
        run.plan.steps.map(({ id }) => definition(steps, id)),
      )
      const left = undone(run)
      record.note(left)
      const result = await finish(run, 'aborted', `aborted: ${error.message}; ${left}`)
      if (record.abort?.by === 'Cancel') throw new CancelledFailure(result.summary)
      return result
    }
  } catch (error) {
    if (error instanceof CancelledFailure) throw error
    if (error instanceof HandOverRequested) {
      return await finish(run, 'handed-over', `handed over: ${error.message}`)
    }
    return await giveUp(run, error)
  }
}

/** A cluster that came back stays fenced, and a link that the desk has disabled stays off, whatever becomes of the reset. */
function undone(run: Run): string {
  const copied = run.dossier.copies?.some(({ episode }) => episode === run.episode)
  if (run.plan.operation !== 'reset') return 'every change was undone'
  const { target, link } = run.plan
  const asked = run.factEntry('await-ticket') !== undefined
  return (
    `what was changed is undone${copied ? ' but for stranded records that are copied already' : ''}, and the fence on ${target} stays` +
    (asked ? `; if ${link.from}->${link.to} was disabled meanwhile, it stays disabled` : '')
  )
}

async function finish(run: Run, state: 'succeeded' | 'aborted' | 'handed-over', summary: string): Promise<RunResult> {
  await run.release(state)
  return conclude(run, state, summary)
}

function conclude(run: Run, state: RunResult['state'], summary: string): RunResult {
  const { record } = run
  record.state = state
  record.currentStep = null
  record.finishedAt = run.now()
  run.publish()
  return {
    state,
    operation: record.operation,
    pair: record.pair,
    episode: record.episode,
    summary,
    progress: record.progress(),
  }
}

/** Only what no question can mend comes here: the lease is gone, or this code is wrong. The pair is left in doubt. */
async function giveUp(run: Run, error: unknown): Promise<never> {
  const { record } = run
  const text = failureText(error)
  record.state = 'failed'
  record.finishedAt = run.now()
  record.note(text)
  run.publish()
  if (!isLeaseLost(error)) {
    await run.release('failed').catch((second: unknown) => record.note(failureText(second)))
  }
  throw ApplicationFailure.nonRetryable(
    isLeaseLost(error)
      ? `${text} Start ${record.operation} with "adopt": true to take the episode over where it stands.`
      : text,
    isLeaseLost(error) ? errorTypes.leaseLost : errorTypes.precondition,
  )
}

/** A dry run has nothing to step back from: whoever aborts it or hands it over ends it. */
async function observed(run: Run, step: Step): Promise<unknown> {
  for (;;) {
    try {
      return await step.observe(run)
    } catch (error) {
      if (error instanceof RetryRequested) continue
      if (error instanceof AbortRequested || error instanceof HandOverRequested)
        throw cancelled(run.record, () => run.publish())
      throw error
    }
  }
}

/** A dry run assesses and plans: not one write. */
async function rehearse(run: Run, steps: Step[]): Promise<RunResult> {
  const { record } = run
  const assess = definition(steps, 'assess')
  record.enter('assess', 'running', run.now())
  const outcome = await observed(run, assess)
  const findings = record.findings.filter((finding) => finding.severity === 'blocking')
  record.enter('assess', 'done', run.now(), {
    detail: `${record.findings.length} findings, ${findings.length} blocking`,
  })
  void outcome
  return conclude(
    run,
    'dry-run',
    findings.length === 0
      ? `dry run: nothing is blocking; plan ${record.planHash}`
      : `dry run: ${findings.map((finding) => finding.text).join(' ')}`,
  )
}
