import type { Lab } from '../../../lab/lab.ts'
import type { RoundTripsReport } from './report.ts'

/** What must hold of records and their order, and did not: each in a sentence. */
export function orderFaults(lab: Pick<Lab, 'applications'>, { moves, verdicts }: RoundTripsReport): string[] {
  const behindTwice = moves.filter(({ kind, operation }) => kind === 'behind-twice' && operation === 'failback')
  return [
    ...verdicts.flatMap(({ topic, sent, lost, outOfOrder }) => {
      const group = lab.applications.find((app) => app.group !== undefined && app.topics.includes(topic))?.group
      const declared = moves
        .flatMap(({ orderBreaks }) => orderBreaks.filter((one) => one.group === group))
        .reduce((sum, { records = Number.POSITIVE_INFINITY }) => sum + records, 0)
      return [
        ...(sent > 0 ? [] : [`nothing was sent to ${topic}: nothing is proven`]),
        ...(lost > 0 ? [`${lost} of ${sent} records of ${topic} never came to ${group}`] : []),
        ...(outOfOrder > declared
          ? [`${outOfOrder} records of ${topic} came to ${group} out of order, ${declared} were declared`]
          : []),
      ]
    }),
    // Behind in one segment alone, nobody's order may even be said to break.
    ...moves
      .filter(
        ({ kind, mode, orderBreaks }) =>
          (kind === 'behind' || mode === 'planned') && orderBreaks.some(({ records }) => records === undefined),
      )
      .map(({ trip, operation }) => `trip ${trip}: the ${operation} declares a break without a number`),
    ...behindTwice
      .filter(({ orderBreaks }) => orderBreaks.map(({ group }) => group).join() !== 'billing')
      .map(
        ({ trip, orderBreaks }) =>
          `trip ${trip}: billing alone is behind over two segments, and declared is ${orderBreaks.map(({ group }) => group).join() || 'nobody'}`,
      ),
    ...(behindTwice.length > 0 && verdicts.every(({ outOfOrder }) => outOfOrder === 0)
      ? ['nothing came out of order although a group was behind over two segments: nothing is proven']
      : []),
  ]
}
