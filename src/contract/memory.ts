import { z } from 'zod'
import type { Dossier, EpisodeStage } from './dossier.ts'
import type { Lease } from './lease.ts'
import { originalSelection, writtenLater } from './memory-shapes.ts'
import { kafkaAlias, personName, shortText } from './primitives.ts'

/** Which memory of a pair it is: a lineage begins with a pair's workflow or an adoption, and counts its material changes. */
export interface MemoryMark {
  lineage: string
  revision: number
}

/** What a pair keeps outside Temporal, and is rebuilt from. */
export interface PairMemory {
  version: 1
  dossier: Dossier
  lease: Lease | null
  epoch: number
  events: { at: string; text: string }[]
  /** Memories that a person adopted into this one or put aside for it: these and older ones of theirs may be written over. */
  over: MemoryMark[]
}

/** A memory as it is told to a person before it is adopted. */
export interface MemorySummary extends MemoryMark {
  checksum: string
  writtenAt: string
  active: string
  standby: string
  episode: { number: number; stage: EpisodeStage } | null
  episodesClosed: number
  /** The run that held the pair. */
  run: string | null
  /** `memory.key` of the worker: it fits. Absent: no key is configured there. */
  signed?: true
}

/** What one cluster remembers of a pair. `problem`: it did not answer, or what it has is torn. */
export interface MemorySide {
  cluster: string
  found: MemorySummary | null
  problem?: string
  /** What it has cannot be read, or was written by nobody who has the key: how it is known when it is put aside. */
  mark?: MemoryMark
}

/** The pair as its clusters show it now, for a pair that nothing remembers. */
export interface Survey {
  links: { from: string; to: string; state: string; selection: string | null; problem?: string }[]
  sides: {
    cluster: string
    /** Records that came to the pair's topics while it was looked at. */
    grown: number
    /** When a producer with an id wrote there last. */
    lastWriteAt: string | null
    problem?: string
  }[]
}

/** What `adopt` would do, as it looks now. */
export interface Recall {
  sides: MemorySide[]
  /** What would be adopted: the highest revision of those that are whole. */
  best: MemorySummary | null
  /** Where the sides disagree, one sentence each. */
  disagreements: string[]
  /** Only where nothing is remembered. */
  survey?: Survey
  /** Which side the producers are on, as far as the survey tells. */
  active?: string
  text: string
}

const list = z.array(z.unknown())

/** A dossier, looked at so far that a stranger's is refused, and says so. */
export const dossierShape = z.looseObject({
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
})

export const leaseShape = z.looseObject({ workflowId: z.string(), runId: z.string(), epoch: z.number().int() })
export const eventsShape = z.array(z.looseObject({ at: z.string(), text: z.string() }))

/** A pair makes some dozens of changes an episode. A number beyond this was not counted by one. */
export const plausibleRevision = z.number().int().min(0).max(10_000_000)

const mark = z.object({ lineage: z.string().min(1).max(200), revision: plausibleRevision })

/**
 * A memory that a person may adopt. What becomes a write later (fences, the original selection, cuts, snapshots, settlements,
 * obligations) has exactly the shape it is written in; what is not named in that is left out.
 */
export const memoryShape = z.object({
  version: z.literal(1),
  dossier: dossierShape.extend({
    pair: z.string().min(1).max(100),
    active: kafkaAlias,
    standby: kafkaAlias,
    protectedBy: z.object({ from: kafkaAlias, to: kafkaAlias }).nullable().optional(),
    episode: z
      .looseObject({
        number: z.number().int().min(1).max(1_000_000),
        stage: z.enum(['failing-over', 'failed-over', 'resetting', 'reset', 'failing-back', 'closed', 'handed-over']),
        facts: list,
        original: originalSelection.nullable().optional(),
      })
      .nullable(),
    episodesClosed: z.number().int().min(0).max(1_000_000),
    ...writtenLater,
  }),
  lease: leaseShape.nullable(),
  epoch: z.number().int().min(0).max(1_000_000_000),
  events: eventsShape,
  over: z.array(mark),
})

/** Rebuilds a pair whose Temporal database is gone. */
export const adoptRequest = z.strictObject({
  by: personName,
  from: z
    .enum(['memory', 'clusters', 'here'])
    .default('memory')
    .describe('memory: what the clusters remember; clusters: as they run now; here: what this pair says stands'),
  checksum: z
    .string()
    .max(100)
    .optional()
    .describe('of what "recall" showed; needed with memory, and refused when it is another one by now'),
  active: kafkaAlias.optional().describe('with clusters: the side the producers are on'),
  note: shortText.optional(),
})
export type AdoptRequest = z.infer<typeof adoptRequest>

/** Between a look and the word of a person another memory may have come. Not in the shape: replays have accepted it without. */
export function withoutWhatWasShown({ from, checksum }: AdoptRequest): string | undefined {
  if (from !== 'memory' || checksum !== undefined) return undefined
  return '- checksum: is missing. Send "recall" first, and the checksum of what it shows: what is adopted is then what you have seen'
}
