import { knownSecrets } from '../activities/secrets/known-secrets.ts'
import { ConfigError, liveConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { configurationFault } from '../ports/failures.ts'

export interface WorkerConfig {
  /** As the file says now; a faulty one is a Configuration failure, which a person mends and answers with `retry`. */
  current: () => Config
  /** Every secret of the last good reading: failures are cleaned of them even while the file is faulty. */
  secrets: () => string[]
}

/** Throws ConfigError when the file has faults at start. */
export function openConfig(path: string): WorkerConfig {
  const read = liveConfig(path)
  let lastGood = read()
  return {
    current() {
      try {
        lastGood = read()
        return lastGood
      } catch (error) {
        throw error instanceof ConfigError ? configurationFault(error.message) : error
      }
    },
    secrets: () => [...knownSecrets(lastGood), ...temporalKey()],
  }
}

function temporalKey(): string[] {
  const key = process.env['TEMPORAL_API_KEY']
  return key === undefined || key === '' ? [] : [key]
}
