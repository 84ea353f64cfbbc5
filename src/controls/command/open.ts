import type { ApplicationPort } from '../../ports/applications.ts'
import type { Controlled } from '../control.ts'
import { controlledApplication } from '../controlled.ts'
import { commandControl } from './command.ts'
import type { CommandConfig } from './settings.ts'

export async function open({ pair, app, control, clusters }: Controlled<CommandConfig>): Promise<ApplicationPort> {
  return controlledApplication(app, commandControl(pair, app, control, clusters))
}
