import { readFileSync } from 'node:fs'
import { z } from 'zod'

const schema = z.object({
  port: z.number().int(),
  stateFile: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string() }),
  /** REST address of the Connect cluster attached to each cluster, by alias. */
  connect: z.record(z.string(), z.string()),
})

/** What the desk's staff know about the platform. */
export type DeskConfiguration = z.infer<typeof schema>

/** Read anew for every ticket: clusters may be added while the desk runs. */
export function readDeskConfiguration(file: string): DeskConfiguration {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
}
