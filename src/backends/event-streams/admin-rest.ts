import { randomUUID } from 'node:crypto'
import { activityInfo, Context } from '@temporalio/activity'
import { z } from 'zod'
import type { EventStreamsInstance, IbmCloudConfig } from '../../adapters/ibm/settings.ts'
import { rejected, unreachable } from '../../ports/failures.ts'
import { requestJson, type JsonAnswer } from '../../adapters/http/json-request.ts'
import type { WithAccount } from '../../adapters/ibm/account.ts'
import { withoutCredentials } from '../../adapters/ibm/failures.ts'

/** The admin REST interface of one instance. Null stands for 404: not a mirroring target, no such topic. */
export interface AdminRest {
  selection(signal?: AbortSignal): Promise<string[] | null>
  /** Replaces the whole set; answers the new one. */
  replaceSelection(includes: string[], signal?: AbortSignal): Promise<string[] | null>
  activeTopics(signal?: AbortSignal): Promise<string[] | null>
  /** How many partitions a topic of this instance has. */
  partitions(topic: string, signal?: AbortSignal): Promise<number | null>
  /** `available`, `degraded`, `offline`, `unknown`. */
  status(signal?: AbortSignal): Promise<string>
}

type Answered = Extract<JsonAnswer, { outcome: 'answered' }>

interface Call {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  signal: AbortSignal | undefined
}

const selectionAnswer = z.object({ includes: z.array(z.string()).nullish() })
const activeAnswer = z.object({ active_topics: z.array(z.string()).nullish() })
const topicAnswer = z.object({ partitions: z.number().int() })
const statusAnswer = z.object({ status: z.string() })
const problemAnswer = z.object({
  error_code: z.number().optional(),
  message: z.string().optional(),
  incident_id: z.string().optional(),
})

const UNAUTHORIZED = 401
/** Bytes: thousands of topics, by name. */
const largestAnswer = 4 * 1024 * 1024
/** More than the partitions that an instance may have. */
const mostTopics = 10_000
const PASSING = [408, 429]

export function adminRest(
  alias: string,
  instance: EventStreamsInstance,
  { timeoutMs }: IbmCloudConfig,
  withAccount: WithAccount,
): AdminRest {
  const base = instance.adminUrl.replace(/\/+$/, '')
  const where = `The admin REST interface of ${alias} (${base})`

  async function send({ method, path, body, signal }: Call, transaction: string): Promise<Answered> {
    const what = `${where} was asked to ${method} ${path}`
    // A token that is refused is thrown away by the account, and the request sent again with a new one.
    return withAccount(what, signal, async (account) => {
      const token = await account.token(signal)
      const answer = await requestJson({
        method,
        url: new URL(base + path),
        headers: { authorization: `Bearer ${token}`, 'x-global-transaction-id': transaction },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs,
        signal,
        secrets: [token],
        most: largestAnswer,
      })
      // What is written here may be written twice: the whole set is replaced, and looked at before.
      if (answer.outcome !== 'answered')
        throw unreachable(`${what} and did not answer: ${answer.reason} (transaction ${transaction}).`)
      if (answer.status === UNAUTHORIZED)
        throw Object.assign(new Error(`the token was refused (transaction ${transaction})`), { status: UNAUTHORIZED })
      return answer
    })
  }

  /**
   * Null for the 404 of the interface itself, which is an answer here; every other refusal is a failure that names the incident. A
   * 404 of whoever stands in front of it (a proxy, an ingress, a wrong path) says nothing about the mirroring.
   */
  async function call<S extends z.ZodType>(schema: S, request: Call): Promise<z.infer<S> | null> {
    const transaction = transactionId()
    const answer = await send(request, transaction)
    const what = `${where} was asked to ${request.method} ${request.path}`
    if (answer.status === 404) {
      if (isOwnWord(answer)) return null
      throw unreachable(
        `${what}, and somebody else answered 404 (${problem(answer)}; transaction ${transaction}): it is not known whether there is a mirroring. Check that the instance of ${alias} is available, and eventStreams.adminUrl of ${alias}.`,
      )
    }
    if (answer.status < 200 || answer.status > 299) {
      const text = `${what} and answered ${answer.status}: ${problem(answer)} (transaction ${transaction})`
      if (answer.status >= 500 || PASSING.includes(answer.status)) throw unreachable(`${text}.`)
      const next =
        answer.status === 403
          ? 'Does the service id of ibmCloud.apiKey have the role Manager on the resource type cluster?'
          : answer.status === 400 && request.method === 'POST'
            ? 'It did not accept the selection: check the patterns.'
            : `Check clusters.${alias}.eventStreams.adminUrl.`
      throw rejected(`${text}. ${next}`)
    }
    const parsed = schema.safeParse(answer.json)
    if (parsed.success) return parsed.data
    throw rejected(`${what} and its answer is not one of that interface. Check eventStreams.adminUrl of ${alias}.`)
  }

  return {
    async selection(signal) {
      const answer = await call(selectionAnswer, { method: 'GET', path: '/admin/mirroring/topic-selection', signal })
      return answer && (answer.includes ?? [])
    },
    async replaceSelection(includes, signal) {
      const answer = await call(selectionAnswer, {
        method: 'POST',
        path: '/admin/mirroring/topic-selection',
        body: { includes },
        signal,
      })
      return answer && (answer.includes ?? [])
    },
    async activeTopics(signal) {
      const answer = await call(activeAnswer, { method: 'GET', path: '/admin/mirroring/active-topics', signal })
      const topics = [...new Set(answer?.active_topics ?? [])]
      if (topics.length > mostTopics)
        throw rejected(
          `${where} lists ${topics.length} active topics; an instance has at most ${mostTopics}. Check eventStreams.adminUrl of ${alias}.`,
        )
      return answer && topics
    },
    async partitions(topic, signal) {
      const path = `/admin/topics/${encodeURIComponent(topic)}`
      return (await call(topicAnswer, { method: 'GET', path, signal }))?.partitions ?? null
    },
    async status(signal) {
      return (await call(statusAnswer, { method: 'GET', path: '/admin/status', signal }))?.status ?? 'unknown'
    },
  }
}

/** IBM's errors carry a numeric code that begins with the status: 404 as 40400 and the like. */
function isOwnWord(answer: Answered): boolean {
  const { error_code } = problemAnswer.safeParse(answer.json).data ?? {}
  return error_code !== undefined && String(error_code).startsWith('404')
}

function problem(answer: Answered): string {
  const { error_code, message, incident_id } = problemAnswer.safeParse(answer.json).data ?? {}
  if (message === undefined) return withoutCredentials(answer.excerpt) || 'without a word'
  const code = error_code === undefined ? '' : ` (code ${error_code})`
  return `${withoutCredentials(message).slice(0, 300)}${code}${incident_id === undefined ? '' : `, incident ${incident_id}`}`
}

/** Run, activity and attempt: what the provider's support finds the request by. */
function transactionId(): string {
  const unique = randomUUID().slice(0, 8)
  if (!insideActivity()) return `switchback-${unique}`
  const { workflowExecution, activityId, attempt } = activityInfo()
  const run = (workflowExecution?.workflowId ?? 'switchback').replace(/[^\w./-]/g, '_').slice(0, 80)
  return `${run}/${activityId}/${attempt}/${unique}`
}

function insideActivity(): boolean {
  try {
    return Context.current() !== undefined
  } catch {
    return false
  }
}
