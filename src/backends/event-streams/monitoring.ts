import { z } from 'zod'
import type { EventStreamsInstance, IbmCloudConfig } from '../../adapters/ibm/settings.ts'
import { rejected, unreachable } from '../../ports/failures.ts'
import { answerText, requestJson } from '../../adapters/http/json-request.ts'
import type { WithAccount } from '../../adapters/ibm/account.ts'
import { partsOf } from './crn.ts'

/** The worst and the number of samples of one topic within a window. A topic without samples is not in the list. */
export interface TopicLatency {
  /** As the metric names it: the topic on the source, or its copy. */
  topic: string
  seconds: number
  samples: number
}

export interface Monitoring {
  latency(windowSeconds: number, signal?: AbortSignal): Promise<TopicLatency[]>
  /** The largest mirroring throughput of the window, bytes a second; null without a sample. */
  throughput(windowSeconds: number, signal?: AbortSignal): Promise<number | null>
}

const LATENCY = 'ibm_eventstreams_instance_mirroring_latency_seconds'
const THROUGHPUT = 'ibm_eventstreams_instance_mirroring_throughput_bytes_per_second'
const TOPIC = 'ibm_eventstreams_topic'
const UNAUTHORIZED = 401
/** Bytes: thousands of topics, by name. */
const largestAnswer = 4 * 1024 * 1024

const vector = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
})

/** Prometheus queries to the monitoring of the target's region: the source's need not be there any more. */
export function monitoringOf(
  alias: string,
  instance: EventStreamsInstance,
  { timeoutMs }: IbmCloudConfig,
  withAccount: WithAccount,
): Monitoring {
  const { region, guid } = partsOf(instance.crn)
  const base = (instance.monitoringUrl ?? `https://${region}.monitoring.cloud.ibm.com`).replace(/\/+$/, '')
  const where = `The monitoring of ${alias} (${base})`

  async function query(promql: string, signal: AbortSignal | undefined): Promise<Map<string, number>> {
    const what = `${where} was asked for its samples`
    const answer = await withAccount(what, signal, async (account) => {
      const token = await account.token(signal)
      const url = new URL(`${base}/api/prometheus/api/v1/query`)
      url.searchParams.set('query', promql)
      const { monitoringInstance } = instance
      const got = await requestJson({
        method: 'GET',
        url,
        headers: {
          authorization: `Bearer ${token}`,
          ...(monitoringInstance === undefined ? {} : { ibminstanceid: monitoringInstance }),
        },
        timeoutMs,
        signal,
        secrets: [token],
        most: largestAnswer,
      })
      if (got.outcome !== 'answered') throw unreachable(`${what} and did not answer: ${got.reason}.`)
      if (got.status === UNAUTHORIZED) throw Object.assign(new Error('the token was refused'), { status: got.status })
      return got
    })
    if (answer.status >= 500 || answer.status === 429) throw unreachable(`${what} and ${answerText(answer)}.`)
    const parsed = vector.safeParse(answer.json)
    if (answer.status !== 200 || !parsed.success)
      throw rejected(
        `${what} and ${answerText(answer)}. Check eventStreams.monitoringUrl and monitoringInstance of ${alias}.`,
      )
    return new Map(parsed.data.data.result.map(({ metric, value }) => [metric[TOPIC] ?? '', Number(value[1])]))
  }

  const series = (metric: string, window: number) => `${metric}{ibm_service_instance="${guid}"}[${window}s]`
  return {
    async latency(windowSeconds, signal) {
      const range = series(LATENCY, windowSeconds)
      const [worst, counts] = await Promise.all([
        query(`max by (${TOPIC}) (max_over_time(${range}))`, signal),
        query(`min by (${TOPIC}) (count_over_time(${range}))`, signal),
      ])
      // NaN is a sample that says nothing.
      return [...worst].flatMap(([topic, seconds]) =>
        topic === '' || !Number.isFinite(seconds) ? [] : [{ topic, seconds, samples: counts.get(topic) ?? 0 }],
      )
    },
    async throughput(windowSeconds, signal) {
      const found = await query(`max(max_over_time(${series(THROUGHPUT, windowSeconds)}))`, signal)
      const value = [...found.values()][0]
      return value === undefined || !Number.isFinite(value) ? null : value
    },
  }
}
