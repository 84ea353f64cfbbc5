import { describe, expect, test } from 'vitest'
import type { ReceivedRecord, SentRecord } from '../../lab/apps/records.ts'
import { isClean, verdict, type TopicVerdict } from '../../lab/verdict.ts'

const topic = 'accounting.invoices'

/** The record number `seq` of key k, acknowledged at offset seq - 1 of partition 0. */
function sent(seq: number, on: { cluster?: string; topic?: string } = {}): SentRecord {
  const { cluster = 'A' } = on
  return { topic: on.topic ?? topic, key: 'k', seq, cluster, partition: 0, offset: seq - 1, at: 0 }
}

function maybe(seq: number): SentRecord {
  return { maybe: true, topic, key: 'k', seq, cluster: 'A', at: 0, error: 'connection lost' }
}

function received(seq: number, on: { cluster?: string; topic?: string; key?: string } = {}): ReceivedRecord {
  const { cluster = 'A', key = 'k' } = on
  return { topic: on.topic ?? topic, origin: topic, partition: 0, offset: seq - 1, key, seq, cluster, at: 0 }
}

function only(verdicts: TopicVerdict[]): TopicVerdict {
  expect(verdicts).toHaveLength(1)
  return verdicts[0] as TopicVerdict
}

describe('verdict', () => {
  test('everything processed once and in order is clean', () => {
    const result = verdict({ sent: [sent(1), sent(2)], received: [received(1), received(2)] })
    expect(only(result)).toMatchObject({ sent: 2, received: 2, lost: 0, duplicated: 0, outOfOrder: 0, stranded: 0 })
    expect(isClean(result)).toBe(true)
  })

  test('an acknowledged record nobody processed is lost', () => {
    const result = verdict({ sent: [sent(1), sent(2), sent(3)], received: [received(1), received(3)] })
    expect(only(result)).toMatchObject({ sent: 3, received: 2, lost: 1, outOfOrder: 0 })
    expect(isClean(result)).toBe(false)
  })

  test('a record of the ledger is stranded and not lost; the end of its range is exclusive', () => {
    const ledger = [{ cluster: 'A', topic, partition: 0, from: 1, to: 2n }]
    const result = only(verdict({ sent: [sent(1), sent(2), sent(3)], received: [received(1)], ledger }))
    expect(result).toMatchObject({ stranded: 1, lost: 1 })
  })

  test('a ledger range without an end reaches to the end of the partition, on its own cluster only', () => {
    const ledger = [{ cluster: 'A', topic, partition: 0, from: 0 }]
    const result = only(verdict({ sent: [sent(1), sent(2, { cluster: 'B' })], received: [], ledger }))
    expect(result).toMatchObject({ stranded: 1, lost: 1 })
  })

  test('a copy read under its remote name counts for the topic it was sent to', () => {
    const copy = received(1, { cluster: 'B', topic: `${topic}.A` })
    expect(only(verdict({ sent: [sent(1)], received: [copy] }))).toMatchObject({ received: 1, lost: 0 })
  })

  test('a second receipt is a duplicate, a third one another', () => {
    const result = verdict({ sent: [sent(1)], received: [received(1), received(1), received(1)] })
    expect(only(result)).toMatchObject({ received: 1, duplicated: 2, outOfOrder: 0 })
  })

  test('a second receipt in a declared range is no undeclared duplicate', () => {
    const declaredDuplicates = [{ cluster: 'B', topic: `${topic}.A`, partition: 0, from: 0, to: 1 }]
    const again = received(1, { cluster: 'B', topic: `${topic}.A` })
    const result = verdict({ sent: [sent(1)], received: [received(1), again], declaredDuplicates })
    expect(only(result)).toMatchObject({ duplicated: 0, duplicatesDeclared: 1 })
    expect(isClean(result)).toBe(true)
  })

  test('a record sent again after an unknown outcome may come twice, and no more often', () => {
    const thrice = [received(1), received(1), received(1)]
    const result = only(verdict({ sent: [maybe(1), sent(1)], received: thrice }))
    expect(result).toMatchObject({ sent: 1, duplicatesOfSender: 1, duplicated: 1 })
  })

  test('a record that comes first after a later one of its key is out of order; another key does not matter', () => {
    const result = verdict({
      sent: [sent(1), sent(2), sent(3)],
      received: [received(2), received(1), received(1, { key: 'other' }), received(3)],
    })
    expect(only(result)).toMatchObject({ outOfOrder: 1, lost: 0 })
  })

  test('reading again from the start is duplication and not disorder', () => {
    const result = verdict({ sent: [sent(1), sent(2)], received: [received(1), received(2), received(1), received(2)] })
    expect(only(result)).toMatchObject({ duplicated: 2, outOfOrder: 0 })
  })

  test('a stranded record that is replayed late is out of order as declared', () => {
    const ledger = [{ cluster: 'A', topic, partition: 0, from: 1, to: 2 }]
    const processed = [received(1), received(3, { cluster: 'B' }), received(2)]
    const result = verdict({ sent: [sent(1), sent(2), sent(3, { cluster: 'B' })], received: processed, ledger })
    expect(only(result)).toMatchObject({ outOfOrder: 0, outOfOrderDeclared: 1, stranded: 1, lost: 0 })
    expect(isClean(result)).toBe(true)
  })

  test('topics are judged apart, in the order of their names', () => {
    const result = verdict({ sent: [sent(1, { topic: 'b' }), sent(1, { topic: 'a' })], received: [] })
    expect(result.map((one) => [one.topic, one.lost])).toEqual([
      ['a', 1],
      ['b', 1],
    ])
  })
})
