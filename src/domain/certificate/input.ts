import type {
  Certificate,
  CopyEvidence,
  OpenTransaction,
  RememberedCopy,
  SettledOffsets,
  TopicEnds,
  TopicId,
  TopicRests,
} from '../../contract/evidence.ts'
import type { ComparedUpTo } from '../compare/compared-up-to.ts'
import type { ComparedRange } from './copy.ts'
import type { TopicMirroredTo } from './mirrored-to.ts'

/** What lies in [from, to) of a partition of the source: data records a read_committed reader sees. */
export interface ResidualScan {
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly complete: boolean
  /** The range scanned, when known: then a scan that does not cover the residual proves nothing. */
  readonly from?: number
  readonly to?: number
}

export interface CertifyInput {
  readonly takenAt: string
  readonly link: string
  /** Ends on the source, read after the mirrored-to offsets were asked for or at the same time. */
  readonly ends: readonly TopicEnds[]
  readonly mirroredTo: readonly TopicMirroredTo[]
  /** What was read of the source: above the proofs, and where the copy and the position differ. */
  readonly scans: readonly ResidualScan[]
  /** How far the copies reach, read after the positions and before the ends. Absent: the positions alone count. */
  readonly copies?: readonly CopyEvidence[]
  /** The copies as they were seen before. */
  readonly knownCopies?: readonly RememberedCopy[]
  /** What was compared record by record. */
  readonly compared?: readonly ComparedRange[]
  /** Ranges whose records are deliberately not in the copies: a person has settled them. */
  readonly settled?: readonly SettledOffsets[]
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  readonly linkState: string
  readonly obstacles: readonly string[]
  readonly topicsWanted: readonly string[]
  /** Ids of the topics when the link's position was known to be theirs. */
  readonly previousIds?: readonly TopicId[]
  /** What scans found behind the positions before, of topics that are the same as in `previousIds`. */
  readonly rests?: readonly TopicRests[]
  /** What of the copies was compared before this wait, without a difference. */
  readonly comparedBefore?: readonly ComparedUpTo[]
  /** The certificate of an earlier look at the same link. */
  readonly previous?: Certificate | undefined
  /** Who holds partitions open. */
  readonly transactions?: readonly OpenTransaction[]
  /** High watermarks at the fence; null before there is one. */
  readonly fencedEnds: readonly TopicEnds[] | null
  /** By topic, partitions whose end moved from the fenced one by markers of transactions alone, each offset read. */
  readonly markersOnly?: ReadonlyMap<string, readonly number[]>
}
