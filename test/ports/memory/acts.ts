import type { ClusterWrites } from '../../../src/ports/cluster.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import type { MemoryWorld } from './world.ts'

/** Comes right before a call that may change something. */
export type Before = (what: string) => Promise<void>

/** The ports of a world, which note in `acts`, in order, what was changed; what is so already is no act. */
export class Acts {
  readonly acts: string[] = []
  before: Before = async () => undefined
  readonly #world: MemoryWorld
  /** The topic where a pair keeps what it remembers: that is no act of a run. */
  readonly #memory: string

  constructor(world: MemoryWorld, memory = 'switchback.dossier') {
    this.#world = world
    this.#memory = memory
  }

  count(act: string): number {
    return this.acts.filter((done) => done === act).length
  }

  async #noted<T>(what: string, state: () => unknown, act: () => Promise<T>): Promise<T> {
    await this.before(what)
    const before = JSON.stringify(state())
    try {
      return await act()
    } finally {
      if (JSON.stringify(state()) !== before) this.acts.push(what)
    }
  }

  ports(inner: Ports): Ports {
    return {
      ...inner,
      cluster: (alias) => instead(inner.cluster(alias), this.#clusterWrites(alias, inner)),
      mirroring: (pair, from, to) => {
        const port = inner.mirroring(pair, from, to)
        const name = `${from}->${to}`
        const flush = port.flush?.bind(port)
        return instead(port, {
          setSelection: (text: string, expected: string | null, signal?: AbortSignal) =>
            this.#noted(
              `select ${name} ${text}`,
              () => this.#selection(name),
              () => port.setSelection(text, expected, signal),
            ),
          enable: (signal?: AbortSignal) =>
            this.#noted(
              `enable ${name}`,
              () => this.#isOn(name),
              () => port.enable(signal),
            ),
          disable: (signal?: AbortSignal) =>
            this.#noted(
              `disable ${name}`,
              () => this.#isOn(name),
              () => port.disable(signal),
            ),
          ...(flush && {
            flush: (signal?: AbortSignal) =>
              this.#noted(
                `flush ${name}`,
                () => 0,
                () => flush(signal),
              ),
          }),
          setPosition: (positions: Parameters<typeof port.setPosition>[0], signal?: AbortSignal) =>
            this.#noted(
              `position ${name}`,
              () => this.#positions(name),
              () => port.setPosition(positions, signal),
            ),
        })
      },
      application: (pair, name) => {
        const port = inner.application(pair, name)
        const [prepare, discard] = [port.prepare?.bind(port), port.discard?.bind(port)]
        const state = () => this.#world.application(name).now
        const ready = () => [...this.#world.application(name).prepared]
        return instead(port, {
          stop: (key: string, signal?: AbortSignal) => this.#noted(`stop ${name}`, state, () => port.stop(key, signal)),
          start: (target: Parameters<typeof port.start>[0], key: string, signal?: AbortSignal) =>
            this.#noted(`start ${name} on ${target.cluster} ${target.phase}`, state, () =>
              port.start(target, key, signal),
            ),
          ...(prepare && {
            prepare: (target: Parameters<typeof prepare>[0], key: string, signal?: AbortSignal) =>
              this.#noted(`prepare ${name} on ${target.cluster}`, ready, () => prepare(target, key, signal)),
          }),
          ...(discard && {
            discard: (cluster: string, key: string, signal?: AbortSignal) =>
              this.#noted(`discard ${name} on ${cluster}`, ready, () => discard(cluster, key, signal)),
          }),
        })
      },
      desk: (pair) => {
        const port = inner.desk(pair)
        return instead(port, {
          open: (request: Parameters<typeof port.open>[0], signal?: AbortSignal) =>
            this.#noted(
              'open ticket',
              () => this.#world.desk.tickets.length,
              () => port.open(request, signal),
            ),
        })
      },
    }
  }

  #isOn(name: string): unknown {
    return this.#world.replication(name).on
  }

  #selection(name: string): unknown {
    const { topics } = this.#world.replication(name)
    const link = this.#world.links.get(name)
    return [topics, link && 'selection' in link ? link.selection : null]
  }

  #positions(name: string): unknown {
    const replication = this.#world.replication(name)
    return replication.source.names.map((topic) => [topic, replication.positions(topic)])
  }

  #clusterWrites(alias: string, inner: Ports): Partial<ClusterWrites> {
    const port = inner.cluster(alias)
    const cluster = this.#world.cluster(alias)
    return {
      createAcls: (acls, signal) =>
        this.#noted(
          `fence ${alias}`,
          () => cluster.acl,
          () => port.createAcls(acls, signal),
        ),
      deleteAcls: (acls, signal) =>
        this.#noted(
          `lift ${alias}`,
          () => cluster.acl,
          () => port.deleteAcls(acls, signal),
        ),
      setGroupOffsets: (offsets, signal) =>
        this.#noted(
          `place ${offsets.group} on ${alias}`,
          () => cluster.groups.offsets(offsets.group),
          () => port.setGroupOffsets(offsets, signal),
        ),
      deleteGroup: (group, signal) =>
        this.#noted(
          `forget ${group} on ${alias}`,
          () => cluster.groups.state(group).state,
          () => port.deleteGroup(group, signal),
        ),
      createTopics: (topics, signal) =>
        topics.some(({ topic }) => topic === this.#memory)
          ? port.createTopics(topics, signal)
          : this.#noted(
              `create ${topics.map(({ topic }) => topic).join()} on ${alias}`,
              () => cluster.names,
              () => port.createTopics(topics, signal),
            ),
      deleteEmptyTopics: (topics, signal) =>
        this.#noted(
          `delete ${topics.map(({ topic }) => topic).join()} on ${alias}`,
          () => cluster.names,
          () => port.deleteEmptyTopics(topics, signal),
        ),
    }
  }
}

/** The same port, but for these calls. */
function instead<T extends object>(port: T, calls: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(port, {
    get(target, name) {
      if (Object.hasOwn(calls, name)) return calls[name as keyof T]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    },
  })
}
