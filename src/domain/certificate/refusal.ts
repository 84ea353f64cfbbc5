import type { Certificate, CertificateRow, PartitionVerdict } from '../../contract/evidence.ts'

/** Verdicts that no waiting changes: what is missing is behind the position, and the link does not bring it by itself. */
const final: ReadonlySet<PartitionVerdict> = new Set<PartitionVerdict>([
  'copy-missing',
  'copy-replaced',
  'copy-has-gap',
  'copy-behind-position',
  'truncated-or-recreated',
  'expired-before-mirrored',
])

/** Partitions that waiting cannot prove any more, by topic, partition, verdict and where it begins. */
export function refusalsOf({ topics }: Certificate): string[] {
  return topics.flatMap(({ topic, rows }) =>
    rows.filter(([, , , , , , verdict]) => final.has(verdict)).map((row) => `${topic}/${placeOf(row)}`),
  )
}

/** A position and its records may be seen in the wrong order once: what two looks show alike is no such race. */
export function isConfirmed(refusals: readonly string[], before: readonly string[]): boolean {
  return refusals.some((one) => before.includes(one))
}

/** What a person has to know before the partitions are named; null: nothing is refused. */
export function refusalText(certificate: Certificate): string | null {
  const rows = certificate.topics.flatMap((entry) => entry.rows).filter((row) => final.has(row[6]))
  if (rows.length === 0) return null
  const kinds = [...new Set(rows.map(([, , , , , , verdict]) => contradictions[verdict] ?? verdict))]
  return `Waiting does not change ${rows.length} of these partitions: ${kinds.join('; ')}. Do what is said of each below; the run sees it by itself.`
}

/** What contradicts what. */
const contradictions: Partial<Record<PartitionVerdict, string>> = {
  'copy-missing': "Connect's position says that records are mirrored, and no copy holds them",
  'copy-replaced': 'the copy is not the one that the pair remembers, or was cut off, and lacks records',
  'copy-has-gap': 'the source holds records that the copy lacks, although later ones are in it',
  'copy-behind-position': "Connect's position is beyond the last record of the copy, with records between",
  'truncated-or-recreated': "Connect's position is that of another or a longer log of the source",
  'expired-before-mirrored': 'the source removed records before they were mirrored',
}

function placeOf([partition, , , , , , verdict, , , gap]: CertificateRow): string {
  return `${partition} ${verdict} ${gap?.[1] ?? ''}`
}
