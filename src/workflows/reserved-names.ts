import type { WorkflowInterceptorsFactory } from '@temporalio/workflow'

/** The SDK's prefix for names of its own. */
const reserved = '__temporal_'

/** The SDK's own query behind the page of a workflow in the UI. */
const ownQuery = '__temporal_workflow_metadata'

/** What such a message is called here: a name that nobody handles, so that it is refused or recorded like every unknown one. */
function unreserved(name: string): string {
  return `reserved name ${name}`
}

/**
 * A signal or update whose name has the SDK's prefix makes the SDK throw while it reads it, when there are handlers for
 * unknown names. A signal stays in history, so that every later task of the workflow would fail as well: anybody could
 * stop a run for good. Renamed before the SDK reads it, it reaches the handler for unknown names.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow, doUpdate, queryWorkflow } of input.activation.jobs ?? []) {
          if (signalWorkflow?.signalName?.startsWith(reserved)) {
            signalWorkflow.signalName = unreserved(signalWorkflow.signalName)
          }
          if (doUpdate?.name?.startsWith(reserved)) doUpdate.name = unreserved(doUpdate.name)
          const query = queryWorkflow?.queryType
          if (queryWorkflow && query?.startsWith(reserved) && query !== ownQuery) {
            queryWorkflow.queryType = unreserved(query)
          }
        }
        next(input)
      },
    },
  ],
})
