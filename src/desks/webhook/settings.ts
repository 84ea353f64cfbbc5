import { z } from 'zod'
import { httpsTls, httpUrl } from '../../config/parts.ts'
import { secretRef } from '../../config/secret.ts'

export const webhookDesk = z.strictObject({
  adapter: z.literal('webhook').describe('a desk with an HTTP interface'),
  url: httpUrl.describe('the desk: POST opens, GET ?token= finds, GET /<id> reports the state'),
  headers: z
    .record(z.string(), z.union([z.string(), secretRef]))
    .default({})
    .describe('sent with each request; secrets by reference'),
  tls: httpsTls,
  body: z
    .string()
    .optional()
    .describe(
      'JSON template of the body; {token}, {summary}, {text}, {link}, {from}, {to}, {connectors}, {pair}, {workflowId}, {workflowUrl} are replaced',
    ),
  timeoutMs: z.number().int().min(100).default(20_000).describe('one request, ms'),
})

export type WebhookDeskConfig = z.infer<typeof webhookDesk>
