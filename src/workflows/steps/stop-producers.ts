import { defineStep } from '../runbook/step.ts'
import { applicationsOf, observeApplications, proveApplications, startOne, stopAll } from './applications.ts'

export const stopProducers = defineStep({
  id: 'stop-producers',
  revision: 1,
  title: 'Stop producers on the source',
  touchesSource: true,
  skip: 'force',
  observe: (run) => observeApplications(run, 'producer'),
  apply: (run, states) => stopAll(run, 'stop-producers', states),
  async prove(run) {
    const states = await proveApplications(run, 'producer', { state: 'stopped' })
    return { detail: `stopped: ${states.map(({ name }) => name).join(', ') || 'none configured'}`, fact: states }
  },
  async undo(run, before) {
    const planned = applicationsOf(run, 'producer')
    for (const state of before) {
      if (state.state === 'stopped') continue
      const topics = planned.find(({ name }) => name === state.name)?.topics ?? []
      await startOne(run, 'stop-producers', state, { cluster: run.plan.source, topics, phase: 'all' })
    }
    return { detail: `started again on ${run.plan.source}: ${before.map(({ name }) => name).join(', ')}` }
  },
  obligations: (run, why) => [
    {
      type: 'obligation',
      obligation: {
        id: `stop-producers/${run.plan.source}/${run.episode}`,
        kind: 'stop-application',
        cluster: run.plan.source,
        text: `See that ${applicationsOf(run, 'producer')
          .map(({ name }) => name)
          .join(', ')} cannot write on ${run.plan.source} when it comes back: stopping them failed (${why})`,
        since: run.now(),
      },
    },
  ],
})
