import type { Client } from '@temporalio/client'
import type { Logger } from '@temporalio/common'
import { sentence } from '../activities/faults.ts'
import {
  registerSearchAttributes,
  registrationCommand,
  searchAttributesRegistered,
} from '../activities/search-attributes.ts'

/** Are they there, or could they be registered? Runs work without them, so nothing here stops the worker. */
export async function ensureSearchAttributes(client: Client, logger: Logger): Promise<boolean> {
  try {
    if (await searchAttributesRegistered(client)) return true
    await registerSearchAttributes(client)
    logger.info('registered the search attributes of switchback runs')
    // The server may take a moment to know them, and a start that names an unknown one is refused.
    return await searchAttributesRegistered(client)
  } catch (error) {
    logger.warn(
      `The search attributes of switchback runs are not registered and cannot be by this worker (${sentence(error)}). Runs work without them; to filter runs in the UI: ${registrationCommand}`,
    )
    return false
  }
}
