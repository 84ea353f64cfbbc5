import * as fc from 'fast-check'
import type { OperationName } from '../../../src/contract/names.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import { stepsOf } from '../../../src/domain/plan/plan.ts'
import type { Strikes } from './trip.ts'
import { victimNames, type VictimName } from './victim.ts'

export type SampledCell = { operation: OperationName; step: StepId; victim: VictimName }

/** Cells of the planned route, drawn by a seed: `count` of its steps, each with a victim. */
export function sampleCells(seed: number, count: number): SampledCell[] {
  const steps = (['failover', 'reset', 'failback'] as const).flatMap((operation) =>
    stepsOf(operation, 'lag-first', operation === 'reset' ? 'recover' : undefined).map(({ id }) => ({
      operation,
      step: id,
    })),
  )
  const cells = fc
    .shuffledSubarray(steps, { minLength: count, maxLength: count })
    .chain((chosen) =>
      fc.tuple(...chosen.map((cell) => fc.constantFrom(...victimNames).map((victim) => ({ ...cell, victim })))),
    )
  return fc.sample(fc.noBias(cells), { seed, numRuns: 1 })[0] ?? []
}

export function strikesOf(cells: readonly SampledCell[]): Strikes {
  return (operation, step) => cells.find((cell) => cell.operation === operation && cell.step === step)?.victim
}
