import { CancelledFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { acting, heartbeating } from '../../src/activities/acting.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Environment = { run: (act: () => Promise<unknown>) => Promise<unknown>; beats: unknown[]; cancel: () => void }

function environment(heartbeatTimeoutMs?: number): Environment {
  const env = new MockActivityEnvironment(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs })
  const beats: unknown[] = []
  env.on('heartbeat', (details: unknown) => beats.push(details))
  return { run: (act) => env.run(act), beats, cancel: () => env.cancel('CANCELLED') }
}

test.each([
  [20_000, 2],
  [6_000, 7],
])(
  'an act with a heartbeat time-out of %d ms beats at once and four times within it, until it is over',
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
  expect(beats).toEqual([{ doing: 'double' }, { doing: 'refuse' }])
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
