import type { AclEntry, Dossier, EpisodeStage } from '../../contract/dossier.ts'
import type { TopicEnds } from '../../contract/evidence.ts'
import type { OperationName } from '../../contract/names.ts'
import type { StepId } from '../../contract/steps.ts'
import { factOf, lastMove, memberOf, movedTopics, ourFence } from '../dossier/dossier.ts'

/** What the runs of an open episode have set, and what nobody else should change before its next run. */
export interface Held {
  episode: number
  /** What is found otherwise is put back. False: it is reported only. */
  restore: boolean
  /** No step of the run that is under way changes it any more: it is put back although that run holds the pair. */
  settled: boolean
  /** The side that was left. */
  left: string
  active: string
  topics: string[]
  fence: AclEntry[]
  /** The link from the side that was left mirrors none of the topics. */
  unselected: boolean
  /** It was stopped as a whole. */
  stopped: boolean
  /** Ends of the side that was left; null: they were never seen. */
  ends: Pick<TopicEnds, 'topic' | 'partitions'>[] | null
}

/**
 * By what the dossier has; null: nothing is held. Nothing is put back that a run under way may still change, nor while nobody knows
 * where one stood.
 */
export function heldOf(dossier: Dossier): Held | null {
  const { episode, active, standby } = dossier
  const topics = movedTopics(dossier)
  if (episode === null || topics === null) return null
  const { stage, inDoubt, number } = episode
  if (stage === 'closed' || stage === 'handed-over') return null
  const moving = movingFrom(dossier)
  if (moving !== null) return heldInMove(dossier, moving, topics)
  // Before a move has fenced the side it leaves nothing is held there. A failback still has what the reset left until then.
  if (stage === 'failing-over') return null
  const restore = inDoubt === null && stage !== 'resetting' && stage !== 'failing-back'
  return heldBefore(dossier, { episode: number, stage, restore, left: standby, active, topics })
}

/**
 * The side that a failback returns to, as the reset left it, beside the one that it leaves: from its fence there until it opens this
 * one. It is told only, since the run that is under way is about to change it. Null: there is none.
 */
export function alsoHeldOf(dossier: Dossier): Held | null {
  const topics = movedTopics(dossier)
  const moving = movingFrom(dossier)
  if (dossier.episode === null || topics === null || moving === null) return null
  if (moving.operation !== 'failback' || mayHaveStarted(dossier, 'failback')) return null
  const { number: episode, stage } = dossier.episode
  const { from: active, to: left } = moving
  const held = heldBefore(dossier, { episode, stage, restore: false, left, active, topics })
  // The next step lifts the fence, and that it did is on record a moment later.
  const opens = factOf(dossier, 'failback', 'confirm-mirrored') !== undefined
  return opens ? { ...held, fence: [] } : held
}

/** What the failover and the reset left. */
function heldBefore(
  dossier: Dossier,
  { stage, ...of }: Pick<Held, 'episode' | 'restore' | 'left' | 'active' | 'topics'> & { stage: EpisodeStage },
): Held {
  return {
    ...of,
    settled: false,
    fence: fenceHeld(dossier, of.left),
    unselected: isDone(dossier, 'failover', 'disable-topics'),
    stopped: (stage === 'reset' || stage === 'failing-back') && isStopped(dossier),
    ends: endsLeft(dossier, of.left, of.topics),
  }
}

interface Moving {
  operation: 'failover' | 'failback'
  from: string
  to: string
}

/** The move under way, once it has fenced the side that it leaves or has passed the point of no return; null: there is none. */
function movingFrom(dossier: Dossier): Moving | null {
  const { episode, active, standby } = dossier
  if (episode === null || (episode.stage !== 'failing-over' && episode.stage !== 'failing-back')) return null
  const operation = episode.stage === 'failing-over' ? 'failover' : 'failback'
  if (!isDone(dossier, operation, 'fence-source') && !mayHaveStarted(dossier, operation)) return null
  // The sides change places with the start of the producers.
  const isOver = isDone(dossier, operation, 'start-producers')
  return { operation, from: isOver ? standby : active, to: isOver ? active : standby }
}

/** From the point of no return on no step lifts this fence, selects these topics on this link, or is undone. */
function heldInMove(dossier: Dossier, { operation, from, to }: Moving, topics: string[]): Held | null {
  const { episode } = dossier
  if (episode === null) return null
  const fenced = isDone(dossier, operation, 'fence-source')
  const settled = isDone(dossier, operation, 'start-producers')
  const ends = memberOf(memberOf(factOf(dossier, operation, 'fence-source')?.fact, 'result'), 'ends')
  return {
    episode: episode.number,
    restore: episode.inDoubt === null && settled,
    settled,
    left: from,
    active: to,
    topics,
    fence: fenced ? fenceHeld(dossier, from) : [],
    unselected: isDone(dossier, operation, 'disable-topics'),
    stopped: false,
    ends: fenced && Array.isArray(ends) ? (ends as TopicEnds[]).filter(({ topic }) => topics.includes(topic)) : null,
  }
}

function isDone(dossier: Dossier, operation: OperationName, step: StepId): boolean {
  return factOf(dossier, operation, step)?.state === 'done'
}

/** A link that others rely on stays on: what counts then is what it selects. */
function isStopped(dossier: Dossier): boolean {
  const door = memberOf(memberOf(factOf(dossier, 'reset', 'open-ticket')?.fact, 'result'), 'door')
  return isDone(dossier, 'reset', 'confirm-disabled') && door !== 'kept'
}

function mayHaveStarted(dossier: Dossier, operation: OperationName): boolean {
  const state = factOf(dossier, operation, 'start-producers')?.state
  return state === 'begun' || state === 'done'
}

/** What is on record before it exists is nobody's to take away yet, and neither is what is outstanding. */
function fenceHeld(dossier: Dossier, cluster: string): AclEntry[] {
  const owed = dossier.obligations.some(
    (one) => one.kind === 'fence' && one.cluster === cluster && one.dischargedAt === undefined,
  )
  const unproven = dossier.fences.some((one) => one.cluster === cluster && one.proof.endsWith('begun'))
  return owed || unproven ? [] : ourFence(dossier, cluster)
}

/** As a reset saw them still, or the failover when it fenced them. */
function endsLeft(dossier: Dossier, left: string, topics: string[]): Held['ends'] {
  const guarded = memberOf(memberOf(factOf(dossier, 'reset', 'guard-returning')?.fact, 'result'), 'ends')
  const ends = Array.isArray(guarded) ? (guarded as TopicEnds[]) : lastMove(dossier, left)?.fencedEnds
  return ends?.filter(({ topic }) => topics.includes(topic)) ?? null
}
