import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Lab } from '../../../lab/lab.ts'
import { readTools, checkout } from '../../../lab/tools.ts'
import { saslProperties } from '../../../lab/kafka/users.ts'

const execute = promisify(execFile)
const TOOLS = 'org.apache.kafka.tools'
/** As small and as fast to start as Kafka's tools are. */
const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const CONNECTOR = 'A-B-source'
/** A pattern of no topic. */
const NOTHING = '^$'

/** Milliseconds: `stability` between the two looks that find no lag, `poll` between others. */
export type Windows = { stability: number; poll: number }

/**
 * What a careful operator scripts, with Kafka's tools, curl and the applications' own control: producers stopped and
 * denied on A, no lag twice, the topics out of the mirror, no lag still, producers started on B.
 */
export async function failoverByHand(lab: Lab, { stability, poll }: Windows): Promise<void> {
  const hand = new Hand(lab)
  await hand.untilMirrorRuns(poll)
  await hand.producers('stop')
  await hand.denyWrites()
  await hand.untilNoLag(poll)
  await sleep(stability)
  await hand.untilNoLag(poll)
  await hand.disableTopics(poll)
  await hand.untilNoLag(poll)
  await hand.producers('start')
}

class Hand {
  readonly #lab: Lab
  readonly #java: string
  readonly #classes: string
  readonly #settings: string
  readonly #topics: string[]

  constructor(lab: Lab) {
    const { java, kafkaLibs } = readTools()
    this.#lab = lab
    this.#java = java
    this.#classes = `${kafkaLibs}/*`
    this.#topics = lab.topics.map(({ name }) => name)
    this.#settings = this.#file(
      'admin.properties',
      Object.entries(saslProperties(lab.a.admin, { caFile: lab.a.caFile })).map(([key, value]) => `${key}=${value}\n`),
    )
  }

  /** On a busy machine the tasks may still be starting. */
  async untilMirrorRuns(poll: number): Promise<void> {
    const runs = async () => {
      const { connector, tasks } = (await this.#connect('GET', '/status')) as {
        connector: { state: string }
        tasks: { state: string }[]
      }
      return connector.state === 'RUNNING' && tasks.length > 0 && tasks.every(({ state }) => state === 'RUNNING')
    }
    while (!(await runs())) await sleep(poll)
  }

  async producers(action: 'stop' | 'start'): Promise<void> {
    const producers = this.#lab.applications.filter(({ kind }) => kind === 'producer')
    await Promise.all(
      producers.map(({ name, topics }) => {
        const target = action === 'start' ? ['--cluster', 'B', '--topics', topics.join(',')] : []
        const command = join(checkout, 'lab/bin/app.mjs')
        return execute(process.execPath, [command, action, name, ...target, '--host', this.#lab.apps.url])
      }),
    )
  }

  async denyWrites(): Promise<void> {
    const producers = this.#lab.applications.filter(({ kind }) => kind === 'producer')
    const principals = [...new Set(producers.map(({ principal }) => principal))]
    await this.#tool('AclCommand', [
      '--add',
      '--force',
      ...principals.flatMap((principal) => ['--deny-principal', `User:${principal}`]),
      '--operation',
      'Write',
      ...this.#topics.flatMap((topic) => ['--topic', topic]),
    ])
  }

  async untilNoLag(poll: number): Promise<void> {
    while ((await this.#lag()) > 0) await sleep(poll)
  }

  async disableTopics(poll: number): Promise<void> {
    const config = (await this.#connect('GET', '/config')) as Record<string, string>
    const left = (config['topics'] ?? '')
      .split(',')
      .filter((pattern) => !this.#topics.some((topic) => new RegExp(`^(?:${pattern})$`).test(topic)))
    await this.#connect('PUT', '/config', { ...config, topics: left.join(',') || NOTHING })
    const assigned = async () => {
      const tasks = (await this.#connect('GET', '/tasks')) as { config: Record<string, string> }[]
      const partitions = tasks.flatMap(({ config: of }) => (of['task.assigned.partitions'] ?? '').split(','))
      return partitions.some((partition) => this.#topics.includes(partition.replace(/-\d+$/, '')))
    }
    while (await assigned()) await sleep(poll)
  }

  /** The mirror's position first, the ends second: an error makes the lag too large, never too small. */
  async #lag(): Promise<number> {
    const { offsets } = (await this.#connect('GET', '/offsets')) as {
      offsets: { partition: { topic: string; partition: number }; offset: { offset: number } | null }[]
    }
    const next = new Map(
      offsets.map(({ partition, offset }) => [`${partition.topic}:${partition.partition}`, (offset?.offset ?? -1) + 1]),
    )
    const patterns = this.#topics.map((topic) => topic.replaceAll('.', '\\.')).join(',')
    const ends = await this.#tool('GetOffsetShell', ['--topic-partitions', patterns, '--time', '-1'])
    const rows = ends
      .trim()
      .split('\n')
      .map((line) => /^(.+:\d+):(\d+)$/.exec(line))
    return rows.reduce((sum, row) => sum + Math.max(0, Number(row?.[2] ?? 1) - (next.get(row?.[1] ?? '') ?? 0)), 0)
  }

  async #tool(name: string, args: string[]): Promise<string> {
    const cluster = ['--bootstrap-server', this.#lab.a.bootstrap, '--command-config', this.#settings]
    const { stdout } = await execute(this.#java, [
      ...JVM,
      '-cp',
      this.#classes,
      `${TOOLS}.${name}`,
      ...cluster,
      ...args,
    ])
    return stdout
  }

  /** A body is a file, not an argument: it holds passwords. */
  async #connect(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const url = `${this.#lab.b.connect.url}/connectors/${CONNECTOR}${path}`
    const sent = body === undefined ? [] : ['--data-binary', `@${this.#file('body.json', [JSON.stringify(body)])}`]
    const json = ['-H', 'content-type: application/json']
    const { stdout } = await execute('curl', ['-sS', '--fail-with-body', '-X', method, ...json, ...sent, url])
    return JSON.parse(stdout)
  }

  #file(name: string, lines: string[]): string {
    const file = join(this.#lab.dir, name)
    writeFileSync(file, lines.join(''), { mode: 0o600 })
    return file
  }
}
