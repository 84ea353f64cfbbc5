/** What the network told about an attempt to connect, by its error: each has another cause, and another next step. */
export type Trouble = 'refused' | 'unknown-name' | 'no-route' | 'timeout' | 'closed' | 'alert'

const byCode: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknown-name',
  EAI_AGAIN: 'unknown-name',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
}

/** The clients wrap errors, and some of them keep the text only. Undefined: it is none of the network. */
export function troubleOf({ message, code }: { message: string; code?: unknown }): Trouble | undefined {
  if (typeof code === 'string' && code in byCode) return byCode[code]
  if (typeof code === 'string' && /^(ERR_SSL_|EPROTO)/.test(code)) return 'alert'
  const named = Object.keys(byCode).find((name) => message.includes(name))
  if (named !== undefined) return byCode[named]
  if (/timed? ?out/i.test(message)) return 'timeout'
  return /connection closed|closed connection|socket hang up|disconnected/i.test(message) ? 'closed' : undefined
}

/** Sentences for a person, one for each trouble there is. `tls`, `login`: what this side connects with. */
export function connectionAdvice(
  alias: string,
  troubles: readonly Trouble[],
  { tls, login }: { tls: boolean; login: boolean },
): string {
  const at = `clusters.${alias}`
  const texts: Record<Trouble, string> = {
    refused: `Nothing listens on an address that refuses: see that the broker runs, and check the port in ${at}.bootstrap.`,
    'unknown-name': `A name is not known to the DNS of this worker: check ${at}.bootstrap.`,
    'no-route': 'There is no route to an address: check the network between this worker and the brokers.',
    timeout:
      'An address that does not answer at all is behind a firewall or a missing route, or its broker hangs: check the network between this worker and the brokers.',
    alert:
      `A listener that answers the TLS greeting with an alert does not know the name it is asked for, or wants another TLS; ` +
      `one in front of brokers that are away does so too: connect by the brokers' names, or set ${at}.tls.serverName, and see that the brokers run.`,
    closed:
      `An address that closes the connection wants another TLS or SASL than this worker comes with ` +
      `(${tls ? 'with' : 'without'} TLS, ${login ? 'with' : 'without'} a login): check ${at}.tls and sasl, and whether the port is the one for it.`,
  }
  return [...new Set(troubles)].map((trouble) => texts[trouble]).join(' ')
}
