import type { OpenChoice, SeenRanges } from '../../src/contract/choices.ts'
import { undecided } from '../../src/domain/choices/decide.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import type {
  AppState,
  CopiedRow,
  Offender,
  PositionCheck,
  ReadActivities,
  TicketActivities,
  WaitActivities,
  WriteActivities,
} from '../../src/contract/activities.ts'
import type { Certificate, GroupOffsets, KeyConflicts, TopicEnds } from '../../src/contract/evidence.ts'
import type { ApprovedPositions, OffsetPlan } from '../../src/contract/offset-plan.ts'
import type { LeaseToken } from '../../src/contract/lease.ts'
import type { WatchFinding } from '../../src/contract/watch.ts'
import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../../src/contract/errors.ts'
import { acting } from '../../src/activities/acting.ts'
import { ticketNews } from '../../src/activities/reads/ticket-news.ts'
import type { Ticket } from '../../src/ports/tickets.ts'
import type { ClusterPort, KeyedRecord } from '../../src/ports/cluster.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { PlannedApplication, Timing } from '../../src/contract/plan.ts'
import { stepsOf } from '../../src/domain/plan/plan.ts'
import { withTopics, withTopicsBack, withoutTopics } from '../../src/domain/names/selection.ts'

function brokenOff(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

/** What a network and a busy receiver do to a call. */
export const mishaps = ['acts, then fails', 'arrives twice', 'arrives late'] as const
export type Mishap = (typeof mishaps)[number]

type Guard = (lease: LeaseToken) => Promise<void>

/**
 * A small world in memory: what need not be real to be true (the order of steps, questions, undo, repetition) is tested
 * against it on a real Temporal server. It counts every outside act at the receiving side.
 */
export class World {
  /** The namespace knows them: only where a test has registered them. */
  searchAttributes = false
  /** The watch returns after so long, ms, where that is less than it was given. */
  watchFor = Infinity
  readonly topics = ['accounting.invoices']
  readonly ends = new Map<string, number>([
    ['A', 100],
    ['B', 40],
  ])
  readonly acls = new Map<string, AclEntry[]>([
    ['A', []],
    ['B', []],
  ])
  readonly apps = new Map<string, AppState>([
    ['invoicing', { name: 'invoicing', state: 'running', cluster: 'A', topics: [], adapter: 'command' }],
    ['billing', { name: 'billing', state: 'running', cluster: 'A', topics: [], adapter: 'command' }],
  ])
  readonly links = new Map<string, { state: 'running' | 'stopped' | 'absent'; selection: string }>([
    ['A->B', { state: 'running', selection: 'accounting\\.invoices' }],
    ['B->A', { state: 'absent', selection: '^$' }],
  ])
  readonly tickets = new Map<string, { id: string; comments: string[] }>()
  /** Acts that changed something, in order: what is so already is looked at and left, as by the real adapters. */
  readonly acts: string[] = []
  /** Calls that reached the outside, also those that changed nothing, with the epoch they were made for. */
  readonly calls: { what: string; epoch: number }[] = []
  /** What becomes of the next call, by its text: taken once. One that is late comes after the next other call. */
  readonly mishaps = new Map<string, Mishap>()
  #overdue: { what: string; arrives: () => void } | undefined
  /** Keys of orders to applications that were carried out: their receivers take each once. */
  readonly #seen = new Set<string>()
  /** Comes between the proof of the lease and the act. */
  underWay: (what: string, epoch: number) => Promise<void> = async () => undefined
  /** Fails these calls, by name, until removed. */
  readonly broken = new Map<string, string>()
  dark = new Set<string>()
  /** Who disables links, and what the desk says of every ticket. */
  door: 'ticket' | 'self-service' | 'kept' = 'ticket'
  desk: { state: Ticket['state']; detail?: string } = { state: 'open' }
  /** So often the desk was asked for a ticket's state. */
  looks = 0
  ticketPoll: number | undefined
  /** Of tickets, ms. */
  ticketTiming: { ticketReminder: number; ticketEscalation: number } = {
    ticketReminder: 1_000,
    ticketEscalation: 1_500,
  }
  /** A provider's: how long it takes to change a link, and that it keeps the positions. */
  linkTiming: Pick<Timing, 'linkChange' | 'linkChangeLimit' | 'linkPoll'> | undefined
  /** Of steps, ms. */
  stepBudget = 1_000
  /** After so long of failing a run asks, ms; undefined: as a run of an earlier version has it. */
  askAfter: number | undefined
  forcedTry = 2_000
  /** So many orders to disable a link are taken and come to nothing. */
  ordersLost = 0
  lag = 0
  /** Nothing was ever seen of what would be lost. */
  lossUnknown = false
  drained = true
  authorizer = true
  fenceReads = false
  createTopics = false
  /** What the topic of the memory was created with. */
  readonly memoryReplicas = new Map<string, number | undefined>()
  /** Copies are called as their topics. */
  oneLog = false
  /** Applications with something that does not move, by name; each needs an entry in `apps` too. */
  readonly stays = new Map<string, PlannedApplication>()
  /** Local topics that are not there (`B accounting.invoices`), and those that a record came to. */
  readonly lacking = new Set<string>()
  readonly written = new Set<string>()
  /** What writes although nobody should, as a broker tells it. */
  offenders: Offender[] = []
  /** Where groups were placed last, by "group on cluster". */
  readonly placed = new Map<string, GroupOffsets>()
  /** What the clusters keep of the pair's memory, by alias. */
  readonly memories = new Map<string, KeyedRecord[]>()
  /** What the watch finds. */
  findings: WatchFinding[] = []
  readonly waiting = new Set<string>()
  /** Ends every wait, so that a worker can shut down at once. */
  over = false

  /** Records copied, by the copy's id. */
  copies = new Map<string, number>()
  /** How many calls a copy takes. */
  copyStretches = 0
  /** Stranded records that were counted and are gone when they are to be copied. */
  expired = 0
  /** Where links were told to go on, by "A->B": as with real ones, the same again changes nothing. */
  readonly linkPositions = new Map<string, object>()
  /** Of links whose positions do not fit their copies or source: what the check finds, until a position is set. */
  readonly unfit = new Map<string, PositionCheck>()
  /** Where the groups would be placed, and what of it an approval binds. */
  offsets: OffsetPlan = {
    groups: [{ group: 'billing', rows: [['accounting.invoices', 0, 40, 100, -1, 0, 'cut']], duplicates: 0 }],
    obstacles: [],
  }
  positions: ApprovedPositions[] | undefined
  /** Of every place of a group in a copy: records it was to read, and those of them it had not read. */
  reread: [placed: number | null, unread: number | null] = [0, 0]
  /** What a person has to choose before the approval of a failover, and what no group reads after a move. */
  found: OpenChoice[] = []
  unread: SeenRanges[] = []
  conflicts: KeyConflicts = { complete: true, topics: [], keyless: 0, compacted: [] }

  count(act: string): number {
    return this.acts.filter((done) => done === act).length
  }

  #act(text: string, name: string, changes = true): void {
    this.#fail(name)
    if (changes) this.acts.push(text)
  }

  #fail(name: string): void {
    const message = this.broken.get(name)
    if (message !== undefined)
      throw ApplicationFailure.create({ type: errorTypes.unreachable, message, nonRetryable: true })
  }

  #mustAnswer(cluster: string): void {
    if (this.dark.has(cluster)) {
      throw ApplicationFailure.create({ type: errorTypes.unreachable, message: `${cluster} does not answer` })
    }
  }

  #ends(cluster: string): TopicEnds[] {
    this.#mustAnswer(cluster)
    const end = this.ends.get(cluster) ?? 0
    return this.topics.map((topic) => ({ topic, topicId: `id-${cluster}-${topic}`, partitions: [[0, 0, end, end]] }))
  }

  #link(from: string, to: string) {
    const link = this.links.get(`${from}->${to}`)
    if (!link) throw ApplicationFailure.nonRetryable(`no link ${from}->${to}`, errorTypes.configuration)
    return link
  }

  #certificate(from: string, to: string): Certificate {
    const end = this.ends.get(from) ?? 0
    return {
      takenAt: new Date().toISOString(),
      link: `${from}->${to}`,
      complete: this.lag === 0,
      obstacles: [],
      totalLag: this.lag,
      topics: this.topics.map((topic) => ({
        topic,
        topicId: `id-${from}-${topic}`,
        rows: [[0, 0, end, end, end - 1 - this.lag, this.lag, this.lag === 0 ? 'mirrored' : 'behind']],
      })),
    }
  }

  /** Polls like the real waits do, so that a test can change the world meanwhile. */
  async #poll<T>(name: string, maxMs: number, look: () => T, reached: (verdict: T) => boolean): Promise<T> {
    const until = Date.now() + maxMs
    this.waiting.add(name)
    try {
      for (;;) {
        const verdict = look()
        if (reached(verdict) || Date.now() >= until || this.over) return verdict
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    } finally {
      this.waiting.delete(name)
    }
  }

  /** Another world that stands as this one does, for a pair of another name. */
  copy(rename: (text: string) => string): World {
    const copy = new World()
    const again = <V>(from: Map<string, V>, into: Map<string, V>) => {
      into.clear()
      const entries = JSON.parse(rename(JSON.stringify([...from]))) as [string, V][]
      for (const [key, value] of entries) into.set(key, value)
    }
    again(this.ends, copy.ends)
    again(this.acls, copy.acls)
    again(this.apps, copy.apps)
    again(this.links, copy.links)
    again(this.tickets, copy.tickets)
    again(this.placed, copy.placed)
    again(this.linkPositions, copy.linkPositions)
    again(this.copies, copy.copies)
    return copy
  }

  /** As the desk does. */
  stopLink(name: 'A->B' | 'B->A'): void {
    const link = this.links.get(name)
    if (link) link.state = 'stopped'
  }

  /** As much of the clusters and links as the pair's memory needs. */
  ports(): Ports {
    const cluster = (alias: string): Partial<ClusterPort> => ({
      createTopics: async (topics) => {
        this.memoryReplicas.set(alias, topics[0]?.replicas)
      },
      describeTopics: async (topics) =>
        topics.map((topic) => ({ topic, topicId: `id-${alias}-${topic}`, partitions: 1, offline: [], replicas: 3 })),
      readKeyed: async (_topic, from) => {
        this.#mustAnswer(alias)
        const log = this.memories.get(alias)
        return log === undefined ? null : { records: log.slice(from <= log.length ? from : 0), end: log.length }
      },
      appendKeyed: async (_topic, records) => {
        this.#mustAnswer(alias)
        const log = [...(this.memories.get(alias) ?? []), ...records]
        this.memories.set(alias, log)
        return log.length
      },
      ends: async () => this.#ends(alias),
      producers: async () => [],
    })
    const refuse = () => {
      throw new Error('the world has no such port')
    }
    return {
      cluster: (alias) => cluster(alias) as ClusterPort,
      mirroring: (_pair, from, to) =>
        ({ describe: async () => ({ ...this.#link(from, to) }) }) as unknown as MirroringPort,
      application: refuse,
      desk: refuse,
      schemaRegistry: () => null,
      close: async () => undefined,
    }
  }

  reads(): ReadActivities {
    return {
      // The stage puts the product's own in its place.
      underWay: async () => [],
      searchAttributesRegistered: async () => this.searchAttributes,
      disableDoor: async () => this.door,
      draftPlan: async ({ operation, input, dossier, mode }) => {
        const side = { source: dossier.active, target: dossier.standby }
        const isReset = operation === 'reset'
        return {
          version: 1,
          operation,
          pair: input.pair,
          mode,
          ...(input.branch ? { branch: input.branch } : {}),
          ...side,
          link: isReset ? { from: side.target, to: side.source } : { from: side.source, to: side.target },
          ...(operation === 'failover'
            ? {}
            : {
                nextLink: isReset ? { from: side.source, to: side.target } : { from: side.target, to: side.source },
              }),
          order: 'lag-first',
          ordering: 'strict',
          naming: {
            kind: 'suffix',
            separator: '.',
            aliases: ['A', 'B'],
            ...(this.oneLog ? { copies: { A: { type: 'none' }, B: { type: 'none' } } } : {}),
          },
          topics: this.topics,
          groups: ['billing'],
          applications: [
            { name: 'invoicing', kind: 'producer', principal: 'User:producer-app', topics: this.topics },
            ...this.stays.values(),
            {
              name: 'billing',
              kind: 'consumer',
              group: 'billing',
              principal: 'User:consumer-app',
              topics: this.topics,
            },
          ],
          fenceReads: this.fenceReads,
          ...(this.createTopics ? { createTopics: true } : {}),
          ...(this.linkTiming ? { positionsKept: true } : {}),
          steps: stepsOf(operation, 'lag-first', input.branch, {
            createTopics: this.createTopics,
            oneLog: this.oneLog,
            handOver: [...this.stays.values()].map(({ kind }) => kind),
          }),
          timing: {
            stability: 100,
            poll: 50,
            stepBudget: this.stepBudget,
            stall: 500,
            ...(this.askAfter === undefined ? {} : { askAfter: this.askAfter }),
            forcedTry: this.forcedTry,
            ...this.ticketTiming,
            ...this.linkTiming,
            ...(this.ticketPoll === undefined ? {} : { ticketPoll: this.ticketPoll }),
          },
        }
      },
      assess: async ({ plan }) => {
        this.#fail('assess')
        const open = undecided(plan.operation === 'failover' ? this.found : [], plan.choices)
        const sourceReachable = !this.dark.has(plan.source)
        return {
          ...(open.length === 0 ? {} : { open }),
          findings: sourceReachable
            ? []
            : [
                {
                  severity: plan.mode === 'forced' ? 'info' : 'blocking',
                  code: 'source-dark',
                  text: `${plan.source} does not answer.`,
                },
              ],
          expectations: {
            lossRecords: plan.mode === 'forced' ? this.lag : 0,
            duplicates: [{ group: 'billing', records: 0 }],
            orderBreaks: [],
            ...(this.positions === undefined ? {} : { positions: this.positions }),
          },
          original: null,
          snapshots: [],
          sourceReachable,
          linkReachable: true,
        }
      },
      observeApplications: async ({ names }) => names.map((name) => ({ ...(this.apps.get(name) as AppState) })),
      observeFence: async ({ cluster, principals, topics, operations }) => {
        this.#mustAnswer(cluster)
        const wanted = topics.flatMap((name) =>
          principals.flatMap((principal) =>
            operations.map((operation): AclEntry => ({
              resource: 'topic',
              name,
              pattern: 'literal',
              principal,
              host: '*',
              operation,
              permission: 'deny',
            })),
          ),
        )
        const live = JSON.stringify(this.acls.get(cluster))
        return {
          authorizer: this.authorizer,
          wanted,
          missing: this.authorizer ? wanted.filter((acl) => !live.includes(JSON.stringify(acl))) : [],
          warnings: [],
        }
      },
      checkAccess: async ({ cluster, checks }) => {
        this.#mustAnswer(cluster)
        return checks.map((check) => {
          const denied = this.acls
            .get(cluster)
            ?.some((acl) => acl.principal === check.principal && acl.operation === check.operation)
          return {
            ...check,
            evidence: 'derived-from-acls',
            allowed: denied ? [] : check.topics,
            denied: denied ? check.topics : [],
          }
        })
      },
      readEnds: async ({ cluster }) => {
        this.#fail('readEnds')
        return this.#ends(cluster)
      },
      observeLink: async ({ from, to }) => {
        const link = this.#link(from, to)
        return {
          state: link.state,
          detail: link.state,
          selection: link.selection,
          assignedTopics: [],
          obstacles: [],
          copiesAcls: false,
        }
      },
      checkPositions: async ({ from, to }) =>
        this.unfit.get(`${from}->${to}`) ?? { changes: [], text: '', todo: '', partitions: 0, offsets: 0 },
      readMirroredTo: async ({ from }) => {
        // A provider's position is found by comparing both sides.
        if (this.linkTiming) this.#mustAnswer(from)
        return this.topics.map((topic) => ({ topic, offsets: [[0, (this.ends.get(from) ?? 0) - 1 - this.lag]] }))
      },
      probeDisabled: async ({ from, to }) => ({ disabled: this.#link(from, to).state !== 'running', detail: '' }),
      planSelection: async ({ from, to, remove, add, restore, back }) => {
        const before = this.#link(from, to).selection
        const wide = back ? withTopicsBack(before, back.topics, back.original) : before
        const after = restore ?? (add ? withTopics(wide, add) : withoutTopics(wide, remove ?? []))
        return { before, after, refused: [] }
      },
      takeCertificate: async ({ from, to }) => {
        this.#mustAnswer(from)
        return this.#certificate(from, to)
      },
      planTopics: async ({ source, target }) => {
        this.#mustAnswer(target)
        const missing = this.topics.filter((topic) => this.lacking.has(`${target} ${topic}`))
        const template = { partitions: 1, settings: { 'retention.ms': '1000' }, topics: missing }
        return { templates: missing.length === 0 ? [] : [template], likeOn: source }
      },
      describeTopics: async ({ cluster, topics }) =>
        topics
          .filter((topic) => !this.lacking.has(`${cluster} ${topic}`))
          .map((topic) => ({ topic, topicId: `id-${cluster}-${topic}`, partitions: 1, replicas: 1 })),
      estimateLoss: async ({ from }) => ({
        kind: 'estimate',
        takenAt: new Date().toISOString(),
        cluster: from,
        sampleAgeSeconds: 1,
        records: this.lossUnknown ? null : this.lag,
        topics: this.lossUnknown ? [{ topic: 'accounting.invoices', rows: [[0, 0, null, null]] }] : [],
      }),
      exactLoss: async ({ from }) => ({
        kind: 'exact',
        takenAt: new Date().toISOString(),
        cluster: from,
        sampleAgeSeconds: null,
        records: this.lag,
        topics: this.lag === 0 ? [] : [{ topic: 'accounting.invoices', rows: [[0, 100 - this.lag, 100, this.lag]] }],
      }),
      countUnread: async () => this.unread,
      countReread: async ({ groups }) =>
        groups.map(({ group, topics }) => ({
          group,
          places: topics.flatMap(({ rows }) => rows.map((): [number | null, number | null] => this.reread)),
        })),
      readCopies: async ({ ids }) => ids.map((id) => [id, this.copies.get(id) ?? 0]),
      snapshotGroups: async ({ cluster, groups }) => {
        this.#mustAnswer(cluster)
        return groups.map(
          (group): GroupOffsets =>
            this.placed.get(`${group} on ${cluster}`) ?? {
              group,
              topics: [{ topic: 'accounting.invoices', offsets: [[0, 40]] }],
            },
        )
      },
      planOffsets: async () => this.offsets,
      ticketNews: (input) =>
        ticketNews(
          () => ({
            state: async (id) => {
              this.looks += 1
              this.#fail('ticketNews')
              return { id, ...this.desk }
            },
          }),
          input,
        ),
      findTicket: async ({ token }) => {
        const found = this.tickets.get(token)
        return found ? { id: found.id, state: 'open' } : null
      },
    }
  }

  /** As the real activities do: the lease is proven right before the call. What is so already is no act. */
  async #send(
    guard: Guard,
    lease: LeaseToken,
    call: { what: string; name: string; key?: string; changes: () => boolean; act: () => void },
  ): Promise<void> {
    await acting(call.what, async (signal) => {
      await guard(lease)
      await Promise.race([this.underWay(call.what, lease.epoch), brokenOff(signal)])
      this.calls.push({ what: call.what, epoch: lease.epoch })
      const arrives = (): void => {
        if (call.key !== undefined && this.#seen.has(call.key)) return
        this.#act(call.what, call.name, call.changes())
        call.act()
        if (call.key !== undefined) this.#seen.add(call.key)
      }
      const overdue = this.#overdue
      this.#overdue = undefined
      const mishap = this.mishaps.get(call.what)
      this.mishaps.delete(call.what)
      if (mishap === 'arrives late') this.#overdue = { what: call.what, arrives }
      else arrives()
      if (mishap === 'arrives twice') arrives()
      if (overdue && overdue.what === call.what) this.#overdue = overdue
      else overdue?.arrives()
      if (mishap === 'arrives late' || mishap === 'acts, then fails') {
        throw ApplicationFailure.create({ type: errorTypes.unreachable, message: `${call.what}: no answer` })
      }
    })
  }

  writes(guard: Guard): WriteActivities {
    const send = this.#send.bind(this, guard)
    return {
      stopApplication: async ({ lease, name, key }) => {
        const state: AppState = { name, state: 'stopped', adapter: 'command' }
        await send(lease, {
          what: `stop ${name}`,
          name: 'stopApplication',
          key,
          changes: () => this.apps.get(name)?.state !== 'stopped',
          act: () => this.apps.set(name, state),
        })
        return state
      },
      startApplication: async ({ lease, name, key, cluster, topics, phase }) => {
        const state: AppState = { name, state: 'running', cluster, topics, adapter: 'command' }
        await send(lease, {
          what: `start ${name} on ${cluster} ${phase}`,
          name: 'startApplication',
          key,
          changes: () => JSON.stringify(this.apps.get(name)) !== JSON.stringify(state),
          act: () => this.apps.set(name, state),
        })
        return state
      },
      prepareApplication: ({ lease, name, key, cluster }) =>
        send(lease, {
          what: `prepare ${name} on ${cluster}`,
          name: 'prepareApplication',
          key,
          changes: () => true,
          act: () => undefined,
        }),
      discardPrepared: ({ lease, name, key, cluster }) =>
        send(lease, {
          what: `discard ${name} on ${cluster}`,
          name: 'discardPrepared',
          key,
          changes: () => true,
          act: () => undefined,
        }),
      applyFence: ({ lease, cluster, acls }) => {
        const missing = () => acls.filter((acl) => !this.#denies(cluster, acl))
        return send(lease, {
          what: `fence ${cluster}`,
          name: 'applyFence',
          changes: () => {
            this.#mustAnswer(cluster)
            return missing().length > 0
          },
          act: () => this.acls.set(cluster, [...(this.acls.get(cluster) ?? []), ...missing()]),
        })
      },
      liftFence: ({ lease, cluster, acls }) => {
        const gone = new Set(acls.map((acl) => JSON.stringify(acl)))
        return send(lease, {
          what: `lift ${cluster}`,
          name: 'liftFence',
          changes: () => acls.some((acl) => this.#denies(cluster, acl)),
          act: () =>
            this.acls.set(
              cluster,
              (this.acls.get(cluster) ?? []).filter((acl) => !gone.has(JSON.stringify(acl))),
            ),
        })
      },
      createTopics: async ({ lease, cluster, templates }) => {
        for (const topic of templates.flatMap(({ topics }) => topics)) {
          await send(lease, {
            what: `create ${topic} on ${cluster}`,
            name: 'createTopics',
            changes: () => this.lacking.has(`${cluster} ${topic}`),
            act: () => this.lacking.delete(`${cluster} ${topic}`),
          })
        }
      },
      deleteEmptyTopics: async ({ lease, cluster, topics }) => {
        const written = topics.filter(({ topic }) => this.written.has(topic))
        for (const { topic } of topics.filter(({ topic }) => !this.written.has(topic))) {
          await send(lease, {
            what: `delete ${topic} on ${cluster}`,
            name: 'deleteEmptyTopics',
            changes: () => !this.lacking.has(`${cluster} ${topic}`),
            act: () => this.lacking.add(`${cluster} ${topic}`),
          })
        }
        return written.map(({ topic }) => ({ topic, why: '1 of its partitions have been written to' }))
      },
      setSelection: ({ lease, link, text }) =>
        send(lease, {
          what: `select ${link.from}->${link.to} ${text}`,
          name: 'setSelection',
          changes: () => this.#link(link.from, link.to).selection !== text,
          act: () => {
            this.#link(link.from, link.to).selection = text
          },
        }),
      placeGroup: ({ lease, cluster, offsets }) => {
        const place = `${offsets.group} on ${cluster}`
        return send(lease, {
          what: `place ${place}`,
          name: 'placeGroup',
          changes: () => JSON.stringify(this.placed.get(place)) !== JSON.stringify(offsets),
          act: () => this.placed.set(place, offsets),
        })
      },
      enableLink: ({ lease, link }) =>
        send(lease, {
          what: `enable ${link.from}->${link.to}`,
          name: 'enableLink',
          changes: () => this.#link(link.from, link.to).state !== 'running',
          act: () => {
            this.#link(link.from, link.to).state = 'running'
          },
        }),
      flushLink: async ({ lease, link }) => {
        await send(lease, {
          what: `flush ${link.from}->${link.to}`,
          name: 'flushLink',
          changes: () => false,
          act: () => undefined,
        })
        return true
      },
      disableLink: ({ lease, link }) =>
        send(lease, {
          what: `disable ${link.from}->${link.to}`,
          name: 'disableLink',
          changes: () => this.#link(link.from, link.to).state === 'running',
          act: () => {
            this.ordersLost -= 1
            if (this.ordersLost < 0) this.#link(link.from, link.to).state = 'stopped'
          },
        }),
      setLinkPosition: ({ lease, link, positions }) =>
        send(lease, {
          what: `position ${link.from}->${link.to}`,
          name: 'setLinkPosition',
          changes: () =>
            JSON.stringify(this.linkPositions.get(`${link.from}->${link.to}`)) !== JSON.stringify(positions),
          act: () => {
            this.linkPositions.set(`${link.from}->${link.to}`, positions)
            this.unfit.delete(`${link.from}->${link.to}`)
          },
        }),
      copyStranded: async ({ lease, id, to, topics, begin }) => {
        await send(lease, {
          what: `${begin ? 'begin' : 'copy'} ${id} to ${topics.map(({ into }) => into).join()} on ${to}`,
          name: 'copyStranded',
          changes: () => true,
          act: () => undefined,
        })
        const stretches = (this.copyStretches -= begin ? 0 : 1)
        const rows = topics.map(({ topic, ranges }) => ({
          topic,
          rows: ranges.map(([partition, from, end]): CopiedRow => {
            const records = begin ? 0 : end - from - this.expired
            if (!begin) this.copies.set(id, records)
            return [partition, records, begin ? -1 : 40, begin ? -1 : 39 + records]
          }),
        }))
        return { done: begin || stretches <= 0, topics: rows }
      },
      commentTicket: ({ lease, id, text }) =>
        send(lease, {
          what: `comment ${id}`,
          name: 'commentTicket',
          changes: () => false,
          act: () => {
            for (const ticket of this.tickets.values()) if (ticket.id === id) ticket.comments.push(text)
          },
        }),
    }
  }

  #writesOf(cluster: string, principals: string[], topics: string[]) {
    const denied = (principal: string) =>
      this.acls.get(cluster)?.some((acl) => acl.principal === principal && acl.operation === 'Write')
    return principals.map((principal) => ({
      principal,
      evidence: 'derived-from-acls',
      allowed: denied(principal) ? [] : topics,
    }))
  }

  #denies(cluster: string, acl: AclEntry): boolean {
    return this.acls.get(cluster)?.some((live) => JSON.stringify(live) === JSON.stringify(acl)) ?? false
  }

  ticketDesk(guard: Guard): TicketActivities {
    return {
      openTicket: async ({ lease, token }) => {
        const found = this.tickets.get(token)
        if (found) return { id: found.id, state: 'open', adapter: 'webhook' }
        const id = `T-${this.tickets.size + 1}`
        const key = token
        await this.#send(guard, lease, {
          what: 'open ticket',
          name: 'opening',
          key,
          changes: () => true,
          act: () => this.tickets.set(token, { id, comments: [] }),
        })
        // Broken after the act: the ticket exists although no answer comes.
        this.#fail('openTicket')
        return { id, state: 'open', adapter: 'webhook' }
      },
    }
  }

  waits(): WaitActivities {
    return {
      countConflicts: async () => this.conflicts,
      compareCopies: async ({ pair, from, to }) => ({
        version: 1,
        pair,
        link: `${from}->${to}`,
        at: new Date().toISOString(),
        seconds: 0,
        records: 0,
        topics: [],
        differences: [],
      }),
      awaitStill: ({ cluster, topics, stabilityMs, refused, maxMs }) =>
        this.#poll(
          'awaitStill',
          maxMs,
          () => ({
            still: !this.broken.has('awaitStill') && this.offenders.length === 0,
            ends: this.#ends(cluster),
            stillMs: refused?.stabilityMs ?? stabilityMs,
            ...(refused === undefined ? {} : { access: this.#writesOf(cluster, refused.principals, topics) }),
            offenders: this.offenders,
            openTransactions: [],
          }),
          ({ still }) => still,
        ),
      awaitMirrored: ({ from, to, maxMs }) =>
        this.#poll(
          'awaitMirrored',
          maxMs,
          () => ({
            verdict: this.lag === 0 ? ('complete' as const) : ('not-yet' as const),
            certificate: this.#certificate(from, to),
            recordsPerSecond: null,
            etaSeconds: null,
          }),
          ({ verdict }) => verdict === 'complete',
        ),
      awaitDrained: ({ cluster, groups, maxMs }) =>
        this.#poll(
          'awaitDrained',
          maxMs,
          () => {
            this.#mustAnswer(cluster)
            return {
              drained: this.drained,
              drainedGroups: this.drained ? groups.map(({ group }) => group) : [],
              remaining: this.drained
                ? []
                : [{ group: 'billing', topic: 'accounting.invoices', partition: 0, committed: 10, end: 100 }],
            }
          },
          ({ drained }) => drained,
        ),
      awaitGroupsEmpty: async ({ cluster }) => {
        this.#mustAnswer(cluster)
        return { empty: true, active: [] }
      },
      awaitDisabled: ({ from, to, maxMs }) =>
        this.#poll(
          'awaitDisabled',
          maxMs,
          () => ({ disabled: this.#link(from, to).state !== 'running', detail: this.#link(from, to).state }),
          ({ disabled }) => disabled,
        ),
      awaitLinkChange: ({ from, to, wanted }) =>
        this.#poll(
          'awaitLinkChange',
          0,
          () => {
            const { state } = this.#link(from, to)
            const reached = (state === 'running') === (wanted === 'enabled')
            return { reached, over: reached ? null : ('idle' as const), detail: state }
          },
          ({ reached }) => reached,
        ),
      awaitAssigned: async () => ({ reached: true, detail: '' }),
      awaitRemoteTopics: async () => ({ verified: true, detail: 'all there', missing: [] }),
      awaitProgress: async () => ({ verified: true, detail: 'moving', recordsPerSecond: 1, idle: [] }),
      watchLink: ({ from, maxMs, previous, memory }) =>
        this.#poll(
          'watchLink',
          Math.min(maxMs, this.watchFor),
          () => ({
            sample: {
              at: new Date().toISOString(),
              sourceReachable: !this.dark.has(from),
              linkReachable: true,
              totalLag: this.lag,
              topics: previous?.topics ?? [],
              groups: [],
            },
            changed: false,
            points: [
              {
                at: new Date().toISOString(),
                lag: this.lag,
                ends: 100,
                mirrored: 100 - this.lag,
                sourceReachable: !this.dark.has(from),
                linkReachable: true,
                worst: [],
              },
            ],
            memory: { findings: this.findings, tracks: [], settings: null },
          }),
          () => this.findings.length !== (memory?.findings.length ?? 0),
        ),
      keepObligation: ({ cluster, apply, fence, maxMs }) =>
        this.#poll(
          'keepObligation',
          Math.min(maxMs, 500),
          () => {
            if (this.dark.has(cluster)) return { reached: false, missing: [], detail: 'dark' }
            const missing = fence.topics.flatMap((name) =>
              fence.principals.map((principal): AclEntry => ({
                resource: 'topic',
                name,
                pattern: 'literal',
                principal,
                host: '*',
                operation: 'Write',
                permission: 'deny',
              })),
            )
            if (apply) {
              this.acts.push(`fence ${cluster}`)
              this.acls.set(cluster, [...(this.acls.get(cluster) ?? []), ...missing])
            }
            return { reached: true, missing, detail: '' }
          },
          ({ reached }) => reached,
        ),
      watchScope: async () => ({
        topics: this.topics,
        groups: ['billing'],
        intervalMs: 500,
        clusters: ['A', 'B'],
        windows: { stall: 1, growth: 1, retention: 1 },
        searchAttributes: this.searchAttributes,
      }),
    }
  }
}
