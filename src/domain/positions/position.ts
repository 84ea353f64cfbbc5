import type { PositionBasis } from '../../contract/offset-plan.ts'
import type { Dossier } from '../../contract/dossier.ts'
import type { GroupOffsets, TopicEnds } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import type { Lookup } from './lookup.ts'

export interface MoveInput {
  readonly plan: Plan
  readonly dossier: Dossier
  /** Groups proven to have read everything on the source, of all their topics, local and remote. */
  readonly drainedGroups: readonly string[]
  /** Null: dark. */
  readonly source: { readonly committed: readonly GroupOffsets[] } | null
  /** `committed` on remote topics is what the link translated, or own earlier progress; on local ones own progress. */
  readonly target: { readonly ends: readonly TopicEnds[]; readonly committed: readonly GroupOffsets[] }
  /** Local topics each group reads. */
  readonly groupTopics: readonly { readonly group: string; readonly topics: readonly string[] }[]
}

/** What a plan is made of, and how it is looked into. */
export interface PlannedMove extends MoveInput {
  readonly find: Lookup
}

/** Where to continue in one partition, and what that may cost. */
export interface Position {
  readonly chosen: number
  /** Records that may be read twice, at most. */
  readonly duplicates: number
  readonly why: string
  readonly basis: PositionBasis
  /** A sentence where no safe offset exists. */
  readonly obstacle?: string
}
