import { Client, Connection } from '@temporalio/client'
import type { PayloadCodec } from '@temporalio/common'
import type { ClientConnectConfig } from '@temporalio/envconfig'
import { temporalProfile } from '../../config/temporal-profile.ts'
import { namedCodec, openCodecs } from '../../payloads/codecs.ts'
import { CliFailure, exitCodes, usageFailure } from '../exit-codes.ts'
import { messageOf } from '../message-of.ts'
import type { GlobalOptions } from '../options.ts'

/** How long a server may take to accept a connection: an on-call person waits for this one. */
const connectTimeoutMs = 5_000

export interface Temporal {
  client: Client
  connection: Connection
  address: string
  namespace: string
}

/** Where Temporal is: as for the `temporal` CLI (TEMPORAL_*, temporal.toml), overridden by --address and --namespace. */
export function temporalSettings(options: GlobalOptions): ClientConnectConfig & { address: string; namespace: string } {
  let found: ClientConnectConfig
  try {
    found = temporalProfile()
  } catch (error) {
    throw usageFailure(
      `Temporal's client configuration cannot be read: ${messageOf(error)}. Fix the file named by TEMPORAL_CONFIG_FILE (or temporal.toml) or the TEMPORAL_* variables.`,
    )
  }
  const address = options.address ?? found.connectionOptions.address ?? 'localhost:7233'
  const namespace = options.namespace ?? found.namespace ?? 'default'
  return { ...found, connectionOptions: { ...found.connectionOptions, address }, address, namespace }
}

/** Connects, works, disconnects. Fails when the server does not answer in time, with its address and what to check. */
export async function withTemporal<T>(options: GlobalOptions, work: (temporal: Temporal) => Promise<T>): Promise<T> {
  const { connectionOptions, address, namespace } = temporalSettings(options)
  const dataConverter = { payloadCodecs: await codecs() }
  const { tls, apiKey, metadata } = connectionOptions
  let connection: Connection
  try {
    connection = await Connection.connect({
      address,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
      connectTimeout: connectTimeoutMs,
    })
  } catch (error) {
    throw new CliFailure(
      exitCodes.failed,
      `Temporal at ${address} does not answer (${messageOf(error)}). Check --address, TEMPORAL_ADDRESS or the profile in temporal.toml, then try again; runs that were started are not affected.`,
      { cause: error },
    )
  }
  try {
    return await work({ client: new Client({ connection, namespace, dataConverter }), connection, address, namespace })
  } finally {
    await connection.close()
  }
}

/** As the workers encode, the command has to: without it nothing that a run says could be read. */
async function codecs(): Promise<PayloadCodec[]> {
  try {
    return (await openCodecs(...namedCodec())).codecs
  } catch (error) {
    throw usageFailure(messageOf(error))
  }
}
