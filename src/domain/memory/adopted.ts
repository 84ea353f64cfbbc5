import type { Dossier, Episode, EpisodeStage } from '../../contract/dossier.ts'
import type { PairMemory, Survey } from '../../contract/memory.ts'
import type { OperationName } from '../../contract/names.ts'
import { newDossier } from '../dossier/dossier.ts'

const underWay: Partial<Record<EpisodeStage, OperationName>> = {
  'failing-over': 'failover',
  resetting: 'reset',
  'failing-back': 'failback',
}

/**
 * The dossier of a memory as a pair goes on with it: the run that held the pair is gone with the database it ran on, so
 * its episode is in doubt.
 */
export function adoptedDossier({ dossier, lease }: PairMemory, at: string): Dossier {
  const { episode } = dossier
  if (episode === null || episode.inDoubt !== null) return dossier
  const operation = lease?.operation ?? underWay[episode.stage]
  if (operation === undefined) return dossier
  const inDoubt = {
    since: at,
    operation,
    workflowId: lease?.workflowId ?? 'unknown',
    why: 'the Temporal database it ran on is gone, and the pair was rebuilt from what the clusters remember',
  }
  return { ...dossier, episode: { ...episode, inDoubt } }
}

/**
 * A dossier by what runs now, when nothing is remembered: a pair that is away from its primary is in an episode that is
 * failed over, or reset once a link protects the active side. What earlier moves taught is gone.
 */
export function surveyedDossier(x: {
  pair: string
  primary: string
  secondary: string
  active: string
  survey: Survey
  at: string
}): Dossier {
  const { active, survey, at } = x
  const running = survey.links.filter(({ state }) => state === 'running')
  const outward = running.find(({ from }) => from === active)
  const standby = outward?.to ?? (active === x.primary ? x.secondary : x.primary)
  const dossier = newDossier({ pair: x.pair, primary: active, secondary: standby, at })
  const protectedBy = outward ? { from: outward.from, to: outward.to } : null
  const known = { ...dossier, protectedBy, unprotectedSince: protectedBy === null ? at : null }
  if (active === x.primary) return known
  const episode: Episode = {
    number: 1,
    startedAt: at,
    stage: protectedBy === null ? 'failed-over' : 'reset',
    inDoubt: null,
    facts: [],
    // What the link selected before is not what it selects now: a failback adds the pair's topics to it instead.
    original: null,
  }
  return { ...known, episode }
}
