import type { ApplicationPort } from '../../ports/applications.ts'
import type { Controlled } from '../control.ts'
import { manualApplication } from './manual.ts'
import type { ManualConfig } from './settings.ts'

export async function open({ app, control }: Controlled<ManualConfig>): Promise<ApplicationPort> {
  return manualApplication(app, control.instruction)
}
