import type { ApplicationConfig } from '../../config/schema.ts'
import { roleOf } from '../../domain/plan/application-role.ts'
import type { ApplicationPort, ApplicationTarget } from '../../ports/applications.ts'

/** An application that only a person can stop and start: nothing is done here, and nothing is known. */
export function manualApplication(app: ApplicationConfig, words: string): ApplicationPort {
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

/** What a person is asked to do. `words`: what the configuration says about how. */
export function instructionText(
  app: Pick<ApplicationConfig, 'name' | 'kind' | 'topics' | 'group'>,
  action: 'stop' | 'start',
  target: ApplicationTarget | undefined,
  words: string,
): string {
  const topics = target?.topics ?? app.topics
  const id = target?.group ?? app.group
  const group = id === undefined ? '' : `, group ${id}`
  const how = words === '' ? '' : ` How: ${words.replace(/[.\s]+$/, '')}.`
  if (action === 'stop')
    return `Stop the ${app.kind} ${app.name} (topics ${topics.join(', ')}${group}) and make sure that nothing starts it again.${how}`
  const where = target === undefined ? '' : ` on cluster ${target.cluster}`
  const verb = roleOf(app) === 'producer' ? 'it writes' : 'it reads'
  const what = target?.phase === 'remote-first' ? `${verb} only these topics for now:` : `${verb} the topics`
  return `Start the ${app.kind} ${app.name}${where}: ${what} ${topics.join(', ')}${group}.${how}`
}
