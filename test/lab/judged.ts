import { readReceived, readSent } from '../../lab/apps/records.ts'
import type { Lab } from '../../lab/lab.ts'
import { until } from '../../lab/process/wait.ts'
import { verdict, type OffsetRange, type TopicVerdict } from '../../lab/verdict.ts'
import { PATIENCE_MS } from '../patience.ts'
import type { Outcome } from './driven-run.ts'
import { uncommitted, type Outage } from './uncommitted.ts'

/** Milliseconds consumers may take to read what there is. */
const FINISH_MS = PATIENCE_MS
/** Milliseconds between two looks, each of which reads the books of all applications. */
const LOOK_MS = 500

/** What became of each topic's records, as its own consumer saw them. `outages`: brokers that were struck meanwhile. */
export function verdicts(
  lab: Lab,
  ledger: readonly OffsetRange[] = [],
  outages: readonly Outage[] = [],
): TopicVerdict[] {
  const sent = readSent(lab.dir)
  return lab.applications
    .filter(({ kind }) => kind === 'consumer')
    .flatMap(({ name, topics }) => {
      const received = readReceived(lab.dir, name)
      return verdict({
        sent: sent.filter(({ topic }) => topics.includes(topic)),
        received,
        ledger,
        declaredDuplicates: uncommitted(received, outages),
      })
    })
    .sort((a, b) => (a.topic < b.topic ? -1 : 1))
}

/** Each record of the topic that was read more than once, with where and when each time: what a count alone does not explain. */
export function readTwice(lab: Lab, topic: string): string {
  const byRecord = new Map<string, string[]>()
  for (const { origin, key, seq, cluster, topic: as, partition, offset, at } of readReceived(lab.dir)) {
    if (origin !== topic) continue
    const record = `${key} ${seq}`
    const place = `${cluster} ${as}-${partition}@${offset} ${new Date(at).toISOString()}`
    byRecord.set(record, [...(byRecord.get(record) ?? []), place])
  }
  return [...byRecord]
    .filter(([, places]) => places.length > 1)
    .slice(0, 40)
    .map(([record, places]) => `${record}: ${places.join(', ')}`)
    .join('; ')
}

/** Stops the producers, lets the consumers read what there is, stops them, and judges. */
export async function finalVerdicts(
  lab: Lab,
  ledger: readonly OffsetRange[] = [],
  outages: readonly Outage[] = [],
): Promise<TopicVerdict[]> {
  await stopAll(lab, 'producer')
  await until(() => verdicts(lab, ledger, outages).every(({ lost }) => lost === 0), {
    what: 'every record with its consumer',
    timeoutMs: FINISH_MS,
    pollMs: LOOK_MS,
  }).catch(() => undefined) // The verdict tells it better.
  await stopAll(lab, 'consumer')
  return verdicts(lab, ledger, outages)
}

export async function stopAll(lab: Lab, kind: 'producer' | 'consumer'): Promise<void> {
  await Promise.all(lab.applications.filter((app) => app.kind === kind).map((app) => lab.apps.stop(app.name)))
}

/** Upper bound of records read twice that the runs' offset plans declared, by local topic. */
export function declaredDuplicates(lab: Lab, outcomes: readonly Outcome[]): Map<string, number> {
  const declared = new Map(lab.topics.map(({ name }) => [name, 0]))
  for (const { offsetPlan } of outcomes) {
    for (const [topic, , , , , records] of (offsetPlan?.groups ?? []).flatMap(({ rows }) => rows)) {
      const copies = (name: string) => lab.clusters.map(({ alias }) => lab.copyOf(alias, name))
      const local = lab.topics.find(({ name }) => topic === name || copies(name).includes(topic))?.name
      if (local === undefined) throw new Error(`an offset plan names the stranger ${topic}`)
      declared.set(local, (declared.get(local) ?? 0) + records)
    }
  }
  return declared
}

/** How often each application was really started and stopped. */
export function turns(lab: Lab): Record<string, { starts: number; stops: number }> {
  return Object.fromEntries(lab.apps.all().map(({ name, starts, stops }) => [name, { starts, stops }]))
}

/** The same counts, each `by` further. */
export function turnsLater(
  before: Record<string, { starts: number; stops: number }>,
  by: number,
): Record<string, { starts: number; stops: number }> {
  return Object.fromEntries(
    Object.entries(before).map(([name, { starts, stops }]) => [name, { starts: starts + by, stops: stops + by }]),
  )
}
