import { messageExamples } from '../../contract/messages.ts'
import type { Progress, Question } from '../../contract/progress.ts'
import { clickable, codeBlock, line, moment, paragraphs } from '../text/markdown-text.ts'
import { onCall } from '../text/on-call.ts'
import { stepList } from './step-list.ts'

export { reportMarkdown } from './report.ts'
export type { ReportExtra } from './report.ts'

/** Current details are shown beside the run and kept small; the rest is in `progress`. */
const shown = 8

/** The runbook for Temporal's UI: what it is, what it waits for and what to send, every step, what else to know. */
export function detailsMarkdown(progress: Progress): string {
  return [
    heading(progress),
    paused(progress),
    ...progress.waitingFor.map((question) => questionMarkdown(question, progress.workflowId)),
    steps(progress),
    section('Tickets', progress.tickets.map(ticketLine)),
    section('Outstanding', progress.obligations.map(line)),
    section(
      'Findings',
      progress.findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ severity, text }) => `${severity}: ${line(text)}`),
    ),
    section('Notes', progress.notes.slice(-shown).map(line)),
    section(
      `Refused messages: ${progress.refusedMessages.count}`,
      progress.refusedMessages.last
        .slice(-shown)
        .map(({ at, message, error }) => `${moment(at)} ${line(message)}: ${line(error)}`),
    ),
    section(
      `Messages of unknown names: ${progress.unknownMessages.count}`,
      progress.unknownMessages.last.slice(-shown).map(line),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function heading(progress: Progress): string {
  const facts = [
    `**${progress.state}**`,
    progress.mode,
    ...(progress.dryRun ? ['dry run'] : []),
    `episode ${progress.episode}`,
    ...(progress.planHash === null ? [] : [`plan \`${progress.planHash}\``]),
    `as of ${moment(progress.updatedAt)}`,
  ]
  return [
    `## ${progress.operation} ${line(progress.pair)}: ${progress.source} → ${progress.target}`,
    facts.join(' · '),
    ...(progress.pointOfNoReturnAt === null
      ? []
      : [`Point of no return passed at ${moment(progress.pointOfNoReturnAt)}: the way is forward.`]),
    ...(progress.abortRequested ? ['**An abort was requested.**'] : []),
  ].join('\n\n')
}

/** As loud as a question: nothing goes on before somebody resumes. */
function paused({ paused: since }: Progress): string {
  if (since === undefined) return ''
  return [
    `### ⏸ Paused by ${line(since.by)} since ${moment(since.at)}${since.reason === undefined ? '' : `: ${line(since.reason)}`}`,
    'What is under way is finished; nothing new is started. To go on, send the update `resume`',
    codeBlock(JSON.stringify(messageExamples.resume, null, 2), 'json'),
  ].join('\n\n')
}

/** A step that asks somebody is on, and waits. */
function steps(progress: Progress): string {
  if (progress.steps.length === 0) return ''
  const asking = new Set(progress.waitingFor.map(({ step }) => step))
  const over = progress.steps.filter(({ state }) => state === 'done' || state === 'skipped').length
  const list = progress.steps.map((step) =>
    step.state === 'running' && asking.has(step.id) ? { ...step, state: 'waiting' as const } : step,
  )
  return `### Steps: ${over} of ${list.length}\n\n${stepList(list)}`
}

/** What is asked, and what can be pasted into "Send an Update". */
function questionMarkdown(question: Question, run: string): string {
  const { update, payload } = question.send
  const actions = question.choices.join(', ')
  const instead =
    update === 'decide' || actions === ''
      ? []
      : [
          `Or send the update \`decide\`; actions: ${actions}`,
          codeBlock(
            JSON.stringify(
              { question: question.id, run, action: question.choices[0], by: 'you', reason: 'why' },
              null,
              2,
            ),
            'json',
          ),
        ]
  return [
    `### ⏸ Waits for you: ${line(question.id)}`,
    paragraphs(question.text),
    `What to do: \`${onCall(question.step)}\``,
    `Send the update \`${update}\`${update === 'decide' ? `; actions: ${actions}` : ''}`,
    codeBlock(JSON.stringify(payload, null, 2), 'json'),
    ...instead,
  ].join('\n\n')
}

function ticketLine(ticket: Progress['tickets'][number]): string {
  const by = ticket.completedBy === undefined ? '' : ` by ${line(ticket.completedBy)}`
  const state = ticket.completedAt === undefined ? 'open' : `completed ${moment(ticket.completedAt)}${by}`
  const url = ticket.url === undefined ? '' : `: ${clickable(ticket.url)}`
  return `${line(ticket.id)} at ${line(ticket.desk)}, ${state}${ticket.escalated ? ', escalated' : ''}${url}`
}

/** `items` are Markdown already. */
function section(title: string, items: readonly string[]): string {
  if (items.length === 0) return ''
  const more = items.length > shown ? [`- and ${items.length - shown} more`] : []
  return [`### ${title}`, '', ...items.slice(0, shown).map((item) => `- ${item}`), ...more].join('\n')
}
