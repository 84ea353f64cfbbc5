import { defaults } from './defaults.ts'
import type { Ground, GroundName } from './ground.ts'
import { ha } from './ha.ts'
import { lab } from './lab.ts'
import { open } from './open.ts'

/** The only list of grounds. */
export const grounds: Readonly<Record<GroundName, Ground>> = { lab, defaults, ha, open }

/** For --help: what each of them is, a line each. */
export function groundsInWords(): string {
  return Object.values(grounds)
    .map(({ name, what }) => `  ${name.padEnd(9)} ${what}`)
    .join('\n')
}
