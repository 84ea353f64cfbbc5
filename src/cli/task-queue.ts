import { existsSync } from 'node:fs'
import { taskQueues } from '../contract/names.ts'
import { readTemporalPart } from './read-config.ts'

export const defaultConfigPath = 'switchback.yaml'

/**
 * Where runs are started: --task-queue, else the configuration's (the one named, or ./switchback.yaml when there is
 * one), else the contract's. A person on call often has no configuration at hand, so none is needed.
 */
export async function runsTaskQueue(options: { config?: string; taskQueue?: string }): Promise<string> {
  if (options.taskQueue !== undefined) return options.taskQueue
  if (options.config === undefined && !existsSync(defaultConfigPath)) return taskQueues.runs
  const { taskQueue } = await readTemporalPart(options.config ?? defaultConfigPath)
  return taskQueue
}
