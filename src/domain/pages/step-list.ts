import type { StepProgress, StepState } from '../../contract/steps.ts'
import { duration } from '../text/duration.ts'
import { line, moment } from '../text/markdown-text.ts'

/** Marks Temporal's UI draws as they are; it has no task-list boxes. */
const marks: Record<StepState, string> = {
  pending: '○',
  running: '▶',
  waiting: '⏸',
  done: '✔',
  skipped: '–',
  failed: '✖',
  undone: '↶',
}

/** One line for each step: mark, title, id, time taken, what was found or why it was left out. */
export function stepList(steps: readonly StepProgress[]): string {
  return steps.map(stepLine).join('\n')
}

function stepLine(step: StepProgress): string {
  const title = step.state === 'running' || step.state === 'waiting' ? `**${line(step.title)}**` : line(step.title)
  const isOn = step.state === 'running' || step.state === 'waiting' || step.state === 'failed'
  const since = isOn && step.startedAt !== undefined ? ` since ${moment(step.startedAt)}` : ''
  const took = step.seconds === undefined ? since : ` ${duration(step.seconds)}`
  const tries = step.attempts > 1 ? `, attempt ${step.attempts}` : ''
  const state = ['skipped', 'undone', 'failed'].includes(step.state) ? ` ${step.state}` : ''
  const said = [step.detail, step.reason]
    .filter((text) => text !== undefined && text !== '')
    .map((text) => moment(line(text ?? '')))
  return `- ${marks[step.state]} ${title} (\`${step.id}\`)${state}${took}${tries}${said.length === 0 ? '' : `: ${said.join(' — ')}`}`
}
