import type { FoundRecord, LastRecord, Place, WantedRecord } from '../../../ports/cluster.ts'
import { readEnds } from '../ends.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { findRecord, lastRecord } from './marks.ts'

/** The last committed data record of each place. */
export async function lastRecords(
  connections: BrokerConnections,
  places: Place[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<LastRecord[]> {
  const ends = await readEnds(connections, [...new Set(places.map(({ topic }) => topic))], timeoutMs, signal)
  const answers: LastRecord[] = []
  for (const place of places) {
    const row = ends
      .find(({ topic }) => topic === place.topic)
      ?.partitions.find(([partition]) => partition === place.partition)
    if (row === undefined) answers.push({ ...place, found: 'absent' })
    else if (row[1] === row[2]) answers.push({ ...place, found: 'empty' })
    else {
      const mark = await lastRecord(connections, place, timeoutMs, signal)
      answers.push(mark === null ? { ...place, found: 'no-record' } : { ...place, found: 'record', mark })
    }
  }
  return answers
}

/** The lowest offset of a record with each mark. */
export async function findRecords(
  connections: BrokerConnections,
  wanted: WantedRecord[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<FoundRecord[]> {
  const found: FoundRecord[] = []
  for (const mark of wanted) found.push(await findRecord(connections, mark, mark, timeoutMs, signal))
  return found
}
