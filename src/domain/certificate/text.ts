import type { Certificate, CertificateRow, CopyGap, PartitionVerdict, ProofBasis } from '../../contract/evidence.ts'
import { provenVerdicts } from './verdict.ts'
import { duration } from '../text/duration.ts'
import { transactionLines } from './open-transactions-text.ts'

/** Loss that already happened before what can still be waited for. */
const gravity: readonly PartitionVerdict[] = [
  'truncated-or-recreated',
  'copy-missing',
  'copy-replaced',
  'copy-has-gap',
  'copy-behind-position',
  'expired-before-mirrored',
  'open-transaction',
  'unassigned',
  'never-mirrored',
  'behind',
]

export interface CertificateTotals {
  readonly partitions: number
  readonly proven: number
  /** How many partitions have each verdict, the gravest first, then the proven ones. */
  readonly verdicts: readonly (readonly [verdict: PartitionVerdict, partitions: number])[]
}

export function certificateTotals({ topics }: Certificate): CertificateTotals {
  const verdicts = topics.flatMap(({ rows }) => rows.map(([, , , , , , verdict]) => verdict))
  return {
    partitions: verdicts.length,
    proven: verdicts.filter((verdict) => provenVerdicts.has(verdict)).length,
    verdicts: [...gravity, ...provenVerdicts].flatMap((verdict) => {
      const partitions = verdicts.filter((other) => other === verdict).length
      return partitions === 0 ? [] : [[verdict, partitions]]
    }),
  }
}

/** `12 partitions: 3 behind, 8 mirrored, 1 empty` */
export function totalsText(certificate: Certificate): string {
  const { partitions, verdicts } = certificateTotals(certificate)
  const counts = verdicts.map(([verdict, count]) => `${count} ${verdict.replaceAll('-', ' ')}`).join(', ')
  return `${partitions} partition${partitions === 1 ? '' : 's'}${counts === '' ? '' : `: ${counts}`}`
}

/** What a complete certificate rests on, where that is not every copy alone, and what of it nobody can know. Empty: no such thing. */
export function basisText({ topics, takenAt }: Certificate): string {
  const rows = topics.flatMap((topic) => topic.rows)
  const resting = (basis: ProofBasis) => rows.filter((row) => row[8] === basis && row[6] !== 'empty').length
  const [position, latency] = [resting('position'), resting('latency')]
  const unknown = rows.filter(([, , , , , , verdict]) => verdict === 'expired-unknown').length
  const open = topics.flatMap((topic) => topic.notCompared ?? [])
  const before = topics.flatMap((topic) => topic.comparedBefore ?? [])
  const oldest = Math.min(...before.map(([, , , since]) => Date.parse(since)))
  const age = duration(Math.max(0, Math.ceil((Date.parse(takenAt) - oldest) / 1000)))
  const emptied = topics.reduce((sum, topic) => sum + emptiedCopies(topic), 0)
  return [
    ...(position === 0 ? [] : [`${position} of them on Connect's position alone: their copies cannot be compared`]),
    ...(latency === 0 ? [] : [`${latency} of them on the provider's latency alone, not on offsets`]),
    ...(unknown === 0
      ? []
      : [`in ${unknown} of them offsets expired before they were seen to be mirrored: an unknown number of records`]),
    ...(emptied === 0
      ? []
      : [
          `the copies of ${emptied} of them hold nothing any more: records were removed there that the source still holds`,
        ]),
    ...(before.length === 0 ? [] : [`older records of ${before.length} of them: compared up to ${age} ago, equal`]),
    ...(open.length === 0
      ? []
      : [`in ${open.length} of them older records were not compared with the copy, record by record`]),
  ]
    .map((line) => `; ${line}`)
    .join('')
}

/** Partitions with records on the source whose copy had some and has none now: retention there, or somebody removed them. */
function emptiedCopies({ rows, copy }: Certificate['topics'][number]): number {
  const emptied = new Set(copy?.rows.filter(([, end, last]) => end > 0 && last === -1).map(([partition]) => partition))
  return rows.filter(
    ([partition, start, , , offset, , , , basis]) => basis === 'position' && emptied.has(partition) && offset >= start,
  ).length
}

/** `400 records/s, about 31 s to go`; empty where nothing is known yet. */
export function paceText(recordsPerSecond: number | null, etaSeconds: number | null): string {
  return [
    ...(recordsPerSecond === null ? [] : [`${Math.round(recordsPerSecond * 10) / 10} records/s`]),
    ...(etaSeconds === null ? [] : [`about ${duration(Math.ceil(etaSeconds))} to go`]),
  ].join(', ')
}

/**
 * Lines for a person: what stands in the way, who holds partitions open, then the partitions that are not proven, the worst
 * first; at most `n` each.
 */
export function worstFirst(certificate: Certificate, n: number): string {
  const open = unproven(certificate)
  if (open.length === 0 && certificate.obstacles.length === 0) {
    const { partitions } = certificateTotals(certificate)
    return `${partitions} of ${partitions} partitions mirrored to their end on ${certificate.link}.`
  }
  return [
    ...atMost(certificate.obstacles, n, 'more obstacles'),
    ...transactionLines(certificate.transactions, n),
    ...atMost(
      open.map(({ topic, row }) => `${topic} partition ${row[0]}: ${sentence(row)}`),
      n,
      'more partitions',
    ),
  ].join('\n')
}

/** The worst partitions in a few words each, for live numbers: `t-0 open transaction, 8 behind`. */
export function worstPartitions(certificate: Certificate, n: number): string[] {
  return unproven(certificate)
    .slice(0, n)
    .map(({ topic, row: [partition, , , , , lag, verdict] }) => {
      const reason = verdict === 'behind' ? '' : `${verdict.replaceAll('-', ' ')}, `
      return `${topic}-${partition} ${reason}${lag} behind`
    })
}

function unproven(certificate: Certificate): { topic: string; row: CertificateRow }[] {
  return certificate.topics
    .flatMap(({ topic, rows }) => rows.map((row) => ({ topic, row })))
    .filter(({ row: [, , , , , , verdict] }) => !provenVerdicts.has(verdict))
    .sort((a, b) => gravity.indexOf(a.row[6]) - gravity.indexOf(b.row[6]) || b.row[5] - a.row[5])
}

function sentence([, start, end, stable, mirroredTo, lag, verdict, expired, , gap]: CertificateRow): string {
  switch (verdict) {
    case 'copy-missing':
      return `Connect's position says that it is mirrored, but the copy holds nothing: it lacks ${gapText(gap)}. The copy was deleted. ${mirrorAgain}`
    case 'copy-replaced':
      return `the copy is not the one it was: it was deleted and created again, or cut off, and lacks ${gapText(gap)}. ${mirrorAgain}`
    case 'copy-has-gap':
      return `the copy lacks ${gapText(gap)}, although later records are in it: they were skipped. ${mirrorAgain}`
    case 'copy-behind-position':
      return `Connect's position is beyond what the copy holds: the copy ends with the source's offset ${mirroredTo} and lacks ${gapText(gap)}. ${mirrorAgain}`
    case 'truncated-or-recreated':
      return mirroredTo >= end
        ? `mirrored to ${mirroredTo}, but it ends at ${end}: the topic was truncated or recreated. ${mirrorAgain}`
        : `mirrored to ${mirroredTo} of a topic that was recreated since: that proves nothing about this one, which ends at ${end}. ${mirrorAgain}`
    case 'expired-before-mirrored': {
      const [from, to] = expired ?? [mirroredTo + 1, start]
      return `mirrored to ${mirroredTo}, but it now starts at ${start}: offsets ${from} to ${to - 1} expired before they were seen to be mirrored. They are in no log any more: only a force goes on, with the loss recorded.`
    }
    case 'open-transaction':
      return `a transaction is open between ${stable} and ${end}: let it end or abort it; ${lag} not mirrored.`
    case 'unassigned':
      return `no task of the link has it; ${lag} records not mirrored. The link finds new partitions within its refresh.topics.interval.seconds, or at a restart.`
    case 'never-mirrored':
      return `nothing was ever mirrored; ${lag} records from ${start} to ${end}.`
    default:
      return `${lag} records behind: mirrored to ${mirroredTo}, end ${end}.`
  }
}

/** What brings a copy to where it should be, whatever it lacks. */
const mirrorAgain =
  "To mirror it again: stop the link, delete this partition's position in Connect, and resume the link; records that the copy holds already are then in it twice."

/** "337 records at offsets 0 to 336 of the source" */
function gapText(gap: CopyGap | undefined): string {
  if (gap === undefined) return 'records'
  const [records, from, to] = gap
  const where = to - from === 1 ? `offset ${from}` : `offsets ${from} to ${to - 1}`
  if (records === null) return `an unknown number of records at ${where} of the source`
  return `${records} record${records === 1 ? '' : 's'} at ${where} of the source`
}

function atMost(lines: readonly string[], n: number, what: string): string[] {
  const rest = lines.length - n
  return rest > 0 ? [...lines.slice(0, n), `and ${rest} ${what}`] : [...lines]
}
