import { readSecret } from '../../config/secret.ts'
import type { ApplicationState } from '../../ports/applications.ts'
import { configurationFault, rejected, unreachable } from '../../ports/failures.ts'
import { addressText, answerText, requestJson, type JsonAnswer } from '../../adapters/http/json-request.ts'
import { tlsOptions } from '../../adapters/http/tls.ts'
import { bootstrapOf } from '../bootstrap.ts'
import type { Addresses, Application } from '../control.ts'
import type { WebhookConfig } from './settings.ts'
import type { ApplicationControl, Order, PrepareOrder } from '../controlled.ts'
import { pause } from '../pause.ts'
import { signature, signatureHeader } from './signature.ts'
import { readState, stateForm } from '../state-answer.ts'

/** A gateway that had a bad moment: a question may be asked again, since it changes nothing. */
const passing = [429, 502, 503, 504]
/** Before the second and the third try. */
const retryPausesMs = [200, 1_000]

/** An application behind an HTTP endpoint: POST {action, name, pair, …}, answered by the state as JSON. */
export function webhookControl(
  pair: string,
  app: Application,
  config: WebhookConfig,
  clusters: Addresses,
): ApplicationControl {
  const url = new URL(config.url)
  const endpoint = `The endpoint of ${app.name}, ${addressText(url)},`

  async function send(body: object, key: string | null, signal: AbortSignal | undefined): Promise<JsonAnswer> {
    const text = JSON.stringify(body)
    const secret = config.secret && secretOf(app.name, config.secret)
    const headers: Record<string, string> = {}
    if (secret !== undefined)
      headers[signatureHeader] = signature({
        secret,
        method: 'POST',
        path: url.pathname + url.search,
        body: text,
        unixSeconds: Math.floor(Date.now() / 1000),
      })
    if (key !== null) headers['idempotency-key'] = key
    return requestJson({
      method: 'POST',
      url,
      headers,
      body: text,
      tls: tlsOptions(config.tls, `The endpoint of ${app.name}: control.tls`),
      timeoutMs: config.timeoutMs,
      signal,
      secrets: secret === undefined ? [] : [secret],
    })
  }

  async function probe(signal: AbortSignal | undefined): Promise<ApplicationState> {
    const ask = () => send({ action: 'state', name: app.name, pair }, null, signal)
    const again = (answer: JsonAnswer) => answer.outcome !== 'answered' || passing.includes(answer.status)
    const answer = await retried(ask, again, signal)
    if (answer.outcome !== 'answered') throw unreachable(`${endpoint} did not report its state: ${answer.reason}.`)
    if (passing.includes(answer.status) || answer.status >= 500)
      throw unreachable(`${endpoint} did not report its state: it ${answerText(answer)}.`)
    if (!isOk(answer.status)) throw rejected(`${endpoint} refused to report its state: it ${answerText(answer)}.`)
    const state = readState(answer.json)
    if (state) return state
    throw rejected(`${endpoint} ${answerText(answer)}; that is no state: it must be ${stateForm}.`)
  }

  return {
    adapter: 'webhook',
    timeoutMs: config.timeoutMs,
    prepares: config.prepare === true,
    probe,
    async act(order, signal) {
      const body = { name: app.name, pair, ...orderBody(order, clusters) }
      // Only what was never sent is sent again: whether the receiver honours the key is not known here.
      const answer = await retried(
        () => send(body, order.key, signal),
        ({ outcome }) => outcome === 'not-sent',
        signal,
      )
      if (answer.outcome === 'not-sent')
        throw unreachable(`${endpoint} could not be asked to ${order.action}: ${answer.reason}. Nothing was done.`)
      if (answer.outcome === 'unanswered') return answer
      if (isOk(answer.status)) return { outcome: 'done' }
      // Behind a gateway's answer the request may have arrived.
      const outcome = passing.includes(answer.status) && answer.status !== 429 ? 'unanswered' : 'failed'
      return { outcome, reason: `${addressText(url)} ${answerText(answer)}` }
    },
  }
}

async function retried(
  ask: () => Promise<JsonAnswer>,
  again: (answer: JsonAnswer) => boolean,
  signal: AbortSignal | undefined,
): Promise<JsonAnswer> {
  let answer = await ask()
  for (const ms of retryPausesMs) {
    if (!again(answer)) return answer
    await pause(ms, signal)
    answer = await ask()
  }
  return answer
}

function orderBody(order: Order | PrepareOrder, clusters: Addresses): object {
  if (order.action === 'stop')
    return { action: 'stop', key: order.key, ...(order.cluster ? { cluster: order.cluster } : {}) }
  const { cluster, topics, group, phase } = order.target
  return {
    action: order.action,
    key: order.key,
    cluster,
    bootstrap: bootstrapOf(clusters, cluster),
    topics,
    ...(group === undefined ? {} : { group }),
    phase,
  }
}

function isOk(status: number): boolean {
  return status >= 200 && status < 300
}

function secretOf(name: string, ref: Parameters<typeof readSecret>[0]): string {
  try {
    return readSecret(ref)
  } catch (error) {
    throw configurationFault(
      `The secret of ${name} is missing: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
}
