import type { Progress } from '../../contract/progress.ts'
import { detailText, liveLine, type LiveActivity } from './live.ts'
import { progressLines, stepText } from './progress.ts'
import { questionLines } from './questions.ts'
import { singleLines, stateWords, stepMarks } from './words.ts'

export interface Seen {
  progress: Progress
  live: LiveActivity[]
}

/** What is new since the last look, for a log: the whole picture first, then one line for each change. Pure. */
export function changeLines(before: Seen | null, after: Seen, now: Date): string[] {
  if (before === null) return progressLines(after.progress, after.live, now)
  const at = `${now.toISOString().slice(11, 19)}Z`
  const old = before.progress
  const { progress } = after
  const known = new Set(old.waitingFor.map(({ id }) => id))
  return singleLines([
    ...progress.steps.flatMap((step, index) => {
      const was = old.steps[index]
      const same = was?.id === step.id && was.state === step.state && stepText(was) === stepText(step)
      return same ? [] : [`${at} ${stepMarks[step.state]} ${step.id}: ${stepText(step)}`]
    }),
    ...liveChanges(before.live, after.live, now).map((line) => `${at} … ${line}`),
    ...added(
      old.findings.map(({ text }) => text),
      progress.findings.map(({ text }) => text),
    ).map((text) => `${at} ! ${text}`),
    ...added(old.obligations, progress.obligations).map((text) => `${at} ! outstanding: ${text}`),
    ...added(old.notes, progress.notes).map((text) => `${at}   ${text}`),
    ...(old.pointOfNoReturnAt === null && progress.pointOfNoReturnAt !== null
      ? [`${at} ! from here there is no way back`]
      : []),
    ...(progress.refusedMessages.count > old.refusedMessages.count
      ? [`${at} ! refused: ${progress.refusedMessages.last.at(-1)?.error ?? 'a message'}`]
      : []),
    ...questionLines(
      progress.waitingFor.filter(({ id }) => !known.has(id)),
      progress.workflowId,
      now,
    ),
    ...(old.mode === progress.mode ? [] : [`${at} ! the run is ${progress.mode} now`]),
    ...(old.state === progress.state ? [] : [`${at} ${stateWords[progress.state]}`]),
  ])
}

function added(before: string[], after: string[]): string[] {
  return after.filter((text) => !before.includes(text))
}

/** A heartbeat with the same words, only older, is no change. */
function liveChanges(before: LiveActivity[], after: LiveActivity[], now: Date): string[] {
  const said = new Set(before.map(key))
  return after.filter((live) => key(live) !== '' && !said.has(key(live))).map((live) => liveLine(live, now))
}

function key({ activity, attempt, details, lastFailure }: LiveActivity): string {
  const text = detailText(details)
  return text === '' && lastFailure === undefined ? '' : `${activity} ${attempt} ${text} ${lastFailure ?? ''}`
}
