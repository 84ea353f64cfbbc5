import { roleOf } from '../domain/plan/application-role.ts'
import type { ApplicationTarget } from '../ports/applications.ts'
import type { Application } from './control.ts'

/** What a person is asked to do. `words`: what the configuration says about how. */
export function instructionText(
  app: Application,
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
