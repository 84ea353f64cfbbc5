import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import {
  type MemoryMark,
  memoryShape,
  type MemorySummary,
  type PairMemory,
  plausibleRevision,
} from '../../contract/memory.ts'

/**
 * A part's bytes at most: with its key and the batch around it a record stays below Kafka's usual `max.message.bytes`
 * (1,048,588) and IBM's limit of 1 MB.
 */
export const partBytes = 900_000

/** One record of the memory's topic, in the order in which it is to be written. */
export interface MemoryRecord {
  key: string
  value: Uint8Array
}

/** The memory of one cluster: whole, torn (with what is wrong), or none at all. */
export type Remembered =
  | { state: 'whole'; summary: MemorySummary; slot: 0 | 1; memory: PairMemory }
  | { state: 'torn'; problem: string; mark: MemoryMark | null; slot: 0 | 1 | null }
  | { state: 'none' }

/** The last record of a memory; it counts only when the parts it names are there and fit its checksum. */
const headShape = z.looseObject({
  format: z.literal(1),
  pair: z.string(),
  lineage: z.string().min(1).max(200),
  revision: plausibleRevision,
  writtenAt: z.string().max(100),
  slot: z.union([z.literal(0), z.literal(1)]),
  parts: z.number().int().min(1).max(1_000),
  bytes: z.number().int(),
  checksum: z.string().max(100),
  /** HMAC of the rest, by `memory.key` of whoever wrote it. Absent: it had none. */
  mac: z.string().max(100).optional(),
})
type Head = z.input<typeof headShape>

/**
 * The records of a memory: its JSON in parts, then a head under the pair's name. The parts go to the slot that the newest
 * memory on that cluster is not in, so that a write that stops half way leaves the memory before it whole, compacted or not.
 */
export function memoryRecords(x: {
  memory: PairMemory
  mark: MemoryMark
  at: string
  slot: 0 | 1
  limit?: number
  /** Signs it. */
  key?: string
}): MemoryRecord[] {
  const { pair } = x.memory.dossier
  const body = utf8ToBytes(JSON.stringify(x.memory))
  const limit = x.limit ?? partBytes
  const count = Math.max(1, Math.ceil(body.length / limit))
  const head = {
    format: 1,
    pair,
    lineage: x.mark.lineage,
    revision: x.mark.revision,
    writtenAt: x.at,
    slot: x.slot,
    parts: count,
    bytes: body.length,
    checksum: checksumOf(body),
  } satisfies Head
  const signed = x.key === undefined ? head : { ...head, mac: macOf(x.key, head) }
  return [
    ...Array.from({ length: count }, (_, index) => ({
      key: partKey(pair, x.slot, index),
      value: body.subarray(index * limit, (index + 1) * limit),
    })),
    { key: pair, value: utf8ToBytes(JSON.stringify(signed)) },
  ]
}

/**
 * What the records of a topic say of a pair; of records with the same key the last one counts, as for compaction. With `key` only
 * what was signed with it is whole.
 */
export function remembered(records: readonly MemoryRecord[], pair: string, key?: string): Remembered {
  const newest = new Map(records.map(({ key, value }) => [key, value]))
  const written = newest.get(pair)
  if (written === undefined) return { state: 'none' }
  const head = headShape.safeParse(jsonOf(written)).data
  // Known by its own bytes, so that a person can put it aside.
  if (head === undefined)
    return torn(
      'its head is no memory of Switchback',
      { lineage: `unreadable ${checksumOf(written)}`, revision: 0 },
      null,
    )
  const mark = { lineage: head.lineage, revision: head.revision }
  if (key !== undefined && head.mac !== macOf(key, head)) {
    const by = head.mac === undefined ? 'is not signed' : 'is signed with another key than memory.key'
    return torn(
      `revision ${head.revision} ${by}: a worker without this key wrote it, or somebody else`,
      mark,
      head.slot,
    )
  }
  const parts = Array.from({ length: head.parts }, (_, index) => newest.get(partKey(pair, head.slot, index)))
  const missing = parts.flatMap((part, index) => (part === undefined ? [index + 1] : []))
  if (missing.length > 0) {
    return torn(`part ${missing.join(', ')} of ${head.parts} of revision ${head.revision} is missing`, mark, head.slot)
  }
  const body = concatBytes(...parts.filter((part) => part !== undefined))
  if (body.length !== head.bytes || checksumOf(body) !== head.checksum) {
    return torn(`revision ${head.revision} does not fit its checksum: it was written half`, mark, head.slot)
  }
  const memory = memoryShape.safeParse(jsonOf(body))
  if (!memory.success || memory.data.dossier.pair !== pair) {
    return torn(`revision ${head.revision} is no memory of ${pair} that this version reads`, mark, head.slot)
  }
  // What becomes a write has its shape; what is in it besides was written by a pair of this version of the memory.
  const whole = memory.data as unknown as PairMemory
  const { dossier, lease } = whole
  const { episode } = dossier
  const summary: MemorySummary = {
    ...mark,
    checksum: head.checksum,
    writtenAt: head.writtenAt,
    active: dossier.active,
    standby: dossier.standby,
    episode: episode && { number: episode.number, stage: episode.stage },
    episodesClosed: dossier.episodesClosed,
    run: lease?.workflowId ?? episode?.inDoubt?.workflowId ?? null,
    ...(key === undefined ? {} : { signed: true as const }),
  }
  return { state: 'whole', summary, slot: head.slot, memory: whole }
}

function torn(problem: string, mark: MemoryMark | null, slot: 0 | 1 | null): Remembered {
  return { state: 'torn', problem, mark, slot }
}

/** No pair's name has a slash, so no part is taken for a head. */
function partKey(pair: string, slot: 0 | 1, index: number): string {
  return `${pair}/${slot}/${index}`
}

function checksumOf(body: Uint8Array): string {
  return bytesToHex(sha256(body)).slice(0, 32)
}

/** Over every other part of the head, the body's checksum among them, in an order of its own. */
function macOf(key: string, head: Head): string {
  const { format, pair, lineage, revision, writtenAt, slot, parts, bytes, checksum } = head
  const text = JSON.stringify([format, pair, lineage, revision, writtenAt, slot, parts, bytes, checksum])
  return bytesToHex(hmac(sha256, utf8ToBytes(key), utf8ToBytes(text)))
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
