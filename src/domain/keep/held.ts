import type { AclEntry, Dossier } from '../../contract/dossier.ts'
import type { TopicEnds } from '../../contract/evidence.ts'
import { factOf, lastMove, memberOf, movedTopics, ourFence } from '../dossier.ts'

/** What the runs of an open episode have set, and what nobody else should change before its next run. */
export interface Held {
  episode: number
  /** What is found otherwise is put back. False: it is reported only. */
  restore: boolean
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
 * By what the dossier has; null: nothing is held. Nothing is put back while a run is under way, which changes it on purpose, nor
 * while nobody knows where one stood.
 */
export function heldOf(dossier: Dossier): Held | null {
  const { episode, active, standby } = dossier
  const topics = movedTopics(dossier)
  if (episode === null || topics === null) return null
  const { stage, inDoubt, number } = episode
  // A move in the middle sets and undoes these itself.
  if (stage !== 'failed-over' && stage !== 'resetting' && stage !== 'reset') return null
  const restore = inDoubt === null && stage !== 'resetting'
  const owed = dossier.obligations.some(
    ({ kind, cluster, dischargedAt }) => kind === 'fence' && cluster === standby && dischargedAt === undefined,
  )
  const unproven = dossier.fences.some(({ cluster, proof }) => cluster === standby && proof === 'begun')
  const done = (operation: 'failover' | 'reset', step: 'disable-topics' | 'confirm-disabled') =>
    factOf(dossier, operation, step)?.state === 'done'
  return {
    episode: number,
    restore,
    left: standby,
    active,
    topics,
    // What is on record before it exists is nobody's to take away yet.
    fence: owed || unproven ? [] : ourFence(dossier, standby),
    unselected: done('failover', 'disable-topics'),
    stopped: stage === 'reset' && done('reset', 'confirm-disabled'),
    ends: endsLeft(dossier, standby, topics),
  }
}

/** As a reset saw them still, or the failover when it fenced them. */
function endsLeft(dossier: Dossier, left: string, topics: string[]): Held['ends'] {
  const guarded = memberOf(memberOf(factOf(dossier, 'reset', 'guard-returning')?.fact, 'result'), 'ends')
  const ends = Array.isArray(guarded) ? (guarded as TopicEnds[]) : lastMove(dossier, left)?.fencedEnds
  return ends?.filter(({ topic }) => topics.includes(topic)) ?? null
}
