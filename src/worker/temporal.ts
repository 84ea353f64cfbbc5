import { Client } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import { NativeConnection } from '@temporalio/worker'
import { temporalProfile } from '../config/temporal-profile.ts'
import { sentence } from '../activities/faults.ts'

export interface TemporalConnection {
  connection: NativeConnection
  client: Client
  address: string
  namespace: string
}

/** Connects as the `temporal` CLI does. Fails with the address and what to check. */
export async function connectToTemporal(dataConverter: DataConverter): Promise<TemporalConnection> {
  const { connectionOptions, namespace = 'default' } = temporalProfile()
  const address = connectionOptions.address ?? 'localhost:7233'
  const { tls, apiKey, metadata } = connectionOptions
  try {
    const connection = await NativeConnection.connect({
      address,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    })
    return { connection, client: new Client({ connection, namespace, dataConverter }), address, namespace }
  } catch (error) {
    throw new Error(
      `Temporal at ${address} does not answer (${sentence(error)}). Start it, or set TEMPORAL_ADDRESS or the profile in temporal.toml, then start the worker again; open runs are not affected.`,
      { cause: error },
    )
  }
}
