import { z } from 'zod'
import type { DossierEntry } from './dossier.ts'
import { operations } from './names.ts'
import { stepIds } from './steps.ts'

/**
 * Shapes of what may be written to a dossier. The dossier is the pair's only memory, and an entry with a part missing would
 * break every later run that reads it. Loose: what is not named here is kept as it is.
 */
const alias = z.string().min(1)
const at = z.string().min(1)
const link = z.looseObject({ from: alias, to: alias })
const episode = z.number().int()
const offsets = z.array(z.tuple([z.number(), z.number()]))
const topicOffsets = z.array(z.looseObject({ topic: z.string(), offsets }))
const groups = z.array(z.looseObject({ group: z.string(), topics: topicOffsets }))
const ends = z.array(
  z.looseObject({
    topic: z.string(),
    topicId: z.string(),
    partitions: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  }),
)
const acls = z.array(
  z.looseObject({
    resource: z.enum(['topic', 'group', 'transactionalId', 'cluster']),
    name: z.string(),
    pattern: z.enum(['literal', 'prefixed']),
    principal: z.string(),
    host: z.string(),
    operation: z.string(),
    permission: z.enum(['allow', 'deny']),
  }),
)
const range = [z.number(), z.number(), z.number().nullable(), z.number().nullable()] as const
const ledger = z.looseObject({
  kind: z.enum(['estimate', 'exact']),
  takenAt: at,
  cluster: alias,
  sampleAgeSeconds: z.number().nullable(),
  records: z.number().nullable(),
  topics: z.array(
    z.looseObject({
      topic: z.string(),
      rows: z.array(
        z.union([
          z.tuple(range),
          z.tuple([...range, z.number().nullable()]),
          z.tuple([...range, z.number(), z.number().nullable(), z.number().nullable()]),
        ]),
      ),
    }),
  ),
})
const stages = ['failing-over', 'failed-over', 'resetting', 'reset', 'failing-back', 'closed', 'handed-over'] as const

const fact = z.looseObject({
  operation: z.enum(operations),
  step: z.enum(stepIds),
  state: z.enum(['begun', 'done', 'skipped', 'undone']),
  at,
  fact: z.unknown(),
})
const settled = [z.number(), z.number(), z.number(), z.number().nullable()] as const
const settlement = z.looseObject({
  cluster: alias,
  episode,
  at,
  by: z.string(),
  reason: z.string(),
  action: z.enum(['keep', 'replay', 'quarantine', 'discard']),
  confirmed: z.looseObject({ by: z.string(), at }).exactOptional(),
  ledger: at,
  records: z.number().nullable(),
  copied: z.looseObject({ cluster: alias, into: z.string(), records: z.number(), id: z.string(), at }).exactOptional(),
  topics: z.array(
    z.looseObject({
      topic: z.string(),
      rows: z.array(z.union([z.tuple(settled), z.tuple([...settled, z.number(), z.number()])])),
    }),
  ),
})
const obligation = z.looseObject({
  id: z.string().min(1),
  kind: z.enum(['fence', 'stop-application']),
  cluster: alias,
  text: z.string(),
  since: at,
  fence: z
    .looseObject({
      principals: z.array(z.string()),
      topics: z.array(z.string()),
      operations: z.array(z.enum(['Write', 'Read'])),
    })
    .exactOptional(),
})
const move = z.looseObject({
  episode,
  operation: z.enum(operations),
  from: alias,
  to: alias,
  mode: z.enum(['planned', 'forced']),
  at,
  fencedEnds: ends.exactOptional(),
  mirroredTo: topicOffsets.exactOptional(),
  drainedGroups: z.array(z.string()),
  reread: z
    .array(
      z.looseObject({
        group: z.string(),
        declared: z.number(),
        counted: z.number().nullable(),
        unknown: z.number(),
        skipped: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
  unread: z
    .array(
      z.looseObject({
        topic: z.string(),
        topicId: z.string(),
        rows: z.array(z.tuple([z.number(), z.number(), z.number(), z.number().nullable()])),
      }),
    )
    .exactOptional(),
  unreadUnknown: z.string().exactOptional(),
})

const entry = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('fact'), fact }),
  z.looseObject({
    type: z.literal('fence'),
    fence: z.looseObject({ cluster: alias, episode, at, added: acls, proof: z.string() }),
  }),
  z.looseObject({ type: z.literal('fence-lifted'), cluster: alias, lifted: acls }),
  z.looseObject({
    type: z.literal('cut'),
    cut: z.looseObject({ cluster: alias, episode, at, topics: topicOffsets }),
  }),
  z.looseObject({ type: z.literal('snapshot'), snapshot: z.looseObject({ cluster: alias, episode, at, groups }) }),
  z.looseObject({ type: z.literal('settlement'), settlement }),
  z.looseObject({ type: z.literal('ledger'), ledger }),
  z.looseObject({
    type: z.literal('copy'),
    copy: z.looseObject({ id: z.string(), cluster: alias, episode, at, action: z.enum(['replay', 'quarantine']) }),
  }),
  z.looseObject({ type: z.literal('obligation'), obligation }),
  z.looseObject({ type: z.literal('obligation-discharged'), id: z.string(), at, by: z.string() }),
  z.looseObject({
    type: z.literal('original'),
    link,
    selection: z.looseObject({ link, topics: z.string() }),
  }),
  z.looseObject({ type: z.literal('move'), move }),
  z.looseObject({ type: z.literal('stage'), stage: z.enum(stages) }),
  z.looseObject({ type: z.literal('active'), active: alias, standby: alias }),
  z.looseObject({ type: z.literal('protection'), link: link.nullable(), at }),
])

/** Every entry that a run can write is of the shape: what the pair refused would hold the run up. */
type Written<T> = T extends unknown[] ? { [K in keyof T]: Written<T[K]> } : T extends object ? Keys<T> : T
type Keys<T> = { [K in keyof T as string extends K ? never : K]: Written<T[K]> }

type Taken<Entry extends Written<z.input<typeof entry>>> = Entry

export const dossierEntry: z.ZodType<Taken<DossierEntry>> = entry
