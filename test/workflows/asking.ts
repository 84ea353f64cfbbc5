import type { QueryDefinition } from '@temporalio/common'
import { runQueries } from '../../src/contract/definitions.ts'
import type { Progress, RunResult } from '../../src/contract/progress.ts'
import { PATIENCE_MS } from '../patience.ts'

/** What a person sees of a run, and waits for. */

interface Queryable {
  query<T>(definition: QueryDefinition<T>): Promise<T>
}

export async function progressOf(handle: Queryable): Promise<Progress> {
  return handle.query(runQueries.progress)
}

/** Looks every 50 ms until it holds; fails with the last progress. */
export async function until(handle: Queryable, holds: (progress: Progress) => boolean): Promise<Progress> {
  const deadline = Date.now() + PATIENCE_MS
  let last: Progress | undefined
  while (Date.now() < deadline) {
    last = await progressOf(handle)
    if (holds(last)) return last
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`did not come about: ${JSON.stringify(last, null, 1)}`)
}

/** The question of this step; `text`: once it says this, which may be later than when it is asked, since it is refined with each look. */
export async function waitingAt(
  handle: Queryable,
  step: string,
  text: string | RegExp = '',
): Promise<Progress['waitingFor'][number]> {
  const wanted = (question: Progress['waitingFor'][number]) =>
    question.step === step && (typeof text === 'string' ? question.text.includes(text) : text.test(question.text))
  const progress = await until(handle, ({ waitingFor }) => waitingFor.some(wanted))
  const question = progress.waitingFor.find(wanted)
  if (!question) throw new Error(`no question at ${step}`)
  return question
}

export async function resultOf(handle: { result(): Promise<unknown> }): Promise<RunResult> {
  return (await handle.result()) as RunResult
}
