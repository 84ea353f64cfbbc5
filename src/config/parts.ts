import { z } from 'zod'

/** Parts of the schema that more than one entry of `switchback.yaml` has. */

export const tls = z
  .strictObject({
    caFile: z.string().optional().describe('PEM file of the authorities to trust; default: those of the system'),
    certFile: z.string().optional().describe('PEM file of the client certificate (mutual TLS)'),
    keyFile: z.string().optional().describe('PEM file of the client key'),
    serverName: z.string().optional().describe('name to check the certificate against'),
    rejectUnauthorized: z.boolean().default(true).describe('false accepts any certificate: never in production'),
  })
  .describe('present, even empty ({}): TLS is used')

export const httpsTls = tls.optional().describe('only with https: authorities and client certificate')

/** An http(s) address. */
export const httpUrl = z.url({ protocol: /^https?$/ })

export type TlsConfig = z.infer<typeof tls>
