import type { ApplicationPort } from '../ports/applications.ts'
import { type ControlConfig, controlOf } from './chosen.ts'
import type { Addresses, Application } from './control.ts'
import { instructionText } from './instruction-text.ts'

/**
 * The application of a pair, by the adapter its configuration names. `clusters`: by alias, for the addresses to start on. Its
 * control is loaded by its first use; when that fails, the next one tries again.
 */
export function createApplication(
  pair: string,
  app: Application & { control: ControlConfig },
  clusters: Addresses,
): ApplicationPort {
  const { control } = app
  const kind = controlOf(control)
  let opened: Promise<ApplicationPort> | undefined
  async function load(): Promise<ApplicationPort> {
    const { open } = await kind.opening()
    return open({ pair, app, control, clusters })
  }
  const port = (): Promise<ApplicationPort> => {
    opened ??= load().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
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
