import type { Offender } from '../../contract/activities.ts'
import type { OpenTransaction } from '../../contract/evidence.ts'
import { offendersText } from '../fence/offenders.ts'
import { transactionLines } from './open-transactions-text.ts'
import type { Unreplicated } from './stillness.ts'

/** Partitions and transactions named to a person before "and so on". */
const shown = 5

/** Why ends are not final yet, and who has to do something about it. */
export function notStillText(
  cluster: string,
  seen: {
    offenders: Offender[]
    openTransactions: { topic: string; partition: number; highWatermark: number; lastStable: number }[]
    transactions?: OpenTransaction[]
    unreplicated?: Unreplicated[]
  },
  windowMs: number,
): string {
  const { offenders, openTransactions, transactions, unreplicated = [] } = seen
  if (offenders.length > 0)
    return `A producer is still writing to ${cluster}: ${offendersText(offenders)}. Stop it, or deny its principal.`
  if (openTransactions.length > 0)
    return [
      `A transaction is open on ${cluster}: ${openTransactions
        .slice(0, shown)
        .map((one) => `${one.topic}-${one.partition} stable to ${one.lastStable} of ${one.highWatermark}`)
        .join('; ')}. It ends by commit, abort or its time-out.`,
      ...transactionLines(transactions, shown),
    ].join('\n')
  if (unreplicated.length > 0)
    return `Records on ${cluster} are not replicated yet: ${unreplicated
      .slice(0, shown)
      .map((one) => `${one.topic}-${one.partition} to ${one.highWatermark} of ${one.logEnd}`)
      .join('; ')}. The end moves when the followers have them: check the brokers that are not in sync.`
  return `End offsets on ${cluster} were not observed to be final: no window of ${windowMs} ms without writes.`
}
