import type { DossierEntry } from '../../contract/dossier.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { discardPrepared, prepareProducers } from './prepare-producers.ts'
import { applicationsOf, observeApplications, proveStopped, startOne, stopAll } from './applications.ts'

/** Only a person can see to it that what was not stopped does not come back. `names`: default all of its kind. */
export function obligationToStop(
  run: Run,
  why: string,
  kind: 'producer' | 'consumer' = 'producer',
  names: string[] = applicationsOf(run, kind).map(({ name }) => name),
): DossierEntry {
  const what = kind === 'producer' ? 'write' : 'read'
  return {
    type: 'obligation',
    obligation: {
      id: `stop-${kind}s/${run.plan.source}/${run.episode}`,
      kind: 'stop-application',
      cluster: run.plan.source,
      text: `See that ${names.join(', ')} cannot ${what} on ${run.plan.source} when it comes back: ${why}`,
      since: run.now(),
    },
  }
}

export const stopProducers = defineStep({
  id: 'stop-producers',
  revision: 1,
  title: 'Stop producers on the source',
  touchesSource: true,
  skip: 'force',
  observe: (run) => observeApplications(run, 'producer'),
  async apply(run, states) {
    await prepareProducers(run, states)
    // Preparing took a while, and nothing has been stopped yet.
    await run.gate()
    return stopAll(run, 'stop-producers', states)
  },
  async prove(run, _before, stopped) {
    const states = await proveStopped(run, 'producer', stopped)
    return { detail: `stopped: ${states.map(({ name }) => name).join(', ') || 'none configured'}`, fact: states }
  },
  async undo(run, before) {
    const planned = applicationsOf(run, 'producer')
    const { source } = run.plan
    const started: string[] = []
    await discardPrepared(run, before)
    for (const state of before) {
      // A person's own application says nothing of itself: whoever stopped it is asked to start it.
      const ran = state.state === 'running' || state.adapter === 'manual'
      if (!ran) {
        if (state.state === 'unknown')
          run.record.note(`${state.name} was not seen to run before it was stopped: it was not started again`)
        continue
      }
      const topics = planned.find(({ name }) => name === state.name)?.topics ?? []
      const cluster = state.cluster ?? source
      await startOne(run, 'stop-producers', state, { cluster, topics, phase: 'all' })
      started.push(`${state.name} on ${cluster}`)
    }
    return { detail: started.length === 0 ? 'nothing had run before' : `started again: ${started.join(', ')}` }
  },
  obligations: (run, why) => [obligationToStop(run, `stopping them failed (${why})`)],
})
