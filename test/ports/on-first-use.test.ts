import { expect, test } from 'vitest'
import { onFirstUse } from '../../src/ports/on-first-use.ts'

test('it is made once for all who ask, and again when it could not be made', async () => {
  const answers = [() => Promise.reject(new Error('not yet')), () => Promise.resolve('made')]
  let times = 0
  const port = onFirstUse(() => (answers[times++] ?? (() => Promise.reject(new Error('made twice'))))())
  expect(times).toBe(0)
  expect(await Promise.allSettled([port(), port()])).toMatchObject([
    { reason: new Error('not yet') },
    { reason: new Error('not yet') },
  ])
  expect(times).toBe(1)
  expect(await Promise.all([port(), port()])).toEqual(['made', 'made'])
  expect(await port()).toBe('made')
  expect(times).toBe(2)
})
