import { z } from 'zod'
import { httpsTls, httpUrl } from '../../config/parts.ts'
import { secretRef } from '../../config/secret.ts'
import { kafkaAlias } from '../../contract/primitives.ts'

const connector = z.strictObject({
  name: z.string().min(1).describe("the connector's name: stable, since its position is kept under it"),
  config: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), secretRef]))
    .optional()
    .describe('used when the connector does not exist and the link is enabled; secrets by reference or template'),
})

export const mirrorMaker2Link = z.strictObject({
  from: kafkaAlias.describe('alias of the source'),
  to: kafkaAlias.describe('alias of the target: the link lives on its side'),
  backend: z.literal('mirrormaker2').default('mirrormaker2').describe('connectors on a Kafka Connect cluster'),
  connect: z
    .strictObject({
      url: httpUrl.describe('REST address of the Connect cluster attached to the target'),
      tls: httpsTls,
      basicAuth: z
        .strictObject({
          username: z.string().describe('user name'),
          password: secretRef.describe('the password, by reference'),
        })
        .optional()
        .describe('HTTP basic authentication at Connect'),
      timeoutMs: z
        .number()
        .int()
        .min(1000)
        .max(300_000)
        .default(20_000)
        .describe('one request, ms; GET offsets may take 15 s'),
    })
    .describe('Kafka Connect'),
  source: connector.describe('the MirrorSourceConnector'),
  checkpoint: connector.optional().describe('the MirrorCheckpointConnector: translates positions of groups'),
  heartbeat: connector.optional().describe('the MirrorHeartbeatConnector'),
  disable: z.enum(['ticket', 'self-service']).default('ticket').describe('who disables the link at reset and failback'),
})

export type MirrorMaker2Config = z.infer<typeof mirrorMaker2Link>
export type ConnectorConfig = z.infer<typeof connector>

/** By the address without a slash at its end: two entries of the same Connect cluster. */
export function addressOf({ connect }: { connect: { url: string } }): string {
  return connect.url.replace(/\/+$/, '')
}
