import type { Faults } from './faults.ts'
import { Refusal, type Answer, type Request } from './http.ts'
import type { Mirrorings } from './mirrorings.ts'
import type { Underlay } from './underlay.ts'

const LATENCY = 'ibm_eventstreams_instance_mirroring_latency_seconds'
const THROUGHPUT = 'ibm_eventstreams_instance_mirroring_throughput_bytes_per_second'
/** What a record counts as, in bytes. */
const RECORD_BYTES = 100

type Sample = { at: number; metric: string; instance: string; topic: string; value: number }

/** `agg by (label) (fn_over_time(metric{ibm_service_instance="guid"}[60s]))`: the form of query that is understood. */
const form =
  /^(max|min)(?: by \((\w+)\))? ?\((max|min|count)_over_time\((\w+)\{ibm_service_instance="([^"]*)"\}\[(\d+)s\]\)\)$/

/** Samples what really happens, and answers Prometheus queries over the samples. */
export class Monitoring {
  readonly #mirrorings: Mirrorings
  readonly #underlay: Underlay
  readonly #faults: Faults
  readonly #behindSince = new Map<string, number>()
  readonly #carried = new Map<string, { at: number; mirrored: number }>()
  #samples: Sample[] = []
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(mirrorings: Mirrorings, underlay: Underlay, faults: Faults) {
    this.#mirrorings = mirrorings
    this.#underlay = underlay
    this.#faults = faults
  }

  /** Samples now, and again after each `intervalMs`. */
  begin(intervalMs: number): void {
    const round = () =>
      this.sample()
        // A provider's own trouble shows as a series without samples.
        .catch(() => undefined)
        .then(() => {
          if (!this.#ended) this.#timer = setTimeout(() => void round(), intervalMs)
        })
    void round()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  async sample(): Promise<void> {
    for (const { guid, spec, mirroring } of this.#mirrorings.all) {
      if (!mirroring) continue
      const found = await this.#underlay.lag(mirroring.from, spec.alias)
      if (found === null) continue
      const at = Date.now()
      for (const [topic, behind] of found.behind) {
        const key = `${guid} ${topic}`
        if (behind === 0) this.#behindSince.delete(key)
        else if (!this.#behindSince.has(key)) this.#behindSince.set(key, at)
        const age = (at - (this.#behindSince.get(key) ?? at)) / 1000
        this.#add(LATENCY, guid, topic, this.#faults.latency ?? 0.2 + age)
      }
      const before = this.#carried.get(guid)
      this.#carried.set(guid, { at, mirrored: found.mirrored })
      if (before && at > before.at) {
        const records = Math.max(0, found.mirrored - before.mirrored)
        this.#add(THROUGHPUT, guid, '', this.#faults.throughput ?? (records * RECORD_BYTES * 1000) / (at - before.at))
      }
    }
    const oldest = Date.now() - 600_000
    this.#samples = this.#samples.filter(({ at }) => at > oldest)
  }

  #add(metric: string, instance: string, topic: string, value: number): void {
    this.#samples.push({ at: Date.now(), metric, instance, topic, value })
  }

  answer({ method, query }: Request): Answer {
    const match = form.exec(query.get('query') ?? '')
    if (method !== 'GET' || !match)
      throw new Refusal(400, { status: 'error', errorType: 'bad_data', error: `not understood: ${query.get('query')}` })
    const [, aggregate, label, over, metric, instance, seconds] = match
    const since = Date.now() - Number(seconds) * 1000
    const samples =
      this.#faults.monitoring === 'no-data'
        ? []
        : this.#samples.filter((one) => one.metric === metric && one.instance === instance && one.at >= since)
    const series = new Map<string, number[]>()
    for (const { topic, value } of samples) series.set(topic, [...(series.get(topic) ?? []), value])
    const values = [...series].map(([topic, all]): [string, number] => [topic, reduce(over ?? '', all)])
    const result =
      label === undefined
        ? values.length === 0
          ? []
          : [
              [
                '',
                reduce(
                  aggregate ?? '',
                  values.map(([, value]) => value),
                ),
              ] as [string, number],
            ]
        : values
    return {
      status: 200,
      json: {
        status: 'success',
        data: {
          resultType: 'vector',
          result: result.map(([topic, value]) => ({
            metric: label === undefined ? {} : { [label]: topic },
            value: [Date.now() / 1000, String(value)],
          })),
        },
      },
    }
  }
}

function reduce(how: string, values: number[]): number {
  if (how === 'count') return values.length
  return how === 'max' ? Math.max(...values) : Math.min(...values)
}
