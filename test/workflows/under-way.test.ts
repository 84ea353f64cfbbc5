import { expect, test } from 'vitest'
import { resultOf } from './stage.ts'
import { useStages } from './use-stages.ts'

const stage = useStages('under-way', (prepared) => {
  prepared.settleMs = undefined
})

test('a write that was under way when its run was terminated never comes after one of the run that takes over', async () => {
  const { world } = stage()
  let comes: () => void = () => undefined
  const late = new Promise<void>((resolve) => {
    comes = resolve
  })
  let sent: () => void = () => undefined
  const isSent = new Promise<void>((resolve) => {
    sent = resolve
  })
  world.underWay = async (what, epoch) => {
    if (what !== 'stop invoicing' || epoch !== 1) return
    sent()
    await late
  }
  const first = await stage().start('failover')
  await isSent
  await first.terminate('pressed in the UI')
  const second = await stage().start('failover', { adopt: true })
  await expect.poll(() => world.calls.some(({ epoch }) => epoch === 2)).toBe(true)
  comes()
  expect((await resultOf(second)).state).toBe('succeeded')
  expect(world.calls.filter(({ epoch }) => epoch === 1)).toEqual([])
  expect(world.count('stop invoicing')).toBe(1)
})
