import { deskNamed } from '../desks/chosen.ts'
import type { Outline, PairOutline } from './outline.ts'
import type { Fault, Path } from './place.ts'

/** What the kind of desk that a pair names finds in its entry. */
export function deskFaults({ desk }: PairOutline, path: Path, outline: Outline): Fault[] {
  if (desk?.adapter === undefined) return []
  return deskNamed(desk.adapter)?.faults({ desk, path }, outline) ?? []
}
