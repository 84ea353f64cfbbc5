import type { z } from 'zod'
import { usageFailure } from './exit-codes.ts'

/** Fields of the messages whose option is called otherwise. */
const optionNames: Record<string, string> = {
  requestedBy: '--by',
  completedBy: '--by',
  approvedBy: '--approved-by',
  planHash: '--plan-hash',
  dryRun: '--dry-run',
  pair: '<pair>',
  ticketId: '<ticket-id>',
  action: '<action>',
}

/** The value in the contract's shape; else a usage failure that names every wrong option. Nothing is sent before. */
export function checkShape<S extends z.ZodType>(schema: S, value: unknown, act: string): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => {
    const field = path.length === 0 ? undefined : String(path[0])
    return field === undefined ? message : `${optionNames[field] ?? `--${field}`}: ${message}`
  })
  throw usageFailure(`Cannot ${act}: ${faults.join('; ')}. Nothing was sent.`)
}
