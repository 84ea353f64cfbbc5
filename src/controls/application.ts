import type { ApplicationConfig, ClusterConfig } from '../config/schema.ts'
import type { ApplicationPort } from '../ports/applications.ts'
import { commandControl } from './command/command.ts'
import { controlledApplication } from './controlled.ts'
import { manualApplication } from './manual/manual.ts'
import { webhookControl } from './webhook/webhook.ts'

/** The application of a pair, by the adapter its configuration names. `clusters`: by alias, for the addresses to start on. */
export function createApplication(
  pair: string,
  app: ApplicationConfig,
  clusters: Readonly<Record<string, ClusterConfig>>,
): ApplicationPort {
  const { control } = app
  if (control.adapter === 'manual') return manualApplication(app, control.instruction)
  const reach =
    control.adapter === 'command'
      ? commandControl(pair, app, control, clusters)
      : webhookControl(pair, app, control, clusters)
  return controlledApplication(app, reach)
}
