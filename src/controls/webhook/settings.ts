import { z } from 'zod'
import { httpsTls, httpUrl } from '../../config/parts.ts'
import { secretRef } from '../../config/secret.ts'

export const webhookControl = z.strictObject({
  adapter: z.literal('webhook').describe('an HTTP endpoint'),
  url: httpUrl.describe('POST {action, name, cluster?, topics?, group?, phase?, key}; answers the state as JSON'),
  prepare: z
    .boolean()
    .optional()
    .describe('it knows the action `prepare`: up and connected on the target, writing nothing until `start`'),
  secret: secretRef.optional().describe('HMAC-SHA256 of time, method, path and body, in X-Switchback-Signature'),
  tls: httpsTls,
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .default(30_000)
    .describe('one request, and how long its effect may take to show in the state, ms'),
})

export type WebhookConfig = z.infer<typeof webhookControl>
