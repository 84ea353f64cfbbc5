import { z } from 'zod'

export const manualDesk = z.strictObject({
  adapter: z.literal('manual').describe('no desk: a person files the ticket'),
})
