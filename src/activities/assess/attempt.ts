import type { Attempt } from '../../domain/assess/world.ts'
import { ApplicationFailure } from '@temporalio/common'
import { isConfigurationFault, sentence } from '../faults.ts'

/** A look whose failure is a finding. Faults of the configuration and of this program are thrown: they say nothing about the other side. */
export async function attempt<T>(look: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await look() }
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || isConfigurationFault(error)) throw error
    return { ok: false, problem: sentence(error) }
  }
}
