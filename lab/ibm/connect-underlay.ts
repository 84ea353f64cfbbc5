import { z } from 'zod'
import { disableLink } from '../desk/disable-link.ts'
import { kafkaClient } from '../kafka/client.ts'
import type { LabCluster } from '../kafka/cluster.ts'
import { putConnector, type Connector, type LinkConnectors } from '../kafka/connectors.ts'
import { HttpError, httpJson } from '../process/http-json.ts'
import { RenamedGroups } from './renamed-groups.ts'
import { groupThere, patternOnSource, policySettings, type MirroringOptions } from './transforms.ts'
import type { Underlay } from './underlay.ts'

const NOTHING = '^$'
/** Milliseconds a look at a cluster may take before it counts as dark. */
const LOOK_TIMEOUT_MS = 3_000

const tasks = z.array(z.object({ config: z.record(z.string(), z.string().nullable()) }))
const offsets = z.object({
  offsets: z.array(
    z.object({
      partition: z.object({ topic: z.string().optional(), partition: z.number().optional() }),
      offset: z.object({ offset: z.number().optional() }).nullable(),
    }),
  ),
})

/** The lab's own MirrorMaker 2 behind a provider's interfaces: real records move, real positions lag. */
export class ConnectUnderlay implements Underlay {
  readonly #cluster: (alias: string) => LabCluster
  readonly #connectors: (from: string, to: string) => LinkConnectors
  /** By the link: how it was enabled last. */
  readonly #options = new Map<string, MirroringOptions>()
  readonly #groups = new Map<string, RenamedGroups>()

  constructor(cluster: (alias: string) => LabCluster, connectors: (from: string, to: string) => LinkConnectors) {
    this.#cluster = cluster
    this.#connectors = connectors
  }

  async enable(from: string, to: string, options: MirroringOptions): Promise<void> {
    this.#options.set(`${from}->${to}`, options)
    const { source, checkpoint } = this.#named(from, to)
    const url = this.#url(to)
    await putConnector(url, { ...source, config: { ...source.config, topics: NOTHING } })
    await putConnector(url, checkpoint)
    if (options.group_id_transform?.type === 'rename') {
      const groups = new RenamedGroups(this.#cluster(to), (id) => groupThere(options, id))
      this.#groups.set(`${from}->${to}`, groups)
      groups.begin()
    }
    for (const { name } of [source, checkpoint]) await httpJson('PUT', `${url}/connectors/${name}/resume`)
  }

  async disable(from: string, to: string): Promise<void> {
    this.#groups.get(`${from}->${to}`)?.end()
    await disableLink(this.#url(to), { from, to })
  }

  /** Ends what runs in this process. */
  end(): void {
    for (const groups of this.#groups.values()) groups.end()
  }

  /** The tasks follow by themselves: `active` tells. */
  async select(from: string, to: string, patterns: readonly string[]): Promise<void> {
    const { source } = this.#named(from, to)
    const options = this.#options.get(`${from}->${to}`) ?? {}
    const onSource = patterns.map((pattern) => patternOnSource(options, pattern))
    const topics = onSource.length === 0 ? NOTHING : onSource.join(',')
    await putConnector(this.#url(to), { ...source, config: { ...source.config, topics } })
  }

  async active(from: string, to: string): Promise<string[]> {
    const { source } = this.#connectors(from, to)
    const url = `${this.#url(to)}/connectors/${source.name}/tasks`
    const configs = tasks.parse(await httpJson('GET', url).catch(absentIs([])))
    const assigned = configs.flatMap(({ config }) => (config['task.assigned.partitions'] ?? '').split(','))
    const topics = assigned.filter((one) => one !== '').map((one) => one.slice(0, one.lastIndexOf('-')))
    return [...new Set(topics)].sort()
  }

  async partitions(alias: string, topic: string): Promise<number | null> {
    return this.#asAdmin(alias, async (admin) => {
      // Asking for one topic by its name would create it.
      if (!(await admin.listTopics()).includes(topic)) return null
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0]?.partitions.length ?? null
    })
  }

  async serves(alias: string): Promise<boolean> {
    return this.#asAdmin(alias, async (admin) => (await admin.describeCluster()).brokers.length > 0).catch(() => false)
  }

  async lag(from: string, to: string): Promise<{ behind: Map<string, number>; mirrored: number } | null> {
    const { source } = this.#connectors(from, to)
    const answer = await httpJson('GET', `${this.#url(to)}/connectors/${source.name}/offsets`)
    const rows = offsets.parse(answer).offsets.map(({ partition, offset }) => ({ ...partition, ...offset }))
    const active = await this.active(from, to)
    return this.#asAdmin(from, async (admin) => {
      const behind = new Map<string, number>()
      for (const topic of active) {
        const ends = await admin.fetchTopicOffsets(topic)
        const lags = ends.map(({ partition, high, low }) => {
          const done = rows.find((row) => row.topic === topic && row.partition === partition)?.offset
          return Math.max(0, Number(high) - (done === undefined ? Number(low) : done + 1))
        })
        behind.set(
          topic,
          lags.reduce((sum, lag) => sum + lag, 0),
        )
      }
      return { behind, mirrored: rows.reduce((sum, { offset }) => sum + (offset ?? 0), 0) }
    }).catch(() => null)
  }

  #named(from: string, to: string): LinkConnectors {
    const settings = policySettings(this.#options.get(`${from}->${to}`) ?? {})
    const named = ({ name, config }: Connector) => ({ name, config: { ...config, ...settings } })
    const { source, checkpoint } = this.#connectors(from, to)
    return { source: named(source), checkpoint: named(checkpoint) }
  }

  #url(alias: string): string {
    return this.#cluster(alias).connect.url
  }

  async #asAdmin<T>(alias: string, work: (admin: ReturnType<ReturnType<typeof kafkaClient>['admin']>) => Promise<T>) {
    const cluster = this.#cluster(alias)
    const admin = kafkaClient(cluster, cluster.admin, { retries: 0 }).admin()
    const done = async () => {
      await admin.connect()
      try {
        return await work(admin)
      } finally {
        await admin.disconnect()
      }
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${alias} did not answer within ${LOOK_TIMEOUT_MS} ms`)),
        LOOK_TIMEOUT_MS,
      )
    })
    return Promise.race([done(), late]).finally(() => clearTimeout(timer))
  }
}

function absentIs<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof HttpError && error.status === 404) return value
    throw error
  }
}
