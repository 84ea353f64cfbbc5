import { ConfigResourceTypes, describeConfigsV4 } from '@platformatic/kafka'
import type { TopicSettings } from '../../domain/assess/parity.ts'
import { readMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { expectSuccess, withRowErrors } from './net/refusal.ts'

// Kafka's codes of a setting of the topic itself, and of a topic that is not there.
const TOPIC = ConfigResourceTypes.TOPIC
const SET_ON_TOPIC = 1
const UNKNOWN_TOPIC = 3

/** Settings in force, defaults included; sensitive ones are not told. */
export function readSettings(
  connections: BrokerConnections,
  topics: string[],
  names: readonly string[] | null,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TopicSettings[]> {
  return overElections(timeoutMs, signal, async () => {
    const { topics: existing } = await readMetadata(connections, topics, signal)
    const asked = [...existing.keys()].map((topic) => ({
      resourceType: TOPIC,
      resourceName: topic,
      configurationKeys: names === null ? null : [...names],
    }))
    if (asked.length === 0) return []
    const answer = await withRowErrors(connections.call(null, describeConfigsV4.api, [asked, false, false], signal))
    return answer.results.flatMap(({ errorCode, resourceName, configs }): TopicSettings[] => {
      if (errorCode === UNKNOWN_TOPIC) return []
      expectSuccess(errorCode, `the settings of ${resourceName}`)
      const told = configs.filter(({ value }) => value !== null)
      return [
        {
          topic: resourceName,
          settings: Object.fromEntries(told.map(({ name, value }) => [name, value ?? ''])),
          own: told.filter(({ configSource }) => configSource === SET_ON_TOPIC).map(({ name }) => name),
        },
      ]
    })
  })
}
