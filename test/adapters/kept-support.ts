import { checkKept } from '../../src/activities/keep/in-background.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import type { AclEntry, Dossier, Episode, StepFact } from '../../src/contract/dossier.ts'
import type { TopicEnds } from '../../src/contract/evidence.ts'
import type { KeptThing } from '../../src/contract/watch.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { aMove } from '../domain/builders.ts'

interface Left {
  pair: string
  stage: Episode['stage']
  topics: string[]
  fence?: AclEntry[]
  ends?: TopicEnds[]
}

/** A pair as its runs have left it: A was left for B. */
function leftDossier({ pair, stage, topics, fence = [], ends = [] }: Left): Dossier {
  const at = new Date().toISOString()
  const fact = (operation: StepFact['operation'], step: StepFact['step'], result: unknown): StepFact => {
    return { operation, step, state: 'done', at, fact: { result } }
  }
  const facts = [
    fact('failover', 'assess', { plan: { topics, groups: [] } }),
    // Before the reset a test is about the side that was left: its link goes on mirroring for the other tests.
    ...(stage === 'reset' ? [fact('failover', 'disable-topics', {}), fact('reset', 'confirm-disabled', {})] : []),
  ]
  return {
    ...newDossier({ pair, primary: 'A', secondary: 'B', at }),
    active: 'B',
    standby: 'A',
    episode: { number: 1, startedAt: at, stage, inDoubt: null, facts, original: null },
    fences: fence.length === 0 ? [] : [{ cluster: 'A', episode: 1, at, added: fence, proof: 'asked' }],
    moves: [aMove({ at, ...(ends.length === 0 ? {} : { fencedEnds: ends }) })],
  }
}

/** Checks what those runs have set, again and again, as the pair's watch does. */
export function keeperOf(deps: ActivityDeps, left: Left): () => Promise<KeptThing[]> {
  const dossier = leftDossier(left)
  const door = { dossier: () => Promise.resolve(dossier), lease: () => Promise.resolve(null) }
  let before: KeptThing[] = []
  return async () => {
    before = await checkKept(deps, { pair: left.pair, before, door }, new AbortController().signal)
    return before
  }
}
