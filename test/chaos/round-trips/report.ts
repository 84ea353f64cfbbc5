import type { TopicVerdict } from '../../../lab/verdict.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import type { Expectations } from '../../../src/contract/plan.ts'
import type { TripKind } from './trip.ts'

/** One move, with the order it said would break. */
export type Move = {
  trip: number
  kind: TripKind
  operation: OperationName
  mode: 'planned' | 'forced'
  seconds: number
  orderBreaks: Expectations['orderBreaks']
}

/** What came of some round trips with consumers that lag behind. They went well when `faults` is empty. */
export type RoundTripsReport = {
  seconds: number
  moves: Move[]
  verdicts: TopicVerdict[]
  /** Each in a sentence. */
  faults: string[]
}
