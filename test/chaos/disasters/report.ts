import type { TopicVerdict } from '../../../lab/verdict.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import type { PartitionAccount, StrandedRange } from './account.ts'
import type { Disaster } from './disaster.ts'

/** What came of a disaster. It went well when `faults` is empty. */
export type DisasterReport = {
  disaster: Disaster
  seconds: number
  operations: { operation: OperationName; state: string; seconds: number }[]
  /** Stranded on A by Connect's and the broker's own word. */
  stranded: StrandedRange[]
  /** The exact ledger of the run that settled it. */
  ledger: StrandedRange[]
  /** Records that were copied to B, by the receipts. */
  copied: number
  accounts: PartitionAccount[]
  verdicts: TopicVerdict[]
  /** Upper bound of records read twice, by topic: what the offset plans declared, and what was replayed to whom had read it. */
  declared: Record<string, number>
  /** Each in a sentence. */
  faults: string[]
}
