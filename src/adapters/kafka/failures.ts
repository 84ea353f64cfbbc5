import { ApplicationFailure } from '@temporalio/common'
import type { ClusterConfig, SaslConfig } from '../../config/schema.ts'
import { rejected, unreachable } from '../../ports/failures.ts'
import { connectionAdvice, troubleOf } from './connection-advice.ts'
import { BrokerRefusal } from './net/refusal.ts'

/** Which cluster, as whom, and what was being done ("read the ends of 3 topics"). */
export interface Attempt {
  alias: string
  config: ClusterConfig
  user: SaslConfig | undefined
  /** Which of our two logins; absent: there is one, or it is an application's. */
  login?: 'watch' | 'act' | undefined
  what: string
}

const loginErrors = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE'])
const certificateErrors = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/
const networkErrors = new Set(['PLT_KFK_NETWORK', 'PLT_KFK_TIMEOUT'])
const kafkajsNetworkErrors = /^KafkaJS(Connection|RequestTimeout|BrokerNotFound|LockTimeout)/

/**
 * An error of either client as a failure for a person. Errors this adapter does not know (its own faults) are returned as
 * they are. No text of a request is used, so that no secret can be in it.
 */
export function failureOf(attempt: Attempt, error: unknown): unknown {
  if (error instanceof ApplicationFailure) return error
  const chain = [...chainOf(error)]
  const failure = chain.find((link) => link instanceof ApplicationFailure)
  if (failure !== undefined) return failure
  return (
    refusedLogin(attempt, chain) ??
    refusedCertificate(attempt, chain) ??
    speaksNoTls(attempt, chain) ??
    refusedRequest(attempt, chain) ??
    nobodyAnswered(attempt, chain) ??
    error
  )
}

/** Kafka's name of the error, from whichever client it came. */
export function kafkaErrorName(error: unknown): string | undefined {
  return [...chainOf(error)].map(nameOf).find((name) => name !== undefined)
}

function refusedLogin({ alias, user, login, what }: Attempt, chain: Error[]): ApplicationFailure | undefined {
  const fault = chain.find(
    (link) =>
      field(link, 'code') === 'PLT_KFK_AUTHENTICATION' ||
      link.name === 'KafkaJSSASLAuthenticationError' ||
      loginErrors.has(nameOf(link) ?? ''),
  )
  if (fault === undefined) return undefined
  const said = chain.map((link) => field(link, 'serverErrorMessage')).find((text) => text !== undefined)
  const who = user === undefined ? 'a client without login' : `${user.username} (${user.mechanism})`
  const whose = login === undefined ? `the login of ${who}` : `login ${login} of cluster ${alias}, ${who}`
  return rejected(
    `Cannot ${what} on cluster ${alias}: it refused ${whose}: ${said ?? fault.message}. ` +
      `Correct the user under clusters.${alias}${login === 'act' ? '.act' : ''} in switchback.yaml, or the secret it names, and try again.`,
    chain[0],
  )
}

function refusedCertificate({ alias, what }: Attempt, chain: Error[]): ApplicationFailure | undefined {
  const fault = chain.find((link) => certificateErrors.test(field(link, 'code') ?? ''))
  if (fault === undefined) return undefined
  return rejected(
    `Cannot ${what} on cluster ${alias}: its TLS certificate or protocol is not accepted: ${fault.message}. ` +
      `Correct clusters.${alias}.tls in switchback.yaml (caFile, serverName), and try again.`,
    chain[0],
  )
}

/** What OpenSSL says of an answer that is no TLS at all. An alert is one: it may pass, as while the brokers behind a front are away. */
const noTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|wrong version number|packet length too long/

/** The answer to a TLS greeting was no TLS: nothing that waiting cures. */
function speaksNoTls({ alias, what }: Attempt, chain: Error[]): ApplicationFailure | undefined {
  const fault = chain.find((link) => {
    const code = field(link, 'code') ?? ''
    return /^(ERR_SSL_|EPROTO)/.test(code) && noTls.test(`${code} ${link.message}`)
  })
  if (fault === undefined) return undefined
  return rejected(
    `Cannot ${what} on cluster ${alias}: the listener does not speak TLS as this worker does (${field(fault, 'code')}). ` +
      `Use the port of its TLS listener in clusters.${alias}.bootstrap, or remove clusters.${alias}.tls where it has none.`,
    chain[0],
  )
}

function refusedRequest({ alias, user, login, what }: Attempt, chain: Error[]): ApplicationFailure | undefined {
  const fault = chain.find((link) => nameOf(link) !== undefined)
  if (fault === undefined) return undefined
  const name = nameOf(fault)
  const about = fault instanceof BrokerRefusal ? ` for ${fault.subject}` : ''
  const start = `Cannot ${what} on cluster ${alias}: it answered ${name}${about}.`
  if (name?.endsWith('_AUTHORIZATION_FAILED')) {
    const who = user?.username ?? (login === undefined ? 'clients without login' : 'the user of its certificate')
    const whom = login === undefined ? who : `login ${login} of cluster ${alias} (${who})`
    return rejected(`${start} Allow it to ${whom} by an ACL: docs/production.md lists what is needed.`, chain[0])
  }
  if (fault instanceof BrokerRefusal ? fault.passing : field(fault, 'canRetry') === 'true') {
    return unreachable(`${start} That passes when its brokers have elected leaders; check their health if not.`)
  }
  const said = field(fault, 'serverErrorMessage')
  return rejected(`${start}${said === undefined ? '' : ` It says: ${said}`}`, chain[0])
}

function nobodyAnswered({ alias, config, user, what }: Attempt, chain: Error[]): ApplicationFailure | undefined {
  const network = chain.filter(
    (link) => networkErrors.has(field(link, 'code') ?? '') || kafkajsNetworkErrors.test(link.name) || 'syscall' in link,
  )
  if (network.length === 0) return undefined
  // The innermost ones tell most: "connect ECONNREFUSED 127.0.0.1:9092".
  const innermost = chain.filter((link) => !(link.cause instanceof Error) && !(link instanceof AggregateError))
  const reasons = [...new Set(innermost.map((link) => link.message.replace(/\.$/, '')))]
  const troubles = innermost.flatMap((link) => troubleOf({ message: link.message, code: field(link, 'code') }) ?? [])
  const advice =
    troubles.length === 0
      ? 'Check its brokers and the network.'
      : connectionAdvice(alias, troubles, { tls: config.tls !== undefined, login: user !== undefined })
  return unreachable(
    `Cannot ${what}: no broker of cluster ${alias} answers (${config.bootstrap.join(', ')}; ${reasons.slice(0, 3).join('; ')}; ` +
      `waited at most ${config.timeoutMs} ms). ${advice}`,
    chain[0],
  )
}

/** The error, what it wraps and what caused it; both clients nest. */
function* chainOf(error: unknown, depth: number = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 8) return
  yield error
  if (error instanceof AggregateError) for (const inner of error.errors) yield* chainOf(inner, depth + 1)
  yield* chainOf(error.cause, depth + 1)
}

/** `apiId` in platformatic's errors, `type` in those of kafkajs. */
function nameOf(error: Error): string | undefined {
  if (error instanceof BrokerRefusal) return error.error
  const type = error.name === 'KafkaJSProtocolError' ? field(error, 'type') : undefined
  return field(error, 'apiId') ?? type
}

function field(error: Error, name: string): string | undefined {
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined
}
