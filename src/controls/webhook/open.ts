import type { ApplicationPort } from '../../ports/applications.ts'
import type { Controlled } from '../control.ts'
import { controlledApplication } from '../controlled.ts'
import type { WebhookConfig } from './settings.ts'
import { webhookControl } from './webhook.ts'

export async function open({ pair, app, control, clusters }: Controlled<WebhookConfig>): Promise<ApplicationPort> {
  return controlledApplication(app, webhookControl(pair, app, control, clusters))
}
