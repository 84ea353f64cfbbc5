import type { Dossier, DossierEntry, Episode, Fence, MoveRecord, StepFact } from '../../contract/dossier.ts'
import { sameAcl } from '../fence/acl.ts'
import { canonicalJson } from '../plan/plan.ts'

/** Kept of episodes that are over: enough for a group that left records of an earlier episode unread. */
const keptOfOldEpisodes = 6

/** Obligations that are discharged stay visible for a while. */
const keptDischarged = 20

/** The dossier with the change. Pure; the same entry twice changes nothing the second time. Throws at an entry it does not know. */
export function applyEntry(dossier: Dossier, entry: DossierEntry): Dossier {
  switch (entry.type) {
    case 'fact':
      return inEpisode(dossier, (episode) => ({ ...episode, facts: withFact(episode.facts, entry.fact) }))
    case 'original': {
      const original = { link: entry.link, selection: entry.selection }
      return inEpisode(dossier, (episode) => (episode.original === null ? { ...episode, original } : episode))
    }
    case 'stage':
      return inEpisode(dossier, (episode) => ({ ...episode, stage: entry.stage }))
    case 'fence':
      return { ...dossier, fences: withFence(dossier.fences, entry.fence) }
    case 'fence-lifted':
      return { ...dossier, fences: dossier.fences.flatMap((fence) => lift(fence, entry)) }
    case 'cut':
      return { ...dossier, cuts: appended(dossier, dossier.cuts, entry.cut) }
    case 'snapshot':
      return { ...dossier, snapshots: appended(dossier, dossier.snapshots, entry.snapshot) }
    case 'settlement':
      return { ...dossier, settlements: appended(dossier, dossier.settlements, entry.settlement) }
    case 'ledger': {
      const since = dossier.episode?.startedAt
      const inOpen = (ledger: { takenAt: string }) => since !== undefined && notBefore(ledger.takenAt, since)
      return { ...dossier, ledgers: bounded(added(dossier.ledgers, entry.ledger), inOpen) }
    }
    case 'copy': {
      const { copies = [] } = dossier
      return copies.some(({ id }) => id === entry.copy.id)
        ? dossier
        : { ...dossier, copies: appended(dossier, copies, entry.copy) }
    }
    case 'move':
      return { ...dossier, moves: withMove(dossier, entry.move) }
    case 'obligation': {
      const known = dossier.obligations.some((obligation) => obligation.id === entry.obligation.id)
      return known ? dossier : { ...dossier, obligations: [...dossier.obligations, entry.obligation] }
    }
    case 'obligation-discharged': {
      const obligations = dossier.obligations.map((obligation) =>
        obligation.id === entry.id && obligation.dischargedAt === undefined
          ? { ...obligation, dischargedAt: entry.at, dischargedBy: entry.by }
          : obligation,
      )
      const open = (obligation: { dischargedAt?: string }) => obligation.dischargedAt === undefined
      return { ...dossier, obligations: bounded(obligations, open, keptDischarged) }
    }
    case 'active':
      return { ...dossier, active: entry.active, standby: entry.standby }
    case 'protection': {
      const unprotectedSince = entry.link === null ? (dossier.unprotectedSince ?? entry.at) : null
      return { ...dossier, protectedBy: entry.link, unprotectedSince }
    }
    default:
      entry satisfies never
      throw new Error(`The dossier knows no entry of type ${JSON.stringify((entry as DossierEntry).type)}.`)
  }
}

/** Without an open episode there is nothing the entry could belong to: no change. */
function inEpisode(dossier: Dossier, change: (episode: Episode) => Episode): Dossier {
  return dossier.episode === null ? dossier : { ...dossier, episode: change(dossier.episode) }
}

/** One fact for each step and state: what `begun` holds (the pre-image) stays when the step is done. */
function withFact(facts: readonly StepFact[], fact: StepFact): StepFact[] {
  const same = (other: StepFact) =>
    other.operation === fact.operation && other.step === fact.step && other.state === fact.state
  const old = facts.find(same)
  if (old !== undefined && (equal(old, fact) || !notBefore(fact.at, old.at))) return [...facts]
  return [...facts.filter((other) => !same(other)), fact]
}

/** One fence for each cluster and episode. Applied again, nothing was missing and `added` is empty: the first ones stay ours. */
function withFence(fences: readonly Fence[], fence: Fence): Fence[] {
  const same = (other: Fence) => other.cluster === fence.cluster && other.episode === fence.episode
  const old = fences.find(same)
  if (old === undefined) return [...fences, fence]
  const more = fence.added.filter((acl) => !old.added.some((other) => sameAcl(other, acl)))
  return fences.map((other) => (same(other) ? { ...fence, added: [...other.added, ...more] } : other))
}

function lift(fence: Fence, entry: { cluster: string; lifted: Fence['added'] }): Fence[] {
  if (fence.cluster !== entry.cluster) return [fence]
  const rest = fence.added.filter((acl) => !entry.lifted.some((lifted) => sameAcl(lifted, acl)))
  return rest.length === 0 && fence.added.length > 0 ? [] : [{ ...fence, added: rest }]
}

/** One move for each episode, operation and direction; recorded again it is completed, and becomes the latest. */
function withMove(dossier: Dossier, move: MoveRecord): MoveRecord[] {
  const same = (other: MoveRecord) =>
    other.episode === move.episode &&
    other.operation === move.operation &&
    other.from === move.from &&
    other.to === move.to
  const told = Object.fromEntries(Object.entries(move).filter(([, value]) => value !== undefined))
  const old = dossier.moves.find(same)
  const whole: MoveRecord = old === undefined ? move : { ...old, ...told }
  if (old !== undefined && equal(old, whole)) return dossier.moves
  const others = dossier.moves.filter((other) => !same(other))
  return bounded([...others, whole], (other) => other.episode === dossier.episode?.number)
}

function appended<T extends { episode: number }>(dossier: Dossier, list: readonly T[], item: T): T[] {
  return bounded(added(list, item), (other) => other.episode === dossier.episode?.number)
}

function added<T>(list: readonly T[], item: T): T[] {
  return list.some((other) => equal(other, item)) ? [...list] : [...list, item]
}

/** All that belong to what is open, and the latest few of the others, in their order. */
function bounded<T>(list: readonly T[], open: (item: T) => boolean, keep = keptOfOldEpisodes): T[] {
  const closed = list.filter((item) => !open(item))
  const kept = new Set(closed.slice(Math.max(0, closed.length - keep)))
  return list.filter((item) => open(item) || kept.has(item))
}

function equal(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

function notBefore(a: string, b: string): boolean {
  return Date.parse(a) >= Date.parse(b)
}
