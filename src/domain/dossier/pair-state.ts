/** What a pair shows as its search attribute `SwitchbackState`, the gravest first. */
export const pairStates = [
  'in-doubt',
  'waiting',
  'paused',
  'running',
  'unprotected',
  'blocked',
  'warned',
  'ready',
] as const
export type PairState = (typeof pairStates)[number]

export interface PairCondition {
  readonly verdict: 'ready' | 'warned' | 'blocked'
  /** A run ended in the middle: only adopt or handOver go on. */
  readonly inDoubt: boolean
  /** The clusters remember another history, and nothing begins before a person has decided. */
  readonly refused: boolean
  readonly unprotected: boolean
  /** What the run that holds the lease shows; null: none holds it. */
  readonly holder: string | null
}

/**
 * One word for a pair. While a run holds the pair it is what the run shows, since that is who may need somebody: a pair that is
 * being moved is always unprotected for a while.
 */
export function pairState({ verdict, inDoubt, refused, unprotected, holder }: PairCondition): PairState {
  if (inDoubt || refused) return 'in-doubt'
  if (holder !== null) return holder === 'waiting' || holder === 'paused' ? holder : 'running'
  if (unprotected) return 'unprotected'
  return verdict
}
