import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  setCurrentDetails,
  setWorkflowOptions,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow'
import { errorTypes } from '../contract/errors.ts'
import { withoutWhatWasShown } from '../contract/memory.ts'
import { pairMessageExamples } from '../contract/pair-messages.ts'
import { checkShape, whatIsUnseen } from '../contract/shape.ts'
import { newDossier } from '../domain/dossier/dossier.ts'
import { statusMarkdown } from '../domain/pages/status.ts'
import { Adoption } from './pair/adoption.ts'
import { wirePair } from './pair/doors.ts'
import { ObligationKeeper } from './pair/keep-obligations.ts'
import { MemoryKeeper } from './pair/memory-keeper.ts'
import { MemoryRecord } from './pair/memory-record.ts'
import { PairRecord } from './pair/pair-record.ts'
import { PairStatePublisher } from './pair/publish-state.ts'
import { proveObligations } from './pair/prove-obligations.ts'
import { pairStart } from './pair/pair-start.ts'
import { watchOnce } from './pair/watch.ts'
import { failureText } from './runbook/failure-text.ts'

/** After a failed look (a configuration fault, say) the pair looks again after this, ms. */
const afterFailure = 30_000

/** A pair that has just begun looks so long at what its clusters remember, ms; then what is dark is dark. */
const firstLookWait = 12_000

/**
 * The pair's front page in the UI and its only memory: dossier and lease, obligations, samples of the lag. Started by the
 * worker; lives for ever, continuing as new.
 */
export async function pair(input: unknown): Promise<never> {
  const start = checkShape(pairStart, input)
  if (!start.ok) {
    throw ApplicationFailure.nonRetryable(
      `A pair is started by the worker, with {"pair", "primary", "secondary"}:\n${start.faults}`,
      errorTypes.invalidInput,
    )
  }
  const { pair: name, primary, secondary, state, adopt } = start.data
  const unseen = adopt && (whatIsUnseen(adopt) ?? withoutWhatWasShown(adopt))
  // A pair that was started so by an earlier version has begun.
  if (unseen !== undefined && patched('adopts-what-was-shown')) {
    throw ApplicationFailure.nonRetryable(
      `The pair was not started, since its "adopt" is not right:\n${unseen}\nStart it without "adopt" (the worker does), send it the update recall, then adopt with the checksum: ${JSON.stringify(pairMessageExamples.adopt)}`,
      errorTypes.invalidInput,
    )
  }
  const record = new PairRecord(
    state ?? {
      dossier: newDossier({ pair: name, primary, secondary, at: new Date().toISOString() }),
      lease: null,
      epoch: 0,
      adopted: false,
      keys: [],
      events: [],
    },
  )
  const keeper = new ObligationKeeper(record)
  // A pair of a version before the memory is handed on with a history, and without one.
  const unwritten = state !== undefined && state.memory === undefined && patched('memory-of-a-history')
  const memory = new MemoryRecord(record, uuid4(), unwritten ? 1 : 0)
  const adoption = new Adoption(record, memory, { primary, secondary })
  const shown = new PairStatePublisher(record, memory)
  let version = 0
  const publish = () => {
    version += 1
    proveObligations(record, new Date().toISOString())
    memories.keepAll()
    const now = new Date().toISOString()
    show(now)
    shown.publish(now)
    keeper.keepAll()
  }
  const show = (now: string) => {
    const { namespace, taskQueue } = workflowInfo()
    setCurrentDetails(statusMarkdown(memory.status(now), { namespace, taskQueue }))
  }
  const memories = new MemoryKeeper(name, memory, publish)
  // A pair that goes on knows itself; one that begins may be the successor of one whose database is lost.
  const looked = () => state !== undefined || memory.lookedAtAll || memory.refusal !== undefined
  const firstLook = async () =>
    state !== undefined || condition(() => memory.lookedAtAll || memory.refusal !== undefined, firstLookWait)
  wirePair({
    record,
    memory,
    adoption,
    looked,
    firstLook,
    changed: publish,
    shown: () => show(new Date().toISOString()),
  })
  listenForCancel()

  // Cancel means nothing for a pair: its memory must outlive any click. Terminate is the only way to end it.
  return CancellationScope.nonCancellable(async () => {
    publish()
    if (adopt) void adoptFirst()
    while (!workflowInfo().continueAsNewSuggested) {
      const watched = await watchOnce(record, ({ clusters, searchAttributes }) => {
        memory.clusters = clusters
        shown.registered = searchAttributes === true
        publish()
      })
      publish()
      if (!watched) {
        const resting = version
        await condition(() => version !== resting, afterFailure)
      }
    }
    await condition(allHandlersFinished)
    return continueAsNew<typeof pair>({ pair: name, primary, secondary, state: record.handedOn() })
  })

  /** Said where whoever pressed it looks next. */
  function listenForCancel(): void {
    CancellationScope.current()
      .cancelRequested.catch(() => {
        record.cancelled(new Date().toISOString())
        // Within the scope that Cancel does not reach: what is published may begin to write.
        return CancellationScope.nonCancellable(async () => publish())
      })
      .catch(() => undefined)
  }

  /** As the start input asked for. What stands in the way is told in the pair's history; a person can adopt it later. */
  async function adoptFirst(): Promise<void> {
    if (!adopt) return
    await firstLook()
    try {
      await adoption.adopt(adopt)
    } catch (error) {
      record.note(`not adopted: ${failureText(error)}`, new Date().toISOString())
    }
    publish()
  }
}

// No build of the worker lives as long as a pair. Only where the worker is versioned: set for all,
// pairs of other workers gave no answer.
setWorkflowOptions(
  () => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}),
  pair,
)
