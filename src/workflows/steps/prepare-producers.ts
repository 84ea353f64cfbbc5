import { isCancellation } from '@temporalio/workflow'
import type { AppState } from '../../contract/activities.ts'
import { failureText, isLeaseLost } from '../runbook/failure-text.ts'
import type { Run } from '../runbook/run.ts'
import { actKey, applicationsOf } from './applications.ts'

/** Preparing may take so long, ms, while everything still runs as before. */
const prepareLimit = 60_000
/** Ending what was prepared, of an abort, ms. */
const discardLimit = 30_000

/** Which of them can be brought up on the target in advance. */
function prepared(run: Run, states: AppState[]): AppState[] {
  const { target } = run.plan
  return states.filter(({ prepares, state, cluster }) => prepares && !(state === 'running' && cluster === target))
}

/**
 * Has producers brought up on the target, writing nothing yet, while they still run on the source: what their start takes is then
 * not in the time in which nobody can write. It only saves time: a failure is a note. A source that is given up is not waited for.
 */
export async function prepareProducers(run: Run, states: AppState[]): Promise<void> {
  if (run.forced) return
  const { target } = run.plan
  const planned = applicationsOf(run, 'producer')
  await Promise.all(
    prepared(run, states).map(async ({ name }) => {
      const topics = planned.find((application) => application.name === name)?.topics ?? []
      const key = actKey(run, 'stop-producers', name, 'prepare')
      await noted(run, `${name} was not prepared on ${target} and starts as always`, () =>
        run.once(prepareLimit).writes.prepareApplication({ lease: run.lease, name, key, cluster: target, topics }),
      )
    }),
  )
}

/** Of an abort, before anything is started again: a stop that knows no clusters then ends nothing that is to run. */
export async function discardPrepared(run: Run, before: AppState[]): Promise<void> {
  if (run.forced) return
  const { target } = run.plan
  await Promise.all(
    prepared(run, before).map(async ({ name }) => {
      const key = actKey(run, 'stop-producers', name, 'discard')
      await noted(run, `what was prepared of ${name} on ${target} may still be there: stop it there`, () =>
        run.once(discardLimit).writes.discardPrepared({ lease: run.lease, name, key, cluster: target }),
      )
    }),
  )
}

async function noted(run: Run, what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (isLeaseLost(error) || isCancellation(error)) throw error
    run.record.note(`${what}: ${failureText(error)}`)
  }
}
