import type { z } from 'zod'
import { controls as listed } from './catalogue.ts'
import type { ApplicationControls, Control } from './control.ts'

type Schemas = (typeof listed)[number]['control']

/** An entry `control`, of whichever kind. */
export type ControlConfig = z.infer<Schemas>

/** What the catalogue has, as everybody outside sees it. */
export const controls: readonly ApplicationControls[] = listed

export const controlSchemas = listed.map(({ control }) => control) as unknown as readonly [Schemas, ...Schemas[]]

export function controlOf({ adapter }: Control): ApplicationControls {
  const found = controlNamed(adapter)
  if (found === undefined)
    throw new Error(`there is no control ${adapter}: there are ${controls.map(({ name }) => name).join(', ')}`)
  return found
}

/** Undefined: there is none of this name. */
export function controlNamed(name: string): ApplicationControls | undefined {
  return controls.find((one) => one.name === name)
}
