import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The checkout's root folder. */
export const checkout = fileURLToPath(new URL('..', import.meta.url))

const tools = z.object({
  java: z.string(),
  kafkaLibs: z.string(),
  policyJar: z.string(),
  temporalCli: z.string(),
  chromium: z.string().optional(),
  classArchives: z.object({ broker: z.string(), connect: z.string() }).optional(),
})

/** Where scripts/setup.mjs has put the programs the lab runs. */
export type Tools = z.infer<typeof tools> & {
  /** The class archives are to be written, not read. */
  training?: boolean
}

/** What setup left in .cache/tools.json. */
export function readTools(): Tools {
  const file = new URL('../.cache/tools.json', import.meta.url)
  try {
    return tools.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Error('the lab is not set up: run `npm run setup` first', { cause: error })
  }
}
