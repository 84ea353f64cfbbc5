import type { Info } from '@temporalio/activity'
import { CancelledFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { acting, heartbeating } from '../../src/activities/acting.ts'
import { tellSeen } from '../../src/ports/seen.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Environment = { run: (act: () => Promise<unknown>) => Promise<unknown>; beats: unknown[]; cancel: () => void }

function environment(heartbeatTimeoutMs?: number, info: Partial<Info> = {}): Environment {
  const env = new MockActivityEnvironment({
    startToCloseTimeoutMs: 60_000,
    ...info,
    ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }),
  })
  const beats: unknown[] = []
  env.on('heartbeat', (details: unknown) => beats.push(details))
  return { run: (act) => env.run(act), beats, cancel: () => env.cancel('CANCELLED') }
}

test.each([
  [20_000, 5],
  [6_000, 7],
])(
  'an act with a heartbeat time-out of %d ms beats at once, then every 2 s and four times within it, until it is over',
  async (timeoutMs, count) => {
    const { run, beats } = environment(timeoutMs)
    const over = run(() =>
      acting('stopping billing', () => new Promise((resolve) => setTimeout(resolve, 9_000, 'stopped'))),
    )
    await vi.advanceTimersByTimeAsync(9_000)
    expect(await over).toBe('stopped')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(beats).toEqual(Array.from({ length: count }, () => ({ doing: 'stopping billing' })))
  },
)

test('what an adapter sees while it waits is in the heartbeats', async () => {
  const { run, beats } = environment(20_000)
  const over = run(() =>
    acting('disabling A->B', async () => {
      tellSeen('task 0 RUNNING')
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      tellSeen('stopped, not shown yet', 7)
      await new Promise((resolve) => setTimeout(resolve, 3_000))
    }),
  )
  await vi.advanceTimersByTimeAsync(6_000)
  await over
  expect(beats.slice(0, 3)).toEqual([
    { doing: 'disabling A->B' },
    { doing: 'disabling A->B', seen: 'task 0 RUNNING' },
    { doing: 'disabling A->B', seen: 'stopped, not shown yet', due: 7 },
  ])
})

test('without a heartbeat time-out nothing beats', async () => {
  const { run, beats } = environment()
  expect(await run(() => acting('a look', () => Promise.resolve(1)))).toBe(1)
  expect(beats).toEqual([])
})

test('each activity beats by its name, takes its input and fails as it fails', async () => {
  const { run, beats } = environment(20_000)
  const activities = heartbeating({
    double: (value: number) => Promise.resolve(2 * value),
    refuse: (): Promise<never> => Promise.reject(new Error('no')),
  })
  expect(await run(() => activities.double(21))).toBe(42)
  await expect(run(() => activities.refuse())).rejects.toThrow('no')
  expect(beats).toEqual([{ doing: 'double' }, { doing: 'refuse' }, { doing: 'refuse', failed: 'no' }])
})

test('a cancelled act has been cancelled, whatever the call under it threw', async () => {
  const { run, cancel } = environment(20_000)
  const over = run(() =>
    acting(
      'a look',
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('socket hang up')), { once: true }),
        ),
    ),
  )
  const rejected = expect(over).rejects.toBeInstanceOf(CancelledFailure)
  cancel()
  await rejected
})

const hanging = (signal: AbortSignal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))

test('an attempt that is out of time ends before Temporal ends it, with what the attempt before failed with', async () => {
  const { run, beats } = environment(20_000, {
    scheduledTimestampMs: Date.now() - 240_000,
    scheduleToCloseTimeoutMs: 310_000,
    startToCloseTimeoutMs: 300_000,
    heartbeatDetails: { doing: 'changing the selection', failed: 'still assigned: orders' },
  })
  const over = run(() => acting('changing the selection of A->B', hanging))
  const refused = expect(over).rejects.toMatchObject({
    type: 'NotYet',
    // It is the last attempt: another would have no time to say anything.
    nonRetryable: true,
    message: expect.stringMatching(/changing the selection of A->B did not finish.*still assigned: orders/),
  })
  await vi.advanceTimersByTimeAsync(68_600)
  await refused
  expect(beats[0]).toEqual({ doing: 'changing the selection of A->B', failed: 'still assigned: orders' })
})

test('an attempt that ends while others may follow is repeated, and one that hears nothing ends all the same', async () => {
  const { run } = environment(20_000, { startToCloseTimeoutMs: 10_000 })
  const over = run(() => acting('a look', () => new Promise(() => undefined)))
  const refused = expect(over).rejects.toMatchObject({ type: 'NotYet', nonRetryable: false })
  await vi.advanceTimersByTimeAsync(9_900)
  await refused
})
