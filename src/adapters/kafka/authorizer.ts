import { ConfigResourceTypes, describeConfigsV4 } from '@platformatic/kafka'
import { readMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'

/** A setting of Kafka's own authorizers (`StandardAuthorizer`, `AclAuthorizer`); false where it is not set. */
const SETTING = 'allow.everyone.if.no.acl.found'

/**
 * May everybody use a topic without any ACL? Each broker's own settings are asked, and they have to agree. Null: a broker hides
 * the value (a setting that it has no type for counts as sensitive), or refuses to tell.
 */
export function allowsWithoutAcl(
  connections: BrokerConnections,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean | null> {
  return overElections(timeoutMs, signal, async () => {
    const { brokers } = await readMetadata(connections, [], signal)
    const answers = await Promise.all(
      [...brokers].map(async ([id, address]) => {
        const resource = { resourceType: ConfigResourceTypes.BROKER, resourceName: String(id), configurationKeys: null }
        const answer = await connections.call(address, describeConfigsV4.api, [[resource], false, false], signal)
        const [row] = answer.results
        if (row === undefined || row.errorCode !== 0 || row.configs.length === 0) return null
        const setting = row.configs.find(({ name }) => name === SETTING)
        if (setting === undefined) return false
        return setting.value == null ? null : setting.value.toLowerCase() === 'true'
      }),
    )
    const [first = null] = answers
    return answers.every((answer) => answer === first) ? first : null
  })
}
