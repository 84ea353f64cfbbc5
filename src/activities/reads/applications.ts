import { controlOf } from '../../controls/chosen.ts'
import type { AppState } from '../../contract/activities.ts'
import { pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { isConfigurationFault, sentence } from '../faults.ts'

const probesAtOnce = 8

/** States of applications, by their own probes. One whose probe fails is `unknown`, with the reason: never "stopped". */
export function observeApplications(
  deps: ActivityDeps,
  { pair, names }: { pair: string; names: string[] },
  signal: AbortSignal,
): Promise<AppState[]> {
  return eachOf(names, probesAtOnce, async (name): Promise<AppState> => {
    const application = deps.ports.application(pair, name)
    const { adapter } = application
    if (adapter === 'manual') {
      const how = wordsFor(deps, pair, name)
      const instruction = application.instruction('stop')
      return { name, adapter, state: 'unknown', instruction, ...(how === '' ? {} : { how }) }
    }
    const prepares = application.prepare === undefined ? {} : { prepares: true as const }
    try {
      return { name, adapter, ...prepares, ...(await application.state(signal)) }
    } catch (error) {
      if (isConfigurationFault(error) || signal.aborted) throw error
      return { name, adapter, ...prepares, state: 'unknown', detail: sentence(error) }
    }
  })
}

/** What switchback.yaml tells the person who acts, besides the names. */
function wordsFor(deps: ActivityDeps, pair: string, name: string): string {
  const control = pairConfig(deps.config(), pair).applications.find((app) => app.name === name)?.control
  return (control && controlOf(control).instruction(control)) ?? ''
}
