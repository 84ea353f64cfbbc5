import { expect, test } from 'vitest'
import { transactionLines } from '../../../src/domain/certificate/open-transactions-text.ts'
import { anOpenTransaction } from '../builders.ts'

test.each<[string, Parameters<typeof anOpenTransaction>[0], string]>([
  [
    'one on many partitions',
    { partitions: [0, 1, 2, 3].map((p) => ['t', p, -1]), partitionCount: 40 },
    'Transaction app-1 (producer 7, Ongoing), open for 12 s, on t-0, t-1, t-2 and 37 more partitions. Its coordinator aborts it in 48 s unless it ends before.',
  ],
  [
    'one whose time is over',
    { ageSeconds: 200 },
    'Transaction app-1 (producer 7, Ongoing), open for 3 min 20 s, on t-0 from offset 8. Its time-out of 1 min 0 s is over: its coordinator should abort it within seconds.',
  ],
  [
    'one that hangs',
    { hanging: true, state: 'CompleteAbort' },
    'Transaction app-1 (producer 7, CompleteAbort), open for 12 s, on t-0 from offset 8. It hangs: its coordinator has ended it, so no time-out will. Abort it on each partition: kafka-transactions.sh --bootstrap-server … abort --topic t --partition 0 --start-offset 8',
  ],
  [
    'one whose coordinator does not tell',
    { transactionalId: null, state: null, timeoutSeconds: null, unknown: 'no answer' },
    'Transaction of producer 7, open for 12 s, on t-0 from offset 8. Its transactional id is not known: no answer.',
  ],
  [
    'one nobody tells of',
    {
      transactionalId: null,
      producerId: null,
      state: null,
      since: null,
      ageSeconds: null,
      timeoutSeconds: null,
      partitions: [['t', 0, -1]],
      unknown: 'TOPIC_AUTHORIZATION_FAILED',
    },
    'Transaction of a producer that is not reported, on t-0. Its transactional id is not known: TOPIC_AUTHORIZATION_FAILED.',
  ],
])('%s', (_case, change, text) => {
  expect(transactionLines([anOpenTransaction(change)], 3)).toEqual([text])
})

test('the rest is counted, and nobody is nothing', () => {
  expect(
    transactionLines(
      [1, 2, 3].map(() => anOpenTransaction()),
      1,
    )[1],
  ).toBe('and 2 more open transactions')
  expect(transactionLines(undefined, 3)).toEqual([])
})
