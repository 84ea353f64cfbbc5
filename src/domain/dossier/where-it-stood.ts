import type { Dossier, Episode, StepFact } from '../../contract/dossier.ts'
import type { StepId } from '../../contract/steps.ts'
import { ourFence } from './dossier.ts'

/**
 * Of an episode in doubt: what is down now, and where the run stood, by what it had recorded. Empty: nothing is in doubt. What a
 * run had begun and not proven is said so: it may have happened.
 */
export function whereItStood(dossier: Dossier): string[] {
  const { episode } = dossier
  if (!episode?.inDoubt) return []
  const facts = latest(episode)
  return [
    ...applications(dossier, facts, 'producers', 'stop-producers', 'start-producers'),
    ...applications(dossier, facts, 'consumers', 'stop-consumers', 'start-consumers'),
    ...fences(dossier),
    ...mirroring(facts),
    lastStep(episode, facts),
  ]
}

/** The last fact of each step of the run in doubt. */
function latest({ facts, inDoubt }: Episode): Map<StepId, StepFact> {
  const own = facts.filter(({ operation }) => operation === inDoubt?.operation)
  // Undone and never begun, it is of a run before this one.
  const here = own.filter(
    ({ step, state }) => state !== 'undone' || own.some((other) => other.step === step && other.state !== 'undone'),
  )
  return new Map(here.map((fact) => [fact.step, fact]))
}

function applications(
  { active }: Dossier,
  facts: Map<StepId, StepFact>,
  who: 'producers' | 'consumers',
  stop: StepId,
  start: StepId,
): string[] {
  const [stopped, started] = [facts.get(stop), facts.get(start)]
  const name = who === 'producers' ? 'Producers' : 'Consumers'
  if (started?.state === 'done') return [`${name} were started on ${active} at ${started.at}.`]
  if (started?.state === 'begun')
    return [`${name} may have been started on the other side: the order was given at ${started.at} and not confirmed.`]
  if (stopped?.state === 'done') return [`${name} are stopped since ${stopped.at}, and were not started again.`]
  if (stopped?.state === 'begun')
    return [`${name} may be stopped: the order was given at ${stopped.at} and not confirmed.`]
  return []
}

function fences(dossier: Dossier): string[] {
  const clusters = [...new Set(dossier.fences.map(({ cluster }) => cluster))]
  return clusters.flatMap((cluster) => {
    const denies = ourFence(dossier, cluster).filter(({ permission }) => permission === 'deny')
    if (denies.length === 0) return []
    const fence = dossier.fences.findLast((one) => one.cluster === cluster)
    const principals = [...new Set(denies.map(({ principal }) => principal))]
    const proven = fence?.proof === 'begun' ? '; whether all of it was applied is not confirmed' : ''
    return [
      `${cluster} refuses ${principals.join(', ')} since ${fence?.at ?? 'then'} (${denies.length} DENY entries of ours${proven}).`,
    ]
  })
}

function mirroring(facts: Map<StepId, StepFact>): string[] {
  const told: [StepId, string][] = [
    ['disable-topics', 'The topics were taken out of the link'],
    ['confirm-disabled', 'The old link was seen off for the topics'],
    ['enable-reverse', 'The link back was enabled'],
    ['enable-original', 'The original link was enabled'],
  ]
  return told.flatMap(([step, text]) => {
    const fact = facts.get(step)
    if (fact?.state === 'done') return [`${text} at ${fact.at}.`]
    return fact?.state === 'begun' ? [`${text}, or partly: it was begun at ${fact.at} and not confirmed.`] : []
  })
}

function lastStep({ inDoubt }: Episode, facts: Map<StepId, StepFact>): string {
  const last = [...facts.values()].reduce<StepFact | undefined>(
    (newest, fact) => (newest === undefined || Date.parse(fact.at) >= Date.parse(newest.at) ? fact : newest),
    undefined,
  )
  const operation = inDoubt?.operation ?? 'run'
  if (last === undefined) return `The ${operation} had not begun a step: nothing was changed by it.`
  const how = { begun: 'had begun', done: 'had finished', skipped: 'had skipped', undone: 'had undone' }[last.state]
  return `The ${operation} ${how} ${last.step} at ${last.at}.`
}
