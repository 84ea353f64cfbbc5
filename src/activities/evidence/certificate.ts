import type { Certificate, TopicEnds, TopicId } from '../../contract/evidence.ts'
import { onLatency } from '../../domain/certificate-latency.ts'
import { certify } from '../../domain/certificate.ts'
import type { LinkRef } from '../../contract/activities.ts'
import { linkName } from '../configured.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { type ScanMemory, scanResiduals } from './residual-scans.ts'
import { type TransactionMemory, holdersOf, noTransactions } from './transactions.ts'

export interface CertificateRequest extends LinkRef {
  topics: string[]
  /** The source must not have moved beyond them; null before there is a fence. */
  fencedEnds: TopicEnds[] | null
  knownIds?: TopicId[]
}

/** What the looks of one wait know of each other. */
export interface CertificateMemory {
  scans: ScanMemory
  transactions: TransactionMemory
  previous: Certificate | undefined
}

export function newMemory(previous?: Certificate): CertificateMemory {
  return { scans: new Map(), transactions: noTransactions(), previous }
}

/**
 * One certificate, now. The mirrored-to offsets are read first and the ends after them, so that whatever happens in
 * between makes the lag too large, never too small.
 */
export async function takeCertificate(
  deps: ActivityDeps,
  { pair, from, to, topics, fencedEnds, knownIds }: CertificateRequest,
  signal: AbortSignal,
  memory: CertificateMemory = newMemory(),
): Promise<Certificate> {
  const link = deps.ports.mirroring(pair, from, to)
  const source = deps.ports.cluster(from)
  const takenAt = timestamp(deps)
  const mirroredTo = await link.mirroredTo(topics, signal)
  const ends = await source.ends(topics, signal)
  const description = await link.describe(signal)
  const scans = await scanResiduals(source, { ends, mirroredTo }, signal, memory.scans)
  const transactions = await holdersOf(source, ends, signal, memory.transactions)
  const certificate = certify({
    takenAt,
    link: linkName({ from, to }),
    ends,
    mirroredTo,
    scans,
    assigned: description.assigned,
    linkState: description.state,
    obstacles: description.obstacles,
    topicsWanted: topics,
    fencedEnds,
    previous: memory.previous,
    transactions,
    ...(knownIds === undefined ? {} : { previousIds: knownIds }),
  })
  memory.previous = certificate
  if (certificate.complete || link.witness === undefined) return certificate
  return onLatency(certificate, await link.witness(topics, signal), fencedEnds !== null)
}

/** Grows while mirroring moves: the sum of the mirrored-to offsets a certificate rests on. */
export function mirroredSum(certificate: Certificate): number {
  let sum = 0
  for (const { rows } of certificate.topics) {
    for (const [, , , , mirroredTo] of rows) sum += Math.max(0, mirroredTo + 1)
  }
  return sum
}
