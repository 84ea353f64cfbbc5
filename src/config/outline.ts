import { z } from 'zod'

/**
 * The parts of a configuration that refer to one another, as far as they can be read. A faulty part reads as absent: so
 * the cross-checks run beside the schema's, and all faults are told at once.
 */
const text = z.string().optional().catch(undefined)
const texts = z.array(z.string().catch('')).catch([])
const backend = z.object({ backend: text }).optional().catch(undefined)

/** What else stands in it, each backend reads itself. */
const link = z.looseObject({ from: text, to: text, backend: text })

/** What else stands in it, each control reads itself. */
const control = z.looseObject({ adapter: text })

const application = z.object({ name: text, topics: texts, group: text, control: control.optional().catch(undefined) })

const pair = z.object({
  primary: text,
  secondary: text,
  topics: texts,
  applications: z
    .array(application.catch({ topics: [], name: undefined, group: undefined, control: undefined }))
    .catch([]),
  links: z.array(link.catch({ from: undefined, to: undefined, backend: undefined })).catch([]),
  fence: z.object({ ignoreProducersOf: texts }).optional().catch(undefined),
  desk: z.looseObject({ adapter: text }).optional().catch(undefined),
  mirroring: backend,
  naming: z.object({ kind: text, separator: text }).optional().catch(undefined),
  order: text,
})

const sasl = z
  .object({ username: text, password: z.object({ env: text, file: text }).optional().catch(undefined) })
  .optional()
  .catch(undefined)
const tls = z.object({ certFile: text }).optional().catch(undefined)

const cluster = z.looseObject({ sasl, tls, act: z.object({ sasl, tls }).optional().catch(undefined) }).catch({})

/** Keys of backends and desks stay as they are: each of them reads its own. */
const outline = z.looseObject({
  clusters: z.record(z.string(), cluster).optional().catch(undefined),
  pairs: z.record(z.string(), pair.nullable().catch(null)).catch({}),
})

export type Outline = z.infer<typeof outline>
export type ClusterOutline = z.infer<typeof cluster>
export type PairOutline = z.infer<typeof pair>
export type LinkOutline = z.infer<typeof link>

export function outlineOf(tree: unknown): Outline {
  return outline.catch({ clusters: undefined, pairs: {} }).parse(tree)
}
