/** What the comparison wants to know of the two logs. It does no I/O of its own: whoever runs it answers. */

/** A committed data record. `key` stands for its time stamp, key and value. */
export interface LogRecord {
  readonly offset: number
  readonly key: string
}

export type Side = 'source' | 'copy'

/** `find`: the lowest offset of a record like each, or null. */
export type Ask =
  | { readonly ask: 'read'; readonly side: Side; readonly from: number; readonly to: number }
  | { readonly ask: 'find'; readonly side: Side; readonly records: readonly LogRecord[] }
  | { readonly ask: 'copy-start' }

export type Answer =
  | { readonly records: readonly LogRecord[] }
  | { readonly offsets: readonly (number | null)[] }
  | { readonly start: number }

/** Committed data records of [from, to) in order; what is before the log's start is left out. */
function* read(side: Side, from: number, to: number): Generator<Ask, readonly LogRecord[], Answer> {
  const answer = yield { ask: 'read', side, from, to }
  if (!('records' in answer)) throw new TypeError('records were asked for')
  return answer.records
}

function* find(side: Side, records: readonly LogRecord[]): Generator<Ask, readonly (number | null)[], Answer> {
  if (records.length === 0) return []
  const answer = yield { ask: 'find', side, records }
  if (!('offsets' in answer)) throw new TypeError('offsets were asked for')
  return answer.offsets
}

function* copyStart(): Generator<Ask, number, Answer> {
  const answer = yield { ask: 'copy-start' }
  if (!('start' in answer)) throw new TypeError('the start of the copy was asked for')
  return answer.start
}

export const ask = { read, find, copyStart }
