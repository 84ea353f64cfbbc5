import { z } from 'zod'
import type { ApplicationState } from '../../ports/applications.ts'

/** What a state probe says, whichever way it is asked. Unknown keys are dropped: they may carry anything. */
const stateAnswer = z.object({
  state: z.enum(['running', 'stopped', 'unknown']),
  cluster: z.string().optional(),
  topics: z.array(z.string()).optional(),
  detail: z.string().max(1000).optional(),
})

/** The state in an answer; null when the answer does not say it. */
export function readState(answer: unknown): ApplicationState | null {
  const result = stateAnswer.safeParse(answer)
  if (!result.success) return null
  const { state, cluster, topics, detail } = result.data
  return {
    state,
    ...(cluster === undefined ? {} : { cluster }),
    ...(topics === undefined ? {} : { topics }),
    ...(detail === undefined ? {} : { detail }),
  }
}

export const stateForm = '{"state":"running"|"stopped"|"unknown","cluster"?,"topics"?,"detail"?}'

/** The last JSON object in a text that may have anything before it: log lines, earlier objects. */
export function lastJsonObject(text: string): unknown {
  const end = text.lastIndexOf('}')
  if (end < 0) return undefined
  // An inner brace leaves a "}" too many behind it, so the first start that parses is the whole object.
  for (
    let start = text.lastIndexOf('{', end);
    start >= 0;
    start = start === 0 ? -1 : text.lastIndexOf('{', start - 1)
  ) {
    try {
      return JSON.parse(text.slice(start, end + 1))
    } catch {
      continue
    }
  }
  return undefined
}

/** `running on A with accounting.invoices` */
export function stateText({ state, cluster, topics, detail }: ApplicationState): string {
  const where = cluster === undefined ? '' : ` on ${cluster}`
  const what = topics === undefined || topics.length === 0 ? '' : ` with ${topics.join(', ')}`
  return `${state}${where}${what}${detail === undefined ? '' : ` (${detail})`}`
}
