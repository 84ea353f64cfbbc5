import type { z } from 'zod'
import { rejected } from '../../ports/failures.ts'

/** An answer of IBM Cloud as far as it is read; the SDK's types say what was documented, not what came. */
export function shaped<S extends z.ZodType>(what: string, shape: S, answer: unknown): z.infer<S> {
  const parsed = shape.safeParse(answer)
  if (parsed.success) return parsed.data
  throw rejected(`${what}, and its answer is not one of that interface. Check the addresses of ibmCloud.`)
}
