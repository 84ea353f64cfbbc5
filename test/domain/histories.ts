import * as fc from 'fast-check'
import type { Leg } from './history-model.ts'

const kinds = fc.array(fc.constantFrom('data' as const, 'data' as const, 'marker' as const), { maxLength: 6 })
const percent = fc.constantFrom(0, 30, 70, 100)
const leg: fc.Arbitrary<Leg> = fc.record({
  produced: kinds,
  reads: fc.tuple(percent, percent),
  planned: fc.boolean(),
  fenced: fc.boolean(),
  drained: fc.boolean(),
  mirrored: percent,
  translationLag: fc.option(fc.nat({ max: 4 }), { nil: null }),
  producedThere: kinds,
  settle: fc.option(fc.constantFrom('keep' as const, 'replay' as const, 'quarantine' as const, 'discard' as const), {
    nil: null,
  }),
  commitsExpire: fc.boolean(),
})
/** Up to six moves of one pair, to and fro. */
export const histories = fc.array(leg, { minLength: 1, maxLength: 6 })
