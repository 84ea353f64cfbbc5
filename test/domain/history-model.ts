import type { Dossier, Settlement } from '../../src/contract/dossier.ts'
import type { TopicEnds } from '../../src/contract/evidence.ts'
import { applyEntry, closeEpisode, newDossier, openEpisode } from '../../src/domain/dossier/dossier.ts'
import { exactLedger, ledgerRanges } from '../../src/domain/losses/ledger.ts'
import { settledTopics } from '../../src/domain/positions/settled.ts'
import { planMove } from '../../src/domain/positions/positions.ts'
import type { MoveInput } from '../../src/domain/positions/position.ts'
import { aPlan, at, commits, ends } from './builders.ts'

/** A pair with one topic of one partition and one group that reads in strict order, moved to and fro. */

export type Side = 'A' | 'B'
export type Kind = 'data' | 'marker'

/** One leg: what happens on the active side, then the move away from it. */
export interface Leg {
  produced: Kind[]
  /** Share of what is there that the group reads before and after the snapshot, in percent. */
  reads: [number, number]
  planned: boolean
  /** The source of a forced move may have answered for a while: it was fenced, and its groups' positions were read. */
  fenced: boolean
  drained: boolean
  /** Share of the rest that the link gets across in a forced move, in percent. */
  mirrored: number
  /** How far behind the true position the translation is; null: none. */
  translationLag: number | null
  /** Written on the target before the groups are placed. */
  producedThere: Kind[]
  /** Decision on what was stranded on the side left, when it is back. */
  settle: Settlement['action'] | null
  /** Commits of the idle group on the side left expire. */
  commitsExpire: boolean
}

interface Copy {
  kind: Kind
  source: number
}

export interface Checked {
  input: MoveInput
  plan: ReturnType<typeof planMove>
  /** As it was foreseen before the approval, while everything went on. */
  foreseen: ReturnType<typeof planMove>
  leg: Leg
  from: Side
  to: Side
  cut: number
  end: { remote: number; local: number; of: Record<Side, number> }
  /** Data at these offsets was read by the group, or settled. */
  remote: { read: boolean; data: boolean }[]
  local: { read: boolean; settled: boolean; data: boolean }[]
  /** Records the group will read for the first time after newer ones, in the target's own topic and in the copy. */
  late: { onTarget: number; inCopy: number }
  /** Everything ever produced, in that order, but for what was settled: where it lies. */
  produced: { side: Side; offset: number }[]
}

export function replay(legs: Leg[], check: (checked: Checked) => void): void {
  const local: Record<Side, Kind[]> = { A: [], B: [] }
  /** Copies that live on the other side. */
  const copies: Record<Side, Copy[]> = { A: [], B: [] }
  const mirroredTo: Record<Side, number> = { A: -1, B: -1 }
  const read = new Set<string>()
  const settled = new Set<string>()
  /** Next to read on each side: local topic, and the copy of the other side's. */
  const committed: Record<Side, { local?: number; remote?: number }> = { A: {}, B: {} }
  let dossier: Dossier = newDossier({ pair: 'p', primary: 'A', secondary: 'B', at: at(0) })
  let clock = 0
  /** "side:offset" of every record, in the order of production. */
  const produced: string[] = []
  const produce = (side: Side, kinds: Kind[]) => {
    for (const kind of kinds) {
      if (kind === 'data') produced.push(`${side}:${local[side].length}`)
      local[side].push(kind)
    }
  }
  const other = (side: Side): Side => (side === 'A' ? 'B' : 'A')
  const localEnds = (side: Side): TopicEnds => ends('t', [[0, 0, local[side].length, local[side].length]], `id-${side}`)
  const committedOn = (side: Side) => [
    ...(committed[side].local === undefined ? [] : [commits('billing', 't', [[0, committed[side].local]])]),
    ...(committed[side].remote === undefined
      ? []
      : [commits('billing', `t.${other(side)}`, [[0, committed[side].remote]])]),
  ]
  const snapshot = (side: Side) => {
    const episode = dossier.episode?.number ?? 0
    const groups = committedOn(side)
    dossier = applyEntry(dossier, { type: 'snapshot', snapshot: { cluster: side, episode, at: at(++clock), groups } })
  }
  /** Reads the copy first, and the local topic only behind its end; commits at the last data record, as clients do. */
  const consume = (side: Side, percent: number) => {
    const origin = other(side)
    const from = committed[side].remote ?? 0
    const copyEnd = copies[origin].length
    const to = from + Math.ceil(((copyEnd - from) * percent) / 100)
    for (const { kind, source } of copies[origin].slice(from, to)) if (kind === 'data') read.add(`${origin}:${source}`)
    if (to > from)
      committed[side].remote = Math.max(
        from,
        lastData(
          copies[origin].map(({ kind }) => kind),
          to,
        ) + 1,
      )
    if (to < copyEnd) return
    const start = committed[side].local ?? 0
    const stop = start + Math.ceil(((local[side].length - start) * percent) / 100)
    for (let offset = start; offset < stop; offset++) if (local[side][offset] === 'data') read.add(`${side}:${offset}`)
    if (stop > start) committed[side].local = Math.max(start, lastData(local[side], stop) + 1)
  }
  const mirror = (side: Side, percent: number) => {
    const from = mirroredTo[side] + 1
    const to = from + Math.ceil(((local[side].length - from) * percent) / 100)
    for (let offset = from; offset < to; offset++) {
      if (local[side][offset] !== 'data') continue
      copies[side].push({ kind: 'data', source: offset })
      mirroredTo[side] = offset
      // Exactly-once writes its own markers, so that offsets of the copy are not those of the source.
      if (offset % 2 === 0) copies[side].push({ kind: 'marker', source: offset })
    }
  }

  /** As brokers and dossier tell it at this moment. */
  const moveInput = (x: { operation: 'failover' | 'failback'; leg: Leg; from: Side; to: Side }) => {
    const end = copies[x.from].length
    const remoteEnds: TopicEnds[] = end === 0 ? [] : [ends(`t.${x.from}`, [[0, 0, end, end]])]
    return {
      plan: aPlan({
        operation: x.operation,
        mode: x.leg.planned ? 'planned' : 'forced',
        source: x.from,
        target: x.to,
        applications: [{ name: 'billing', kind: 'consumer', group: 'billing', topics: ['t'] }],
      }),
      dossier,
      source: x.leg.planned || x.leg.fenced ? { committed: committedOn(x.from) } : null,
      target: { ends: [localEnds(x.to), ...remoteEnds], committed: committedOn(x.to) },
      groupTopics: [{ group: 'billing', topics: ['t'] }],
    }
  }

  legs.forEach((leg, n) => {
    const from: Side = n % 2 === 0 ? 'A' : 'B'
    const to = other(from)
    const operation = from === 'A' ? 'failover' : 'failback'
    if (operation === 'failover') dossier = openEpisode(dossier, at(++clock))
    const episode = dossier.episode?.number ?? 0

    produce(from, leg.produced)
    consume(from, leg.reads[0])
    if (leg.planned) snapshot(from)
    snapshot(to)
    const foreseen = planMove({
      ...moveInput({ operation, leg, from, to }),
      drainedGroups: leg.planned ? ['billing'] : [],
    })
    consume(from, leg.reads[1])
    const drained = leg.planned && leg.drained
    if (drained) consume(from, 100)
    mirror(from, leg.planned ? 100 : leg.mirrored)

    const cut = local[to].length
    dossier = applyEntry(dossier, {
      type: 'cut',
      cut: { cluster: to, episode, at: at(++clock), topics: [{ topic: 't', offsets: [[0, cut]] }] },
    })
    produce(to, leg.producedThere)
    if (leg.translationLag !== null) {
      const g = committed[from].local ?? 0
      const exact = copies[from].filter(({ source }) => source < g).length
      committed[to].remote = Math.max(committed[to].remote ?? 0, exact - leg.translationLag)
    }
    const input: MoveInput = {
      ...moveInput({ operation, leg, from, to }),
      drainedGroups: drained ? ['billing'] : [],
    }
    const plan = planMove(input)
    check({
      input,
      plan,
      foreseen,
      leg,
      from,
      to,
      cut,
      end: {
        remote: copies[from].length,
        local: local[to].length,
        of: { A: local.A.length, B: local.B.length },
      },
      remote: copies[from].map(({ kind, source }) => ({ data: kind === 'data', read: read.has(`${from}:${source}`) })),
      local: local[to].map((kind, offset) => ({
        data: kind === 'data',
        read: read.has(`${to}:${offset}`),
        settled: settled.has(`${to}:${offset}`),
      })),
      late: lateBy(plan, from, to),
      produced: produced
        .filter((id) => !settled.has(id))
        .map((id) => ({ side: id.startsWith('A') ? 'A' : 'B', offset: Number(id.slice(2)) })),
    })
    for (const [topic, , chosen] of plan.groups[0]?.rows ?? []) {
      if (topic === 't') committed[to].local = chosen
      else committed[to].remote = chosen
    }
    const mirrored: [number, number][] = mirroredTo[from] < 0 ? [] : [[0, mirroredTo[from]]]
    dossier = applyEntry(dossier, {
      type: 'move',
      move: {
        episode,
        operation,
        from,
        to,
        mode: leg.planned ? 'planned' : 'forced',
        at: at(++clock),
        ...(leg.planned || leg.fenced ? { fencedEnds: [localEnds(from)] } : {}),
        mirroredTo: [{ topic: 't', offsets: mirrored }],
        drainedGroups: drained ? ['billing'] : [],
      },
    })
    if (leg.commitsExpire) committed[from] = {}
    else snapshot(from)
    if (!leg.planned && leg.settle !== null) settle(from, episode, leg.settle, mirrored)
    if (operation === 'failback') dossier = closeEpisode(dossier)
  })

  /** By the barrier's order: all of the copy, then the local topic. */
  function lateBy(plan: Checked['plan'], from: Side, to: Side): Checked['late'] {
    const chosen = (topic: string) => plan.groups[0]?.rows.find(([t]) => t === topic)?.[2] ?? 0
    const rank = new Map(produced.map((id, index) => [id, index]))
    let newest = [...read].reduce((max, id) => Math.max(max, rank.get(id) ?? -1), -1)
    const lateIn = (ids: string[]) => {
      let late = 0
      for (const id of ids) {
        const at = rank.get(id)
        if (at === undefined || read.has(id) || settled.has(id)) continue
        if (at < newest) late += 1
        newest = Math.max(newest, at)
      }
      return late
    }
    // A marker stands behind the record it has the source of, and is none itself.
    const unread = copies[from].slice(chosen(`t.${from}`)).filter(({ kind }) => kind === 'data')
    const inCopy = lateIn(unread.map(({ source }) => `${from}:${source}`))
    const positions = Array.from(local[to].keys()).slice(chosen('t'))
    return { onTarget: lateIn(positions.map((offset) => `${to}:${offset}`)), inCopy }
  }

  function settle(side: Side, episode: number, action: Settlement['action'], mirrored: [number, number][]) {
    const offsets = [{ topic: 't', offsets: mirrored }]
    const scans = ledgerRanges([localEnds(side)], offsets).map((range) => {
      const records = local[side].slice(range.from, range.to).filter((kind) => kind === 'data').length
      return { ...range, records, bytes: 0 }
    })
    const ledger = exactLedger({
      takenAt: at(++clock),
      cluster: side,
      ends: [localEnds(side)],
      mirroredTo: offsets,
      scans,
    })
    dossier = applyEntry(dossier, {
      type: 'settlement',
      settlement: {
        cluster: side,
        episode,
        at: at(clock),
        by: 'you',
        reason: 'r',
        action,
        ledger: ledger.takenAt,
        records: ledger.records,
        topics: settledTopics(ledger),
      },
    })
    if (action === 'keep' || ledger.records === 0) return
    for (const { from, to } of scans) for (let offset = from; offset < to; offset++) settled.add(`${side}:${offset}`)
    // The link goes on behind what was settled.
    mirroredTo[side] = local[side].length - 1
  }
}

function lastData(kinds: Kind[], before: number): number {
  return kinds.slice(0, before).lastIndexOf('data')
}
