import type { PairsReport } from './report.ts'

/** What must hold of all pairs together, and did not: each in a sentence. */
export function pairFaults({ truth, said, interleaving, accounts, verdicts, declared }: PairsReport): string[] {
  const ranges = (some: PairsReport['truth']) =>
    some
      .map(({ cluster, topic, partition, from, to }) => `${topic}-${partition} on ${cluster} ${from} to ${to}`)
      .sort()
      .join(', ')
  const decisionOf = (topic: string) =>
    Object.entries(interleaving.settle).find(([pair]) => topic.startsWith(`${pair}.`))?.[1]
  return [
    ...(ranges(truth) === ranges(said)
      ? []
      : [`stranded are ${ranges(truth) || 'no records'}, and the ledgers say ${ranges(said) || 'none'}`]),
    ...accounts.flatMap(({ cluster, topic, partition, ...account }) => {
      const where = `${topic}-${partition} on ${cluster}`
      const decision = decisionOf(topic)
      const toBeRead = decision === 'keep' || decision === 'replay'
      const unsettled = toBeRead ? account.stranded : account.strandedAndReceived
      return [
        ...(account.missing > 0 ? [`${account.missing} of ${account.sent} records of ${where} are lost unseen`] : []),
        ...(unsettled > 0
          ? [
              `${unsettled} stranded records of ${where} were ${toBeRead ? 'not ' : ''}read: the decision was ${decision}`,
            ]
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
