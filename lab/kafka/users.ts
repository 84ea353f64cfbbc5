import { truststore } from './authority.ts'

/** A SASL user of the lab's clusters, the same on each of them; PLAIN and SCRAM-SHA-256 both work. */
export type LabUser = { username: string; password: string }

const user = (username: string): LabUser => ({ username, password: `${username}-secret` })

/** The broker's own: a super user on every ground. */
export const admin = user('admin')
/** MirrorMaker and Connect. */
export const mirror = user('mirror')
/** Switchback, where it is not the administrator: who reads, and who writes. */
export const switchback = user('switchback')
export const switchbackAct = user('switchback-act')

/** The users of a lab: administrator, mirror, Switchback's two, and one for each principal of its applications. */
export function labUsers(principals: readonly string[]): LabUser[] {
  const applications = new Set(['producer-app', 'consumer-app', ...principals])
  return [admin, mirror, switchback, switchbackAct, ...[...applications].map(user)]
}

/** A JAAS line for a client that authenticates with PLAIN. */
export function plainJaas({ username, password }: LabUser): string {
  return `org.apache.kafka.common.security.plain.PlainLoginModule required username="${username}" password="${password}";`
}

/** Java client settings for a connection as `who`, with TLS where there is an authority; each key with `prefix` before it. */
export function saslProperties(
  who: LabUser,
  { prefix = '', caFile }: { prefix?: string; caFile?: string | undefined } = {},
): Record<string, string> {
  return {
    [`${prefix}security.protocol`]: caFile === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL',
    ...(caFile === undefined ? {} : truststore(caFile, prefix)),
    [`${prefix}sasl.mechanism`]: 'PLAIN',
    [`${prefix}sasl.jaas.config`]: plainJaas(who),
  }
}
