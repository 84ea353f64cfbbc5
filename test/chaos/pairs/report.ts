import type { TopicVerdict } from '../../../lab/verdict.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import type { PartitionAccount, StrandedRange } from '../disasters/account.ts'
import type { Interleaving } from './interleaving.ts'
import type { PairName } from './scene.ts'

/** What came of four pairs over the same two clusters. It went well when `faults` is empty. */
export type PairsReport = {
  interleaving: Interleaving
  seconds: number
  operations: { pair: PairName; operation: OperationName; state: string; seconds: number }[]
  /** Stranded on A by Connect's and the broker's own word, of all pairs. */
  truth: StrandedRange[]
  /** The same by the ledgers of the resets. */
  said: StrandedRange[]
  accounts: PartitionAccount[]
  verdicts: TopicVerdict[]
  /** Upper bound of records read twice, by topic. */
  declared: Record<string, number>
  /** Each in a sentence. */
  faults: string[]
}
