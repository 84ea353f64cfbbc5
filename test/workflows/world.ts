import type { AclEntry } from '../../src/contract/dossier.ts'
import type {
  AppState,
  CopiedRow,
  Offender,
  ReadActivities,
  TicketActivities,
  WaitActivities,
  WriteActivities,
} from '../../src/contract/activities.ts'
import type { Certificate, GroupOffsets, KeyConflicts, TopicEnds } from '../../src/contract/evidence.ts'
import type { ApprovedPositions, OffsetPlan } from '../../src/contract/offset-plan.ts'
import type { WatchFinding } from '../../src/contract/watch.ts'
import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../../src/contract/errors.ts'
import { ticketNews } from '../../src/activities/reads/ticket-news.ts'
import type { Ticket } from '../../src/ports/tickets.ts'
import type { ClusterPort, KeyedRecord } from '../../src/ports/cluster.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { PlannedApplication, Timing } from '../../src/contract/plan.ts'
import { stepsOf } from '../../src/domain/plan.ts'
import { withTopics, withoutTopics } from '../../src/domain/selection.ts'

/**
 * A small world in memory: what need not be real to be true (the order of steps, questions, undo, repetition) is tested
 * against it on a real Temporal server. It counts every outside act at the receiving side.
 */
export class World {
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
  /** Acts as they arrived, in order. */
  readonly acts: string[] = []
  /** Fails these calls, by name, until removed. */
  readonly broken = new Map<string, string>()
  dark = new Set<string>()
  /** Who disables links, and what the desk says of every ticket. */
  door: 'ticket' | 'self-service' = 'ticket'
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
  stepBudget = 1_000
  /** So many orders to disable a link are taken and come to nothing. */
  ordersLost = 0
  lag = 0
  drained = true
  authorizer = true
  fenceReads = false
  createTopics = false
  /** Applications with something that does not move, by name; each needs an entry in `apps` too. */
  readonly stays = new Map<string, PlannedApplication>()
  /** Local topics that are not there (`B accounting.invoices`), and those that a record came to. */
  readonly lacking = new Set<string>()
  readonly written = new Set<string>()
  /** What writes although nobody should, as a broker tells it. */
  offenders: Offender[] = []
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
  /** Where the groups would be placed, and what of it an approval binds. */
  offsets: OffsetPlan = {
    groups: [{ group: 'billing', rows: [['accounting.invoices', 0, 40, 100, -1, 0, 'cut']], duplicates: 0 }],
    obstacles: [],
  }
  positions: ApprovedPositions[] | undefined
  /** Of every place of a group in a copy: records it was to read, and those of them it had not read. */
  reread: [placed: number | null, unread: number | null] = [0, 0]
  conflicts: KeyConflicts = { complete: true, topics: [], keyless: 0, compacted: [] }

  readonly #placed = new Map<string, GroupOffsets>()

  count(act: string): number {
    return this.acts.filter((done) => done === act).length
  }

  #act(text: string, name: string): void {
    this.#fail(name)
    this.acts.push(text)
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

  /** As the desk does. */
  stopLink(name: 'A->B' | 'B->A'): void {
    const link = this.links.get(name)
    if (link) link.state = 'stopped'
  }

  /** As much of the clusters and links as the pair's memory needs. */
  ports(): Ports {
    const cluster = (alias: string): Partial<ClusterPort> => ({
      createTopics: async () => undefined,
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
      searchAttributesRegistered: async () => false,
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
          naming: { kind: 'suffix', separator: '.', aliases: ['A', 'B'] },
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
            handOver: [...this.stays.values()].map(({ kind }) => kind),
          }),
          timing: {
            stability: 100,
            poll: 50,
            stepBudget: this.stepBudget,
            stall: 500,
            forcedTry: 500,
            ...this.ticketTiming,
            ...this.linkTiming,
            ...(this.ticketPoll === undefined ? {} : { ticketPoll: this.ticketPoll }),
          },
        }
      },
      assess: async ({ plan }) => {
        this.#fail('assess')
        const sourceReachable = !this.dark.has(plan.source)
        return {
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
      readEnds: async ({ cluster }) => this.#ends(cluster),
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
      readMirroredTo: async ({ from }) => {
        // A provider's position is found by comparing both sides.
        if (this.linkTiming) this.#mustAnswer(from)
        return this.topics.map((topic) => ({ topic, offsets: [[0, (this.ends.get(from) ?? 0) - 1 - this.lag]] }))
      },
      probeDisabled: async ({ from, to }) => ({ disabled: this.#link(from, to).state !== 'running', detail: '' }),
      planSelection: async ({ from, to, remove, add, restore }) => {
        const before = this.#link(from, to).selection
        const after = restore ?? (add ? withTopics(before, add) : withoutTopics(before, remove ?? []))
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
        records: this.lag,
        topics: [],
      }),
      exactLoss: async ({ from }) => ({
        kind: 'exact',
        takenAt: new Date().toISOString(),
        cluster: from,
        sampleAgeSeconds: null,
        records: this.lag,
        topics: this.lag === 0 ? [] : [{ topic: 'accounting.invoices', rows: [[0, 100 - this.lag, 100, this.lag]] }],
      }),
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
            this.#placed.get(`${group} on ${cluster}`) ?? {
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

  writes(
    guard: (lease: { pair: string; workflowId: string; runId: string; epoch: number }) => Promise<void>,
  ): WriteActivities {
    return {
      stopApplication: async ({ lease, name }) => {
        await guard(lease)
        this.#act(`stop ${name}`, 'stopApplication')
        const state: AppState = { name, state: 'stopped', adapter: 'command' }
        this.apps.set(name, state)
        return state
      },
      startApplication: async ({ lease, name, cluster, topics, phase }) => {
        await guard(lease)
        this.#act(`start ${name} on ${cluster} ${phase}`, 'startApplication')
        const state: AppState = { name, state: 'running', cluster, topics, adapter: 'command' }
        this.apps.set(name, state)
        return state
      },
      applyFence: async ({ lease, cluster, acls }) => {
        await guard(lease)
        this.#mustAnswer(cluster)
        this.#act(`fence ${cluster}`, 'applyFence')
        this.acls.set(cluster, [...(this.acls.get(cluster) ?? []), ...acls])
      },
      liftFence: async ({ lease, cluster, acls }) => {
        await guard(lease)
        this.#act(`lift ${cluster}`, 'liftFence')
        const gone = new Set(acls.map((acl) => JSON.stringify(acl)))
        this.acls.set(
          cluster,
          (this.acls.get(cluster) ?? []).filter((acl) => !gone.has(JSON.stringify(acl))),
        )
      },
      createTopics: async ({ lease, cluster, templates }) => {
        await guard(lease)
        for (const topic of templates.flatMap(({ topics }) => topics)) {
          this.#act(`create ${topic} on ${cluster}`, 'createTopics')
          this.lacking.delete(`${cluster} ${topic}`)
        }
      },
      deleteEmptyTopics: async ({ lease, cluster, topics }) => {
        await guard(lease)
        const written = topics.filter(({ topic }) => this.written.has(topic))
        for (const { topic } of topics.filter(({ topic }) => !this.written.has(topic))) {
          this.#act(`delete ${topic} on ${cluster}`, 'deleteEmptyTopics')
          this.lacking.add(`${cluster} ${topic}`)
        }
        return written.map(({ topic }) => ({ topic, why: '1 of its partitions have been written to' }))
      },
      setSelection: async ({ lease, link, text }) => {
        await guard(lease)
        this.#act(`select ${link.from}->${link.to} ${text}`, 'setSelection')
        this.#link(link.from, link.to).selection = text
      },
      placeGroup: async ({ lease, cluster, offsets }) => {
        await guard(lease)
        this.#act(`place ${offsets.group} on ${cluster}`, 'placeGroup')
        this.#placed.set(`${offsets.group} on ${cluster}`, offsets)
      },
      enableLink: async ({ lease, link }) => {
        await guard(lease)
        this.#act(`enable ${link.from}->${link.to}`, 'enableLink')
        this.#link(link.from, link.to).state = 'running'
      },
      disableLink: async ({ lease, link }) => {
        await guard(lease)
        this.#act(`disable ${link.from}->${link.to}`, 'disableLink')
        this.ordersLost -= 1
        if (this.ordersLost < 0) this.#link(link.from, link.to).state = 'stopped'
      },
      setLinkPosition: async ({ lease, link }) => {
        await guard(lease)
        this.#act(`position ${link.from}->${link.to}`, 'setLinkPosition')
      },
      copyStranded: async ({ lease, id, to, topics, begin }) => {
        await guard(lease)
        this.#act(
          `${begin ? 'begin' : 'copy'} ${id} to ${topics.map(({ into }) => into).join()} on ${to}`,
          'copyStranded',
        )
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
      commentTicket: async ({ id, text }) => {
        this.#fail('commentTicket')
        for (const ticket of this.tickets.values()) if (ticket.id === id) ticket.comments.push(text)
      },
    }
  }

  ticketDesk(): TicketActivities {
    return {
      openTicket: async ({ token }) => {
        const id = `T-${this.tickets.size + 1}`
        this.acts.push('open ticket')
        this.tickets.set(token, { id, comments: [] })
        // Broken after the act: the ticket exists although no answer comes.
        this.#fail('openTicket')
        return { id, state: 'open', adapter: 'webhook' }
      },
    }
  }

  waits(): WaitActivities {
    return {
      countConflicts: async () => this.conflicts,
      awaitStill: ({ cluster, maxMs }) =>
        this.#poll(
          'awaitStill',
          maxMs,
          () => ({
            still: !this.broken.has('awaitStill') && this.offenders.length === 0,
            ends: this.#ends(cluster),
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
          maxMs,
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
      }),
    }
  }
}
