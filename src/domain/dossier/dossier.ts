import type { AclEntry, Cut, Dossier, Episode, GroupSnapshot, MoveRecord, StepFact } from '../../contract/dossier.ts'
import type { OperationName } from '../../contract/names.ts'
import type { StepId } from '../../contract/steps.ts'
import { sameAcl } from '../fence/acl.ts'

export { applyEntry } from './entry.ts'

/** A pair seen for the first time: producers on the primary, mirrored to the secondary, nothing known yet. */
export function newDossier(x: { pair: string; primary: string; secondary: string; at: string }): Dossier {
  return {
    version: 1,
    pair: x.pair,
    active: x.primary,
    standby: x.secondary,
    protectedBy: { from: x.primary, to: x.secondary },
    unprotectedSince: null,
    episode: null,
    episodesClosed: 0,
    moves: [],
    fences: [],
    cuts: [],
    snapshots: [],
    settlements: [],
    ledgers: [],
    obligations: [],
    lastSample: null,
  }
}

/** Starts the next episode. One that is still going on is kept; one that ended (closed, handed over) is put away first. */
export function openEpisode(dossier: Dossier, at: string): Dossier {
  if (dossier.episode !== null && !ended(dossier.episode)) return dossier
  const rest = closeEpisode(dossier)
  const episode: Episode = {
    number: rest.episodesClosed + 1,
    startedAt: at,
    stage: 'failing-over',
    inDoubt: null,
    facts: [],
    original: null,
  }
  return { ...rest, episode }
}

/** Puts the episode away with its facts; what moves, cuts and snapshots taught stays. Without an episode: no change. */
export function closeEpisode(dossier: Dossier): Dossier {
  if (dossier.episode === null) return dossier
  return { ...dossier, episode: null, episodesClosed: Math.max(dossier.episodesClosed, dossier.episode.number) }
}

function ended(episode: Episode): boolean {
  return episode.stage === 'closed' || episode.stage === 'handed-over'
}

/** The latest fact a step of the open episode left. */
export function factOf(dossier: Dossier, operation: OperationName, step: StepId): StepFact | undefined {
  return dossier.episode?.facts.findLast((fact) => fact.operation === operation && fact.step === step)
}

/** The topics that the failover of the open episode moved, as its plan had them; null: not recorded. */
export function movedTopics(dossier: Dossier): string[] | null {
  return movedNames(dossier, 'topics')
}

/** The groups that it moved; null: not recorded. */
export function movedGroups(dossier: Dossier): string[] | null {
  return movedNames(dossier, 'groups')
}

function movedNames(dossier: Dossier, what: 'topics' | 'groups'): string[] | null {
  const fact = factOf(dossier, 'failover', 'assess')?.fact
  const names = memberOf(memberOf(memberOf(fact, 'result'), 'plan'), what)
  return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null
}

/** A member of what a fact has recorded; undefined: it is no object, or has no such member. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** What we have added on the cluster and not lifted: exactly these entries are ours to lift. */
export function ourFence(dossier: Dossier, cluster: string): AclEntry[] {
  const ours: AclEntry[] = []
  for (const acl of dossier.fences.filter((fence) => fence.cluster === cluster).flatMap((fence) => fence.added)) {
    if (!ours.some((other) => sameAcl(other, acl))) ours.push(acl)
  }
  return ours
}

/** The latest move, from and to the given clusters where they are given. */
export function lastMove(dossier: Dossier, from?: string, to?: string): MoveRecord | undefined {
  return dossier.moves.findLast(
    (move) => (from === undefined || move.from === from) && (to === undefined || move.to === to),
  )
}

export function lastCut(dossier: Dossier, cluster: string): Cut | undefined {
  return dossier.cuts.findLast((cut) => cut.cluster === cluster)
}

export function lastSnapshot(dossier: Dossier, cluster: string): GroupSnapshot | undefined {
  return dossier.snapshots.findLast((snapshot) => snapshot.cluster === cluster)
}
