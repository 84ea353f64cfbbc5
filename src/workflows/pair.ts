import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow'
import { errorTypes } from '../contract/errors.ts'
import { checkShape } from '../contract/shape.ts'
import { newDossier } from '../domain/dossier.ts'
import { statusMarkdown } from '../domain/status-markdown.ts'
import { wirePair } from './pair/doors.ts'
import { ObligationKeeper } from './pair/keep-obligations.ts'
import { PairRecord } from './pair/pair-record.ts'
import { pairStart } from './pair/pair-start.ts'
import { watchOnce } from './pair/watch.ts'

/** After a failed look (a configuration fault, say) the pair looks again after this, ms. */
const afterFailure = 30_000

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
  const { pair: name, primary, secondary, state } = start.data
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
  let version = 0
  const publish = () => {
    version += 1
    const { namespace, taskQueue } = workflowInfo()
    setCurrentDetails(statusMarkdown(record.status(), { namespace, taskQueue }))
    keeper.keepAll()
  }
  wirePair(record, publish)
  publish()

  // Cancel means nothing for a pair: its memory must outlive any click. Terminate is the only way to end it.
  return CancellationScope.nonCancellable(async () => {
    while (!workflowInfo().continueAsNewSuggested) {
      const looked = await watchOnce(record)
      publish()
      if (!looked) {
        const resting = version
        await condition(() => version !== resting, afterFailure)
      }
    }
    await condition(allHandlersFinished)
    return continueAsNew<typeof pair>({ pair: name, primary, secondary, state: record.state })
  })
}
