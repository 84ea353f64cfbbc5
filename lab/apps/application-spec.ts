import { z } from 'zod'

const schema = z.object({
  name: z.string(),
  kind: z.enum(['producer', 'consumer']),
  cluster: z.string(),
  bootstrap: z.string(),
  /** With TLS. */
  caFile: z.string().optional(),
  user: z.object({ username: z.string(), password: z.string() }),
  topics: z.array(z.string()).min(1),
  group: z.string().optional(),
  recordsPerSecond: z.number().positive(),
  keys: z.number().int().positive(),
  /** Connects, and does nothing until it is told to go: `prepare`. */
  prepared: z.boolean().optional(),
  /** Holds sent/ and received/. */
  folder: z.string(),
})

/** How a sample application's process is told what to do: JSON in the environment variable LAB_APPLICATION. */
export type ApplicationSpec = z.infer<typeof schema>

export function readApplicationSpec(): ApplicationSpec {
  return schema.parse(JSON.parse(process.env['LAB_APPLICATION'] ?? 'null'))
}

/** Of one that was prepared: until the host lets it go. */
export async function letGo(): Promise<void> {
  await new Promise<void>((resolve) => process.once('message', () => resolve()))
}

/** Tells the host that the process lives and its configuration is sound; ends it when the host is gone. */
export function reportStarted(): void {
  process.send?.('started')
  process.on('disconnect', () => process.exit(1))
}
