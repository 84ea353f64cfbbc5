import { afterAll, beforeAll } from 'vitest'
import { httpJson } from '../../lab/process/http-json.ts'
import { until } from '../../lab/process/wait.ts'
import { startLab, type Lab } from '../../lab/lab.ts'
import type { LabOptions } from '../../lab/options.ts'
import type { LabTopic } from '../../lab/apps/definitions.ts'
import { PATIENCE_MS } from '../patience.ts'
import { chosenGround } from './ground.ts'

/** Milliseconds: a start, and what a file may have left to be put right before the next. */
const START_TIMEOUT_MS = 300_000
const STOP_TIMEOUT_MS = 60_000

/** One lab for the tests of several files, with the topics of them all. */
class SharedLab {
  readonly #topics = new Map<string, LabTopic>()
  #lab: Lab | undefined
  #used = false

  /** Of a file that is being read: its topics are there when its tests begin, and clusters and link are as at the start. */
  join({ topics = [] }: LabOptions): () => Lab {
    for (const topic of topics) this.#topics.set(topic.name, topic)
    beforeAll(async () => {
      if (this.#used) await restored(this.lab)
      this.#used = true
    }, START_TIMEOUT_MS)
    return () => this.lab
  }

  get lab(): Lab {
    if (!this.#lab) throw new Error('the lab is not up: use it in tests and hooks only')
    return this.#lab
  }

  async start(): Promise<void> {
    this.#lab = await startLab({ ground: chosenGround(), topics: [...this.#topics.values()] })
  }

  async stop(): Promise<void> {
    await this.#lab?.stop({ remove: process.env['LAB_KEEP'] !== '1' })
  }
}

let shared: SharedLab | undefined

/** From here on `useLab` of this process gives one lab, started before the first test and ended after the last. */
export function shareLab(): void {
  const one = new SharedLab()
  shared = one
  beforeAll(() => one.start(), START_TIMEOUT_MS)
  afterAll(() => one.stop(), STOP_TIMEOUT_MS)
}

/** The lab that is shared, for those who need nothing of it but topics. */
export function sharedLabFor(options: LabOptions): (() => Lab) | undefined {
  return Object.keys(options).every((key) => key === 'topics') ? shared?.join(options) : undefined
}

/** Clusters up, the connectors of A->B as they were created and at work, and no others. Records and positions stay. */
async function restored(lab: Lab): Promise<void> {
  for (const { broker, connect } of lab.clusters) {
    await broker.start()
    await connect.process.start()
  }
  const { source, checkpoint } = lab.connectors('A', 'B')
  const own = [source.name, checkpoint.name]
  for (const { connect } of lab.clusters) {
    const there = (await httpJson('GET', `${connect.url}/connectors`)) as string[]
    for (const name of there.filter((one) => connect !== lab.b.connect || !own.includes(one)))
      await httpJson('DELETE', `${connect.url}/connectors/${name}`)
  }
  await lab.enableLink('A', 'B')
  const { url } = lab.b.connect
  for (const name of own) {
    const runs = async () => {
      await httpJson('PUT', `${url}/connectors/${name}/resume`)
      const status = (await httpJson('GET', `${url}/connectors/${name}/status`)) as Status
      const states = [status.connector, ...status.tasks].map(({ state }) => state)
      // Without a group on its source a checkpoint connector has no task.
      return states.every((state) => state === 'RUNNING') && (name !== source.name || status.tasks.length > 0)
    }
    await until(runs, { what: `${name} does not run again`, timeoutMs: PATIENCE_MS, pollMs: 250 })
  }
}

interface Status {
  connector: { state: string }
  tasks: { state: string }[]
}
