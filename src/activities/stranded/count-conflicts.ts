import { createHash } from 'node:crypto'
import { heartbeat } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { WaitActivities } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import type { KeyConflicts, TopicOffsets } from '../../contract/evidence.ts'
import type { ClusterLooks, StoredRecord } from '../../ports/cluster.ts'
import { type ActivityDeps, activitySignal } from '../deps.ts'

type Input = Parameters<WaitActivities['countConflicts']>[0]

/** Kept in memory at once, over all topics: some 50 MB. */
const mostKeys = 250_000

const originHeader = 'switchback.origin.cluster'

/** What is stranded under one key, and what came after. */
interface Key {
  records: number
  /** The last stranded one is a deletion. */
  deletes: boolean
  /** The newest one since: null while there is none. */
  since: 'value' | 'tombstone' | null
}

/** Keys are compared by digest; those written since are looked for in every partition, since keys may have moved. */
export async function countConflicts(deps: ActivityDeps, input: Input): Promise<KeyConflicts> {
  const signal = activitySignal()
  const [old, active] = [deps.ports.cluster(input.from), deps.ports.cluster(input.to)]
  const names = input.topics.map(({ topic }) => topic)
  const until = deps.clock.now().getTime() + input.maxMs
  const care = {
    room: mostKeys,
    over: () => deps.clock.now().getTime() >= until,
  }
  const compacted = (await Promise.all([old, active].map((cluster) => cluster.compacted(names, signal)))).flat()
  const found: KeyConflicts = { complete: true, topics: [], keyless: 0, compacted: [...new Set(compacted)].sort() }
  for (const { topic, ranges } of input.topics) {
    const keys = new Map<string, Key>()
    for (const [partition, from, to] of ranges) {
      const whole = await eachRecord(old, { topic, partition, from, to }, care, signal, (record) => {
        const key = digest(record)
        if (key === null) found.keyless++
        else strand(keys, key, record, care)
      })
      if (!whole) found.complete = false
    }
    if (keys.size > 0 && !(await lookSince(active, topic, input.since, keys, care, signal))) found.complete = false
    if (care.room === 0) found.complete = false
    care.room += keys.size
    const counted = conflictsOf(topic, keys)
    if (counted[1] > 0) found.topics.push(counted)
  }
  return found
}

interface Care {
  room: number
  over(): boolean
}

function strand(keys: Map<string, Key>, key: string, { value }: StoredRecord, care: Care): void {
  const known = keys.get(key)
  if (known === undefined) {
    if (care.room === 0) return
    care.room--
    keys.set(key, { records: 1, deletes: value === null, since: null })
    return
  }
  known.records++
  known.deletes = value === null
}

/** False: not everything was read. */
async function lookSince(
  cluster: ClusterLooks,
  topic: string,
  since: TopicOffsets[],
  keys: Map<string, Key>,
  care: Care,
  signal: AbortSignal,
): Promise<boolean> {
  const cut = new Map(since.find((entry) => entry.topic === topic)?.offsets)
  const [ends] = await cluster.ends([topic], signal)
  let complete = true
  for (const [partition, start, , stable] of ends?.partitions ?? []) {
    const from = Math.max(start, cut.get(partition) ?? start)
    const whole = await eachRecord(cluster, { topic, partition, from, to: stable }, care, signal, (record) => {
      // An earlier attempt's replay is no newer word on the key.
      if (record.headers.some(([name]) => name.toString() === originHeader)) return
      const key = digest(record)
      const known = key === null ? undefined : keys.get(key)
      if (known) known.since = record.value === null ? 'tombstone' : 'value'
    })
    complete &&= whole
  }
  return complete
}

async function eachRecord(
  cluster: ClusterLooks,
  { topic, partition, from, to }: { topic: string; partition: number; from: number; to: number },
  care: Care,
  signal: AbortSignal,
  see: (record: StoredRecord) => void,
): Promise<boolean> {
  for (let position = from; position < to;) {
    if (care.over()) return false
    heartbeat({ doing: `comparing keys of ${topic}-${partition} on ${cluster.alias}`, at: position, to })
    const read = await readable(cluster.readRecords(topic, partition, position, to, signal))
    if (read === null || read.next <= position) return false
    const { records, next } = read
    for (const record of records) see(record)
    position = next
  }
  return true
}

/** Null: there is something nobody here can read, as a codec that this Node does not know. The keys in it stay unknown. */
async function readable<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === errorTypes.rejected) return null
    throw error
  }
}

function conflictsOf(topic: string, keys: Map<string, Key>): KeyConflicts['topics'][number] {
  const written = [...keys.values()].filter(({ since }) => since !== null)
  const records = written.reduce((sum, key) => sum + key.records, 0)
  const deletions = written.filter(({ deletes, since }) => deletes || since === 'tombstone')
  return [topic, records, written.length, deletions.reduce((sum, key) => sum + key.records, 0)]
}

function digest({ key }: StoredRecord): string | null {
  return key === null ? null : createHash('sha256').update(key).digest('base64').slice(0, 24)
}
