import * as fc from 'fast-check'
import type { OperationName } from '../../../src/contract/names.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import { stepsOf } from '../../../src/domain/plan.ts'
import type { Strikes } from './trip.ts'
import { victimNames, type VictimName } from './victim.ts'

export type SampledCell = { operation: OperationName; step: StepId; victim: VictimName }

/** Where a kill would do most harm: in every sample. */
const always: readonly SampledCell[] = [
  { operation: 'failover', step: 'confirm-mirrored', victim: 'worker' },
  { operation: 'failover', step: 'start-producers', victim: 'worker' },
  { operation: 'reset', step: 'await-ticket', victim: 'worker' },
  { operation: 'failback', step: 'await-ticket', victim: 'temporal' },
]

/** Cells of the planned route: those of every sample, and as many drawn by a seed as make `count`, each step with one victim. */
export function sampleCells(seed: number, count: number): SampledCell[] {
  const taken = (operation: OperationName, step: StepId): boolean =>
    always.some((cell) => cell.operation === operation && cell.step === step)
  const drawn = count - always.length
  const all = (['failover', 'reset', 'failback'] as const).flatMap((operation) =>
    stepsOf(operation, 'lag-first', operation === 'reset' ? 'recover' : undefined).map(({ id }) => ({
      operation,
      step: id,
    })),
  )
  const steps = all.filter(({ operation, step }) => !taken(operation, step))
  const cells = fc
    .shuffledSubarray(steps, { minLength: drawn, maxLength: drawn })
    .chain((chosen) =>
      fc.tuple(...chosen.map((cell) => fc.constantFrom(...victimNames).map((victim) => ({ ...cell, victim })))),
    )
  return [...always, ...(fc.sample(fc.noBias(cells), { seed, numRuns: 1 })[0] ?? [])]
}

export function strikesOf(cells: readonly SampledCell[]): Strikes {
  return (operation, step) => cells.find((cell) => cell.operation === operation && cell.step === step)?.victim
}
