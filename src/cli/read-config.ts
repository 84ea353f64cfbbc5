import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError, loadConfig } from '../config/load.ts'
import { configSchema, type Config } from '../config/schema.ts'
import { usageFailure } from './exit-codes.ts'
import { messageOf } from './message-of.ts'

/** All of the configuration; a usage failure with every fault, each with its place. */
export function readConfig(path: string): Config {
  try {
    return loadConfig(path)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw usageFailure(error.message)
  }
}

/** The part a start needs. The rest is the worker's: a person's machine has neither its secrets nor its files. */
export async function readTemporalPart(path: string): Promise<Config['temporal']> {
  const { parse } = await import('yaml')
  const outline = z.object({ temporal: configSchema.shape.temporal })
  try {
    return outline.parse(parse(readFileSync(path, 'utf8'))).temporal
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).replace(/\s+/g, ' ') : messageOf(error)
    throw usageFailure(
      `The task queue cannot be read from ${path}: ${why}. Fix the file (\`switchback check\` lists its faults), or name the queue with --task-queue.`,
    )
  }
}
