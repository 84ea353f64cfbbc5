import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

/** What a record says of itself. `topic` is the local topic it was meant for; `seq` counts up per topic and key, from 1. */
export type RecordValue = { topic: string; key: string; seq: number; producer: string }

/** One acknowledged record, or one (`maybe`) that may have been written although its send failed. `at`: milliseconds since 1970. */
export type SentRecord =
  | { topic: string; key: string; seq: number; cluster: string; partition: number; offset: number; at: number }
  | { maybe: true; topic: string; key: string; seq: number; cluster: string; at: number; error: string }

/** One record as a consumer processed it. `topic` is where it was read, `origin` the local topic it was sent to. */
export type ReceivedRecord = {
  topic: string
  origin: string
  partition: number
  offset: number
  key: string
  seq: number
  cluster: string
  at: number
}

export const sentFile = (folder: string, producer: string) => join(folder, 'sent', `${producer}.jsonl`)
export const receivedFile = (folder: string, consumer: string) => join(folder, 'received', `${consumer}.jsonl`)

/** Everything all producers of a lab have sent, each producer's in its order. */
export function readSent(folder: string): SentRecord[] {
  return readAll<SentRecord>(join(folder, 'sent'))
}

/** Everything one consumer has processed, in its order; without a name that of all consumers. */
export function readReceived(folder: string, consumer?: string): ReceivedRecord[] {
  if (consumer === undefined) return readAll<ReceivedRecord>(join(folder, 'received'))
  return parseLines<ReceivedRecord>(receivedFile(folder, consumer))
}

/** Takes away a last line that a kill has cut, before more is appended to it. */
export function repairLines(file: string): void {
  if (!existsSync(file)) return
  const bytes = readFileSync(file)
  const end = bytes.lastIndexOf(10) + 1
  if (end !== bytes.length) truncateSync(file, end)
}

function readAll<T>(folder: string): T[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => parseLines<T>(join(folder, name)))
}

/** A line still being written, or cut by a kill, is not counted. */
function parseLines<T>(file: string): T[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T)
}
