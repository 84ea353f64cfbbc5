import { setTimeout as sleep } from 'node:timers/promises'
import type { RunResult } from '../contract/progress.ts'
import { CliFailure, exitCodes, type ExitCode } from './exit-codes.ts'
import { look, type View } from './temporal/look.ts'
import { remark, say, sayJson, someoneIsThere } from './output.ts'
import { changeLines, type Seen } from './render/changes.ts'
import { progressLines } from './render/progress.ts'
import { mayPaint } from './render/layout.ts'
import { closedWithoutAnswer, outcomeCode, silenceLine } from './render/outcome.ts'
import { Screen } from './screen.ts'
import type { Temporal } from './temporal/connect.ts'

/** Between two looks. A query and a description leave nothing in the history. */
const intervalMs = 1_000

export interface Following {
  /** Seconds; without a terminal, how long the run may wait for a person. */
  patience: number
  json: boolean
  /** Show nothing but the end: for a dry run, whose report follows. */
  quiet: boolean
}

/**
 * Watches a run to its end and tells the exit code. Without a terminal it leaves with `waiting` once the run has waited
 * for a person for `patience` seconds. A missing worker is remarked once and waited for: the run is safe in Temporal.
 */
export async function follow(temporal: Temporal, workflowId: string, following: Following): Promise<ExitCode> {
  const show = shower(following)
  const interactive = someoneIsThere() && !following.json
  let waitingSince: number | null = null
  for (;;) {
    const view = await look(temporal, workflowId)
    show(view)
    if (isClosed(view)) return await conclude(temporal, workflowId, view)
    waitingSince = waitsForPerson(view) ? (waitingSince ?? performance.now()) : null
    const waited = waitingSince === null ? null : (performance.now() - waitingSince) / 1000
    if (!interactive && waited !== null && waited >= following.patience) {
      remark(
        `switchback: ${workflowId} waits for a person and goes on without this command. Answer it, then follow it again with \`switchback progress ${workflowId} --follow\`.`,
      )
      return exitCodes.waiting
    }
    await sleep(intervalMs)
  }
}

function isClosed({ description }: View): boolean {
  return description.status.name !== 'RUNNING' && description.status.name !== 'PAUSED'
}

function waitsForPerson({ answer }: View): boolean {
  return 'progress' in answer && (answer.progress.waitingFor.length > 0 || answer.progress.state === 'paused')
}

function shower({ json, quiet }: Following): (view: View) => void {
  let before: Seen | null = null
  let silent = false
  let lastJson = ''
  const screen = someoneIsThere() && !json ? new Screen(process.stdout, mayPaint(process.stdout, process.env)) : null
  return (view) => {
    if ('problem' in view.answer) {
      if (!silent) remark(silenceLine(view.description.taskQueue, view.answer.problem))
      silent = true
      return
    }
    silent = false
    if (quiet) return
    const { progress } = view.answer
    const now = new Date()
    if (json) {
      const line = JSON.stringify(progress)
      if (line !== lastJson) sayJson({ ...progress, live: view.live })
      lastJson = line
    } else if (screen !== null) {
      screen.draw(progressLines(progress, view.live, now), isClosed(view))
    } else {
      for (const line of changeLines(before, { progress, live: view.live }, now)) say(line)
    }
    before = { progress, live: view.live }
  }
}

/** The run is over: its own word when it completed, Temporal's when it did not. */
async function conclude(temporal: Temporal, workflowId: string, { description, answer }: View): Promise<ExitCode> {
  const status = description.status.name
  if (status !== 'COMPLETED' && status !== 'FAILED') {
    // A cancel in the UI is a request to abort: honoured, the run stepped back, finished, and then closed as cancelled.
    if (status === 'CANCELLED' && 'progress' in answer && answer.progress.finishedAt !== null)
      return outcomeCode(answer.progress.state, answer.progress)
    throw new CliFailure(exitCodes.failed, closedWithoutAnswer(workflowId, status))
  }
  const result = (await temporal.client.workflow.getHandle(workflowId).result()) as RunResult
  remark(`switchback: ${result.summary}`)
  return outcomeCode(result.state, result.progress)
}
