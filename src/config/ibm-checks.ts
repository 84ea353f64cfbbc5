import { accountOf, needsAccount } from '../adapters/ibm/settings.ts'
import type { Outline } from './outline.ts'
import type { Fault } from './place.ts'

/** What the desk ibm-cases needs besides the pair: an account. */
export function ibmFaults(outline: Outline): Fault[] {
  return Object.entries(outline.pairs).flatMap(([name, pair]) =>
    pair?.desk?.adapter === 'ibm-cases' && accountOf(outline) === undefined
      ? [{ path: ['pairs', name, 'desk'], message: needsAccount('the desk ibm-cases') }]
      : [],
  )
}
