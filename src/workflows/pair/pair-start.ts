import { z } from 'zod'
import type { PairState } from './pair-record.ts'

const list = z.array(z.unknown())

/** What continuing as new hands on. Looked at so far that a stranger's start with another state fails, and says so. */
const state = z.looseObject({
  dossier: z.looseObject({
    version: z.literal(1),
    pair: z.string().min(1),
    active: z.string().min(1),
    standby: z.string().min(1),
    episode: z.looseObject({ number: z.number().int(), stage: z.string(), facts: list }).nullable(),
    episodesClosed: z.number().int(),
    moves: list,
    fences: list,
    cuts: list,
    snapshots: list,
    settlements: list,
    ledgers: list,
    obligations: list,
  }),
  lease: z.looseObject({ workflowId: z.string(), runId: z.string(), epoch: z.number().int() }).nullable(),
  epoch: z.number().int(),
  adopted: z.boolean(),
  keys: z.array(z.string()),
  events: z.array(z.looseObject({ at: z.string(), text: z.string() })),
})

const name = z.string().min(1).max(200)

export const pairStart = z
  .looseObject({
    pair: name,
    primary: name,
    secondary: name,
    state: z.custom<PairState>((value) => state.safeParse(value).success, 'is not the state of a pair').optional(),
  })
  .refine(({ primary, secondary }) => primary !== secondary, {
    message: 'a pair has two sides: primary and secondary are the same',
    path: ['secondary'],
  })
