import { groundNames, type GroundName } from '../../lab/grounds/ground.ts'

/** The kind of installation that labs of tests and of chaos are, unless a test says which: SWITCHBACK_GROUND, `lab` without it. */
export function chosenGround(): GroundName {
  const given = process.env['SWITCHBACK_GROUND'] ?? 'lab'
  const found = groundNames.find((name) => name === given)
  if (found === undefined) throw new Error(`SWITCHBACK_GROUND is none of ${groundNames.join(', ')}: ${given}`)
  return found
}
