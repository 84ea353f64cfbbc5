import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig'

/**
 * Where Temporal is and with which credentials, as for the `temporal` command: TEMPORAL_* and temporal.toml. That command
 * reads a file without any profile as no profile; the SDK's loader trips over it with a TypeError.
 */
export function temporalProfile(): ClientConnectConfig {
  try {
    return loadClientConnectConfig()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return loadClientConnectConfig({ disableFile: true })
  }
}
