import { decodeBatch, isDense, isReadable, type Batch } from './batch.ts'

/** What was counted of a range so far. Timestamps in ms since 1970. */
export interface Tally {
  records: number
  controlMarkers: number
  bytes: number
  first: bigint | undefined
  last: bigint | undefined
}

/** The last moment a Date can hold, in ms: producers may stamp records with anything. */
const LATEST_DATE = 8_640_000_000_000_000n

export function newTally(): Tally {
  return { records: 0, controlMarkers: 0, bytes: 0, first: undefined, last: undefined }
}

/** Adds what of a committed batch lies in [from, to). The header suffices unless the range cuts through the batch. */
export function addBatch(tally: Tally, batch: Batch, from: bigint, to: bigint): void {
  const whole = batch.baseOffset >= from && batch.lastOffset < to
  if (batch.control) tally.controlMarkers += whole ? batch.count : decodedPart(batch, from, to).length
  else if (whole)
    add(tally, batch, batch.count, batch.logAppendTime ? batch.maxTimestamp : batch.baseTimestamp, batch.maxTimestamp)
  else addPart(tally, batch, from, to)
}

function addPart(tally: Tally, batch: Batch, from: bigint, to: bigint): void {
  if (isReadable(batch) || !isDense(batch)) {
    const stamps = decodedPart(batch, from, to).map((record) => record.timestamp)
    add(tally, batch, stamps.length, ...stamps)
    return
  }
  // It cannot be decompressed here, but no offset is missing from it: the count is exact, the times are the batch's.
  const start = batch.baseOffset > from ? batch.baseOffset : from
  const end = batch.lastOffset + 1n < to ? batch.lastOffset + 1n : to
  if (end > start) add(tally, batch, Number(end - start), batch.baseTimestamp, batch.maxTimestamp)
}

function decodedPart(batch: Batch, from: bigint, to: bigint) {
  return decodeBatch(batch).filter(({ offset }) => offset >= from && offset < to)
}

function add(tally: Tally, batch: Batch, records: number, ...stamps: bigint[]): void {
  if (records === 0) return
  tally.records += records
  tally.bytes += Math.round((batch.bytes * records) / batch.count)
  for (const stamp of stamps) {
    if (stamp < 0n || stamp > LATEST_DATE) continue
    if (tally.first === undefined || stamp < tally.first) tally.first = stamp
    if (tally.last === undefined || stamp > tally.last) tally.last = stamp
  }
}
