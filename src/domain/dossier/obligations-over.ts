import type { Dossier, DossierEntry, Fence, MoveRecord, Obligation, StepFact } from '../../contract/dossier.ts'
import { memberOf } from './dossier.ts'

/** Why an obligation is over; null: nothing proves it. */
type Proof = (obligation: Obligation, dossier: Dossier) => string | null

/**
 * What proves each kind of obligation over. A run's order to stop an application proves nothing, and neither does its start on the
 * other side while the cluster that was left does not answer: it may run there again when the cluster is back.
 */
const proofs: Record<Obligation['kind'], readonly Proof[]> = {
  fence: [returned],
  'stop-application': [returned, guarded, fencedByThePair],
}

/** Obligations that are over by what the dossier has, each with its reason. */
export function obligationsOver(dossier: Dossier): { id: string; why: string }[] {
  return dossier.obligations.flatMap((obligation) => {
    if (obligation.dischargedAt !== undefined) return []
    for (const proof of proofs[obligation.kind]) {
      const why = proof(obligation, dossier)
      if (why !== null) return [{ id: obligation.id, why }]
    }
    return []
  })
}

/** The same as entries of the pair, `by` being who found it. */
export function dischargeOver(dossier: Dossier, by: string, at: string): DossierEntry[] {
  return obligationsOver(dossier).map(({ id, why }) => ({
    type: 'obligation-discharged',
    id,
    at,
    by: `${by}: ${why}`,
  }))
}

/** Producers write there again on purpose, by a move that is later than the obligation: whatever keeps them out does harm. */
function returned({ cluster, since }: Obligation, { active, moves }: Dossier): string | null {
  const back = (move: MoveRecord) => move.operation === 'failback' && move.to === cluster && after(move.at, since)
  return active === cluster && moves.some(back) ? `the applications are back on ${cluster}` : null
}

/** A reset has fenced the cluster, and has seen it still and unwritten since it was left. */
function guarded({ cluster, since, id }: Obligation, { fences, episode }: Dossier): string | null {
  const fact = episode?.facts.findLast(
    ({ operation, step, state, at }) =>
      operation === 'reset' && step === 'guard-returning' && state === 'done' && after(at, since),
  )
  if (fact === undefined) return null
  const fence = fences.find((one) => one.cluster === cluster && after(one.at, since) && isProven(one))
  if (fence === undefined) return null
  const refuses = !fence.proof.startsWith('procedural')
  if (refuses) return `${cluster} refuses the applications since ${fence.at}`
  // Without ACLs only what was seen counts, and of readers nothing is seen.
  return id.startsWith('stop-producers/') && unwritten(fact) ? `${cluster} was seen without writes at ${fact.at}` : null
}

/** The fence that was outstanding beside it was put up by the pair itself, on ACLs. */
function fencedByThePair({ cluster, id, since }: Obligation, { pair, obligations }: Dossier): string | null {
  const [what, , episode] = id.split('/')
  const fence = what === 'stop-producers' ? 'fence' : 'fence-reads'
  const done = obligations.find(
    (other) =>
      other.kind === 'fence' &&
      other.cluster === cluster &&
      other.id === `${fence}/${cluster}/${episode}` &&
      other.dischargedBy === `pair/${pair}` &&
      other.dischargedAt !== undefined &&
      after(other.dischargedAt, since),
  )
  return done === undefined ? null : `${cluster} refuses the applications since ${done.dischargedAt}`
}

/** Recorded before the ACLs exist a fence proves nothing yet. */
function isProven({ proof }: Fence): boolean {
  return proof !== 'begun' && !proof.startsWith('by the pair') && !proof.startsWith('put back')
}

function unwritten({ fact }: StepFact): boolean {
  const result = memberOf(fact, 'result') ?? fact
  const strangers = memberOf(result, 'strangers')
  return Array.isArray(strangers) && strangers.length === 0
}

function after(at: string, since: string): boolean {
  return Date.parse(at) >= Date.parse(since)
}
