import { z } from 'zod'
import { kafkaAlias, topicName } from '../contract/primitives.ts'
import { listed } from '../domain/text/listed.ts'
import type { ApplicationState } from '../ports/applications.ts'

/** The answer goes into the run's history. */
const mostTopics = 20_000

/** What a state probe says, whichever way it is asked. Unknown keys are dropped: they may carry anything. */
const stateAnswer = z.object({
  state: z.enum(['running', 'stopped', 'unknown']),
  // Both go into commands and texts: only what can be an alias, or a topic, is taken.
  cluster: z.union([kafkaAlias, z.literal('').transform(() => undefined)]).optional(),
  topics: z.array(topicName).max(mostTopics).optional(),
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

/** Characters at the end of the text, and beginnings that are tried: what a state takes, many times over. */
const lookedAt = 64 * 1024
const tries = 200

/** The last JSON object in a text that may have anything before it: log lines, earlier objects. */
export function lastJsonObject(output: string): unknown {
  const text = output.trimEnd().slice(-lookedAt)
  const end = text.lastIndexOf('}')
  if (end < 0) return undefined
  // An inner brace leaves a "}" too many behind it, so the first start that parses is the whole object.
  let start = text.lastIndexOf('{', end)
  for (let tried = 0; start >= 0 && tried < tries; tried += 1) {
    try {
      return JSON.parse(text.slice(start, end + 1))
    } catch {
      start = start === 0 ? -1 : text.lastIndexOf('{', start - 1)
    }
  }
  return undefined
}

/** `running on A with accounting.invoices` */
export function stateText({ state, cluster, topics, detail }: ApplicationState): string {
  const where = cluster === undefined ? '' : ` on ${cluster}`
  const what = topics === undefined || topics.length === 0 ? '' : ` with ${listed(topics)}`
  return `${state}${where}${what}${detail === undefined ? '' : ` (${detail})`}`
}
