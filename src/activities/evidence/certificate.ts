import type { LinkRef } from '../../contract/activities.ts'
import type {
  Certificate,
  CopyEvidence,
  RememberedCopy,
  SettledOffsets,
  TopicEnds,
  TopicId,
  TopicRests,
} from '../../contract/evidence.ts'
import { onLatency } from '../../domain/certificate/latency.ts'
import { waitingForPosition } from '../../domain/certificate/position.ts'
import type { ComparedUpTo } from '../../domain/compare/compared-up-to.ts'
import { certify } from '../../domain/certificate/certificate.ts'
import { unreadText } from '../../domain/losses/unread-text.ts'
import { knownEnds } from '../../domain/watch/known-ends.ts'
import { type SeenCopy, seenCopies } from '../../domain/watch/remembered-copies.ts'
import { linkName } from '../configured.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { type CopyMemory, lookAtBoth, noCopies } from './copies.ts'
import { type MarkerMemory, markersOnly } from './markers-only.ts'
import type { ScanMemory } from './residual-scans.ts'
import { type TransactionMemory, holdersOf, noTransactions } from './transactions.ts'
import { unreadInCopies } from './unread-in-copies.ts'
import { type MarkMemory, weighCopies } from './weigh-copies.ts'

export interface CertificateRequest extends LinkRef {
  topics: string[]
  /** The source must not have moved beyond them; null before there is a fence. */
  fencedEnds: TopicEnds[] | null
  knownIds?: TopicId[]
  /** The copies as the pair saw them last. */
  knownCopies?: RememberedCopy[]
  /** What scans found behind the positions, as the pair remembers it. */
  rests?: TopicRests[]
  /** Ranges that a person has decided to leave out of the copies. */
  settled?: SettledOffsets[]
  /** Groups that go on in the copies, with what each reads. */
  readers?: { group: string; topics: string[] }[]
}

/** What the looks of one wait know of each other. */
export interface CertificateMemory {
  scans: ScanMemory
  transactions: TransactionMemory
  copies: CopyMemory
  marks: MarkMemory
  markers: MarkerMemory
  /** Copies as the last look saw them. */
  looked: CopyEvidence[]
  previous: Certificate | undefined
  /** What the comparison in the background knows; read beside the first look. */
  comparedBefore: Promise<readonly ComparedUpTo[]>
}

export function newMemory(
  previous?: Certificate,
  comparedBefore: Promise<readonly ComparedUpTo[]> = Promise.resolve([]),
): CertificateMemory {
  return {
    scans: new Map(),
    transactions: noTransactions(),
    copies: noCopies(),
    marks: new Map(),
    markers: new Map(),
    looked: [],
    previous,
    comparedBefore,
  }
}

/**
 * One certificate, now. The positions are read first, the copies after them and the source's ends last, so that whatever
 * happens in between makes the lag too large, never too small. Only the places of the copies' last records are found after that.
 */
export async function takeCertificate(
  deps: ActivityDeps,
  { pair, from, to, topics, fencedEnds, knownIds, knownCopies, rests, settled = [], readers = [] }: CertificateRequest,
  signal: AbortSignal,
  memory: CertificateMemory = newMemory(),
): Promise<Certificate> {
  const link = deps.ports.mirroring(pair, from, to)
  const [source, target] = [deps.ports.cluster(from), deps.ports.cluster(to)]
  const takenAt = timestamp(deps)
  const describing = link.describe(signal)
  // Its failure is told where it is waited for.
  describing.catch(() => undefined)
  const mirroredTo = await link.mirroredTo(topics, signal)
  const { copies: looked, ends } = await lookAtBoth(deps, { pair, from, to, topics }, signal, memory.copies)
  const description = await describing
  const comparedBefore = await memory.comparedBefore
  const evidence = { ends, mirroredTo, copies: looked, knownCopies, settled, comparedBefore }
  const { copies, scans, compared } = await weighCopies({ source, target }, evidence, signal, memory)
  const moved = await markersOnly(source, ends, knownEnds(fencedEnds ?? []), signal, memory.markers)
  const transactions = await holdersOf(source, ends, signal, memory.transactions)
  const found = certify({
    takenAt,
    link: linkName({ from, to }),
    ends,
    mirroredTo,
    scans,
    copies,
    compared,
    comparedBefore,
    settled,
    fencedEnds,
    markersOnly: moved,
    transactions,
    assigned: description.assigned,
    linkState: description.state,
    obstacles: description.obstacles,
    topicsWanted: topics,
    previous: memory.previous,
    ...(knownIds === undefined ? {} : { previousIds: knownIds }),
    ...(knownCopies === undefined ? {} : { knownCopies }),
    ...(rests === undefined ? {} : { rests }),
  })
  const unread = found.complete
    ? await unreadInCopies(
        { source, target },
        { ends, copies: withNames(copies), proven: provenOffsets(found), readers, settled },
        signal,
      )
    : []
  const certificate =
    unread.length === 0 ? found : { ...found, complete: false, obstacles: unread.map((one) => unreadText(one, from)) }
  memory.previous = certificate
  const waiting = waitingForPosition(certificate, looked, memory.looked)
  memory.looked = looked
  // Positions that are found by comparing come no nearer by waiting: there the provider's own word stands in.
  if (link.witness === undefined) return waiting > 0 ? { ...certificate, onPosition: waiting } : certificate
  if (certificate.complete) return certificate
  return onLatency(certificate, await link.witness(topics, signal), fencedEnds !== null)
}

function withNames(copies: readonly CopyEvidence[]): { copy: string; seen: SeenCopy }[] {
  const seen = seenCopies(copies)
  return copies.flatMap(({ copy }, index) => {
    const one = seen[index]
    return one === undefined ? [] : [{ copy, seen: one }]
  })
}

function provenOffsets({ topics }: Certificate): Map<string, number> {
  return new Map(
    topics.flatMap(({ topic, rows }) =>
      rows.map(([partition, , , , offset]): [string, number] => [`${topic}/${partition}`, offset]),
    ),
  )
}

/** Grows while mirroring moves: the sum of the source offsets that a certificate proves. */
export function mirroredSum(certificate: Certificate): number {
  let sum = 0
  for (const { rows } of certificate.topics) {
    for (const [, , , , mirroredTo] of rows) sum += Math.max(0, mirroredTo + 1)
  }
  return sum
}

/** Grows while something is written to the copies, also where nobody can tell what. */
export function copiedSum(certificate: Certificate): number {
  let sum = 0
  for (const { copy } of certificate.topics) for (const [, end] of copy?.rows ?? []) sum += end
  return sum
}
