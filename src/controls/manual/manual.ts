import type { ApplicationPort } from '../../ports/applications.ts'
import type { Application } from '../control.ts'
import { instructionText } from '../instruction-text.ts'

/** An application that only a person can stop and start: nothing is done here, and nothing is known. */
export function manualApplication(app: Application, words: string): ApplicationPort {
  const instruction: ApplicationPort['instruction'] = (action, target) => instructionText(app, action, target, words)
  return {
    name: app.name,
    adapter: 'manual',
    state: () => Promise.resolve({ state: 'unknown', detail: `${app.name} has no probe: a person checks` }),
    stop: () => Promise.resolve({ state: 'unknown', detail: instruction('stop') }),
    start: (target) => Promise.resolve({ state: 'unknown', detail: instruction('start', target) }),
    instruction,
  }
}
