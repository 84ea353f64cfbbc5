import { assert, constantFrom, integer, property, record, string } from 'fast-check'
import { expect, test } from 'vitest'
import type { UnderWay } from '../../../src/contract/activities.ts'
import { type LateCall, lateText } from '../../../src/domain/pages/late-text.ts'

const since = 1_000_000
const now = since + 31_000
const write: LateCall = { kind: 'writes', activity: 'setSelection', since }
const read: LateCall = { kind: 'reads', activity: 'assess', since }

test('what failed is said with its attempts and its cause, and what it waits for beside it', () => {
  const seen: UnderWay[] = [
    {
      activity: 'setSelection',
      attempt: 3,
      doing: 'changing the selection of A->B',
      failed: 'Connect answers 503',
      seen: 'a rebalance',
    },
    { activity: 'applyFence', attempt: 9, failed: 'another one' },
  ]
  expect(lateText(write, seen, now)).toBe(
    'changing the selection of A->B has not succeeded for 31 s (attempt 3). The last failure: Connect answers 503. Seen last: a rebalance. The run keeps trying, and this question closes by itself when it succeeds.',
  )
})

test('a look that never failed is slow, and nobody is asked', () => {
  expect(lateText(read, [{ activity: 'assess', attempt: 1, doing: 'assess' }], now)).toBeUndefined()
  expect(lateText(read, [{ activity: 'assess', attempt: 2, failed: 'B does not answer' }], now)).toContain(
    'B does not answer',
  )
})

test('a write that waits is asked about, but not within its declared time, nor while it counts on', () => {
  const waits: UnderWay = { activity: 'setSelection', attempt: 1, seen: 'still assigned: orders' }
  expect(lateText(write, [waits], now)).toContain('Seen last: still assigned: orders.')
  expect(lateText(write, [{ ...waits, due: now + 1 }], now)).toBeUndefined()
  expect(lateText(write, [{ ...waits, due: now }], now)).toBeDefined()
  expect(lateText(write, [{ ...waits, done: 5 }], now)).toBeUndefined()
  expect(lateText({ ...write, done: 5 }, [{ ...waits, done: 5 }], now)).toBeDefined()
  expect(lateText(write, [{ activity: 'setSelection', attempt: 1 }], now)).toContain('It gives no reason.')
})

test('where Temporal does not tell, a write is asked about and a look is not; one that has ended meanwhile is not either', () => {
  expect(lateText(write, null, now)).toContain('Temporal did not answer why')
  expect(lateText(read, null, now)).toBeUndefined()
  expect(lateText(write, [], now)).toBeUndefined()
})

test('whatever failed is asked about, whichever kind it is, and its cause is in the text', () => {
  const one = record({
    kind: constantFrom('reads', 'writes', 'pair' as const),
    failed: string({ minLength: 1 }),
    attempt: integer({ min: 1 }),
  })
  assert(
    property(one, ({ kind, failed, attempt }) => {
      const text = lateText({ kind, activity: 'x', since }, [{ activity: 'x', attempt, failed }], now)
      expect(text).toContain(failed.trim())
    }),
  )
})
