import { describeConfigsV4 } from '@platformatic/kafka'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { expectSuccess, withRowErrors } from './net/refusal.ts'

const TOPIC = 2
const POLICY = 'cleanup.policy'

/** Topics whose cleanup policy, their own or the broker's, has `compact` in it. It needs DescribeConfigs on the topics. */
export function readCompacted(
  connections: BrokerConnections,
  topics: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  return overElections(timeoutMs, signal, async () => {
    const asked = topics.map((resourceName) => ({
      resourceType: TOPIC as typeof TOPIC,
      resourceName,
      configurationKeys: [POLICY],
    }))
    const call = connections.call(null, describeConfigsV4.api, [asked, false, false], signal)
    return (await withRowErrors(call)).results.flatMap(({ resourceName, errorCode, configs }) => {
      expectSuccess(errorCode, `topic ${resourceName}`)
      const policy = configs.find(({ name }) => name === POLICY)?.value ?? ''
      return policy.split(',').some((word) => word.trim() === 'compact') ? [resourceName] : []
    })
  })
}
