import type { DisasterReport } from './report.ts'
import type { StrandedRange } from './account.ts'

/** What must hold whatever happened, and did not: each in a sentence. */
export function faultsOf(report: DisasterReport): string[] {
  const { disaster, stranded, ledger, accounts, verdicts, declared } = report
  const { settle } = disaster
  const toBeRead = settle === 'keep' || settle === 'replay'
  const truth = rangesInWords(stranded)
  const said = rangesInWords(ledger)
  return [
    ...(truth === said ? [] : [`stranded are ${truth || 'no records'}, and the ledger says ${said || 'none'}`]),
    ...copyFaults(report),
    ...accounts.flatMap(({ cluster, topic, partition, ...account }) => {
      const where = `${topic}-${partition} on ${cluster}`
      const unsettled = toBeRead ? account.stranded : account.strandedAndReceived
      return [
        ...(account.missing > 0 ? [`${account.missing} of ${account.sent} records of ${where} are lost unseen`] : []),
        ...(unsettled > 0
          ? [`${unsettled} stranded records of ${where} were ${toBeRead ? 'not ' : ''}read: the decision was ${settle}`]
          : []),
      ]
    }),
    ...verdicts.flatMap(({ topic, sent, outOfOrder, duplicated }) => [
      ...(sent > 0 ? [] : [`nothing was sent to ${topic}: nothing is proven`]),
      ...(outOfOrder > 0 ? [`${outOfOrder} records of ${topic} out of order, unannounced`] : []),
      ...(duplicated > (declared[topic] ?? 0)
        ? [`${duplicated} records of ${topic} read twice, ${declared[topic] ?? 0} declared`]
        : []),
    ]),
  ]
}

/** What was to be copied, record by record, against what the receipts say. */
function copyFaults({ disaster: { settle }, ledger, copied }: DisasterReport): string[] {
  const copies = settle === 'replay' || settle === 'quarantine'
  const due = copies ? ledger.reduce((sum, { from, to }) => sum + to - from, 0) : 0
  return copied === due ? [] : [`${copied} records were copied, ${due} were to be: the decision was ${settle}`]
}

function rangesInWords(ranges: readonly StrandedRange[]): string {
  return ranges
    .map(({ cluster, topic, partition, from, to }) => `${topic}-${partition} on ${cluster} ${from} to ${to}`)
    .sort()
    .join(', ')
}
