import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mirroringRate } from '../../../src/domain/watch/stall.ts'
import { at } from '../builders.ts'

const sample = (second: number, totalLag: number, mirroredSum: number) => ({ at: at(second), totalLag, mirroredSum })

test('rate and time left come from what was mirrored, not from the lag', () => {
  expect(mirroringRate([sample(0, 900, 100), sample(10, 800, 300)])).toEqual({
    recordsPerSecond: 20,
    etaSeconds: 40,
    stalledForSeconds: 0,
  })
})

test('mirroring that does not move is a stall since it last moved', () => {
  const samples = [sample(0, 90, 0), sample(5, 80, 10), sample(20, 80, 10), sample(35, 85, 10)]
  expect(mirroringRate(samples).stalledForSeconds).toBe(30)
  expect(mirroringRate(samples.slice(1))).toEqual({ recordsPerSecond: 0, etaSeconds: null, stalledForSeconds: 30 })
})

test('a link with nothing to mirror is idle, not stalled, and stalls only since there was something', () => {
  expect(mirroringRate([sample(0, 0, 7), sample(60, 0, 7)])).toEqual({
    recordsPerSecond: 0,
    etaSeconds: 0,
    stalledForSeconds: 0,
  })
  expect(mirroringRate([sample(0, 0, 7), sample(60, 0, 7), sample(70, 5, 7)]).stalledForSeconds).toBe(10)
})

test('one instant, or offsets that went back, tell no rate', () => {
  const unknown = { recordsPerSecond: null, etaSeconds: null }
  expect(mirroringRate([])).toEqual({ ...unknown, stalledForSeconds: 0 })
  expect(mirroringRate([sample(0, 5, 1)])).toEqual({ ...unknown, stalledForSeconds: 0 })
  expect(mirroringRate([sample(0, 5, 9), sample(4, 5, 1)])).toMatchObject(unknown)
})

test('numbers are finite and not negative, and the order of the samples does not matter', () => {
  const samples = fc.array(
    fc
      .tuple(fc.nat({ max: 1000 }), fc.nat({ max: 50 }), fc.nat({ max: 500 }))
      .map(([s, lag, sum]) => sample(s, lag, sum)),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(samples, (list) => {
      const unique = list.filter((s, i) => list.findIndex((o) => o.at === s.at) === i)
      const rate = mirroringRate(unique)
      expect(mirroringRate(unique.toReversed())).toEqual(rate)
      for (const n of [rate.recordsPerSecond ?? 0, rate.etaSeconds ?? 0, rate.stalledForSeconds]) {
        expect(Number.isFinite(n) && n >= 0).toBe(true)
      }
    }),
  )
})
