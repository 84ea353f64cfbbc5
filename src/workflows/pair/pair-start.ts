import { z } from 'zod'
import { adoptRequest, dossierShape, eventsShape, leaseShape } from '../../contract/memory.ts'
import type { PairState } from './pair-record-state.ts'

/** What continuing as new hands on. Looked at so far that a stranger's start with another state fails, and says so. */
const state = z.looseObject({
  dossier: dossierShape,
  lease: leaseShape.nullable(),
  epoch: z.number().int(),
  adopted: z.boolean(),
  keys: z.array(z.string()),
  events: eventsShape,
})

const name = z.string().min(1).max(200)

export const pairStart = z
  .looseObject({
    pair: name,
    primary: name,
    secondary: name,
    adopt: adoptRequest.optional(),
    state: z.custom<PairState>((value) => state.safeParse(value).success, 'is not the state of a pair').optional(),
  })
  .refine(({ primary, secondary }) => primary !== secondary, {
    message: 'a pair has two sides: primary and secondary are the same',
    path: ['secondary'],
  })
