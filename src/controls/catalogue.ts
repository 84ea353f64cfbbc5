import { command } from './command/declaration.ts'
import type { ApplicationControls } from './control.ts'
import { manual } from './manual/declaration.ts'
import { webhook } from './webhook/declaration.ts'

/** The only list of controls. */
export const controls = [command, webhook, manual] as const satisfies readonly ApplicationControls[]
