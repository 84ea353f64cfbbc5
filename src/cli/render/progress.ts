import type { Progress } from '../../contract/progress.ts'
import type { StepProgress } from '../../contract/steps.ts'
import { liveLine, type LiveActivity } from './live.ts'
import { questionLines } from './questions.ts'
import { age, clock, duration, shellWord, singleLines, stateWords, stepMarks } from './words.ts'

/** A run as lines of text: heading, steps, live numbers, what it waits for, what a person must know. Pure. */
export function progressLines(progress: Progress, live: LiveActivity[], now: Date): string[] {
  const sections = [
    heading(progress, now),
    progress.steps.map((step) => stepLine(step, widest(progress.steps), now)),
    live.map((activity) => `  … ${liveLine(activity, now)}`),
    pausedLines(progress, now),
    questionLines(progress.waitingFor, progress.workflowId, now),
    warnings(progress, now),
  ]
  const filled = sections.filter((lines) => lines.length > 0)
  return singleLines(filled.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])))
}

export function stepLine(step: StepProgress, width: number, now: Date): string {
  const text = stepText(step)
  const took = stepDuration(step, now)
  return `  ${stepMarks[step.state]} ${step.id.padEnd(width)}  ${text}${took === undefined ? '' : ` (${took})`}`
}

/** What is to be said about a step: what was found or done, else why it was left out, else what it is about. */
export function stepText(step: StepProgress): string {
  if (step.state === 'skipped') return `skipped: ${step.reason ?? step.detail ?? 'no reason given'}`
  if (step.state === 'failed') return step.reason ?? step.detail ?? step.title
  return step.detail ?? step.title
}

export const widest = (steps: StepProgress[]): number => Math.max(0, ...steps.map(({ id }) => id.length))

function stepDuration(step: StepProgress, now: Date): string | undefined {
  if (step.state === 'pending' || step.startedAt === undefined) return undefined
  if (step.seconds !== undefined) return duration(step.seconds)
  return step.endedAt === undefined ? age(step.startedAt, now) : undefined
}

function heading(progress: Progress, now: Date): string[] {
  const kind = [progress.mode, progress.dryRun ? 'dry run' : `episode ${progress.episode}`]
  const plan = progress.planHash === null ? '' : `  plan ${progress.planHash}`
  const ended =
    progress.finishedAt === null
      ? `, ${age(progress.startedAt, now)} ago`
      : `, ended ${clock(progress.finishedAt, now)} after ${age(progress.startedAt, new Date(progress.finishedAt))}`
  return [
    `${progress.operation} of ${progress.pair || '…'}: ${way(progress)}, ${kind.join(', ')}  ${stateWords[progress.state]}`,
    `${progress.workflowId}${plan}  started ${clock(progress.startedAt, now)}${ended}`,
  ]
}

function pausedLines({ paused, workflowId }: Progress, now: Date): string[] {
  if (paused === undefined) return []
  return [
    `⏸ paused by ${paused.by} for ${age(paused.at, now)}${paused.reason === undefined ? '' : `: ${paused.reason}`}. Nothing new is started. To go on:`,
    `    $ switchback resume ${shellWord(workflowId)} --by you`,
  ]
}

function warnings(progress: Progress, now: Date): string[] {
  const refused = progress.refusedMessages
  const last = refused.last.at(-1)
  return [
    ...(progress.pointOfNoReturnAt === null
      ? []
      : [
          `! no way back since ${clock(progress.pointOfNoReturnAt, now)}: the applications may have started on ${progress.target}`,
        ]),
    ...(progress.abortRequested ? ['! an abort was requested'] : []),
    ...progress.findings
      .filter(({ severity }) => severity !== 'info')
      .map(({ severity, text }) => `${severity === 'blocking' ? '✖' : '!'} ${text}`),
    ...progress.obligations.map((text) => `! outstanding: ${text}`),
    ...progress.tickets.map(
      (ticket) =>
        `  ticket ${ticket.id} at ${ticket.desk}${ticket.url === undefined ? '' : ` ${ticket.url}`}: ${
          ticket.completedAt === undefined
            ? `open for ${age(ticket.openedAt, now)}${ticket.escalated ? ', escalated' : ''}`
            : `completed by ${ticket.completedBy ?? 'the desk'}`
        }`,
    ),
    ...progress.notes.map((note) => `  ${note}`),
    ...(last === undefined
      ? []
      : [`! ${refused.count} messages were refused, the last (${last.message}): ${last.error}`]),
    ...(progress.unknownMessages.count === 0
      ? []
      : [`! ${progress.unknownMessages.count} unknown messages: ${progress.unknownMessages.last.join(', ')}`]),
  ]
}

/** Known once there is a plan. */
function way({ source, target }: Progress): string {
  return source === '' ? 'the plan is being drawn up' : `${source} → ${target}`
}
