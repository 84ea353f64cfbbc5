import { proxySinks, type Sinks, type WorkflowInterceptorsFactory, workflowInfo } from '@temporalio/workflow'
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js'

export interface StateSinks extends Sinks {
  golden: { answered(answers: string): void }
}

const { golden } = proxySinks<StateSinks>()

const queries = { pair: ['status', 'dossier', 'history'], run: ['progress'] }

/**
 * Replay compares commands, not results. So after each of its tasks a replayed workflow is asked as a person would ask it,
 * by its own query handlers, and what it answers is told to the test.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      concludeActivation(input, next) {
        const { queryHandlers } = getActivator()
        const names = workflowInfo().workflowType === 'pair' ? queries.pair : queries.run
        const answers = names.map((name) => [
          name,
          (queryHandlers.get(name)?.handler as (() => unknown) | undefined)?.(),
        ])
        golden.answered(JSON.stringify(Object.fromEntries(answers)))
        return next(input)
      },
    },
  ],
})
