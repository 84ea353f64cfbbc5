import type { ApplicationPort } from '../ports/applications.ts'
import { onFirstUse } from '../ports/on-first-use.ts'
import { type ControlConfig, controlOf } from './chosen.ts'
import type { Addresses, Application } from './control.ts'
import { instructionText } from './instruction-text.ts'

/**
 * The application of a pair, by the adapter its configuration names. `clusters`: by alias, for the addresses to start on. Its
 * control is loaded by its first use.
 */
export function createApplication(
  pair: string,
  app: Application & { control: ControlConfig },
  clusters: Addresses,
): ApplicationPort {
  const { control } = app
  const kind = controlOf(control)
  const port = onFirstUse(async () => (await kind.opening()).open({ pair, app, control, clusters }))
  const warm: Pick<ApplicationPort, 'prepare' | 'discard'> = {
    prepare: async (target, key, signal) => (await port()).prepare?.(target, key, signal),
    discard: async (cluster, key, signal) => (await port()).discard?.(cluster, key, signal),
  }
  return {
    name: app.name,
    adapter: kind.name,
    state: async (signal) => (await port()).state(signal),
    stop: async (key, signal) => (await port()).stop(key, signal),
    start: async (target, key, signal) => (await port()).start(target, key, signal),
    ...(kind.prepares(control) ? warm : {}),
    instruction: (action, target) => instructionText(app, action, target, kind.instruction(control) ?? ''),
  }
}
