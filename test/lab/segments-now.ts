import type { SentRecord } from '../../lab/apps/records.ts'
import type { Dossier } from '../../src/contract/dossier.ts'
import { segmentsOf } from '../../src/domain/positions/segments.ts'

type Acknowledged = Extract<SentRecord, { offset: number }>

/**
 * What is wrong with the segments of a dossier, by what the producers had acknowledged, each in a sentence: every record
 * must lie in one, and one after the other they must give every key in the order of its production.
 */
export function segmentFaults(dossier: Dossier, sent: readonly SentRecord[]): string[] {
  const acknowledged = sent.filter((record): record is Acknowledged => !('maybe' in record))
  const places = new Map(acknowledged.map(({ topic, partition }) => [`${topic}-${partition}`, { topic, partition }]))
  return [...places].flatMap(([where, { topic, partition }]) => {
    const segments = segmentsOf(dossier, topic, partition)
    const here = acknowledged.filter((record) => record.topic === topic && record.partition === partition)
    const listed = segments.flatMap(({ cluster, from, to }) =>
      here
        .filter((record) => record.cluster === cluster && record.offset >= from && (to === null || record.offset < to))
        .toSorted((a, b) => a.offset - b.offset),
    )
    const reached = new Map<string, number>()
    const disorder = listed.filter(({ key, seq }) => {
      const late = seq <= (reached.get(key) ?? 0)
      reached.set(key, seq)
      return late
    })
    const told = segments.map(({ cluster, from, to }) => `${cluster} ${from} to ${to ?? 'now'}`).join(', ')
    return [
      ...(new Set(listed).size === here.length
        ? []
        : [`${here.length - new Set(listed).size} records of ${where} are in no segment: ${told}`]),
      ...(disorder.length === 0
        ? []
        : [`${disorder.length} records of ${where} are out of order by its segments: ${told}`]),
    ]
  })
}
