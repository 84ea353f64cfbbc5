import { z } from 'zod'

export const manualControl = z.strictObject({
  adapter: z.literal('manual').describe('a person stops and starts it, and confirms'),
  instruction: z.string().default('').describe('what the person is shown besides the names'),
})

export type ManualConfig = z.infer<typeof manualControl>
