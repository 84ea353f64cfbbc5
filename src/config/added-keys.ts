import type { z } from 'zod'
import type { Fault, Path } from './place.ts'

/** A key that a backend, or a desk, adds to the file: at its top, or to an entry of a cluster. */
export interface AddedKey<Schema extends z.ZodType = z.ZodType> {
  schema: Schema
  /** What the schema cannot tell of a value that may be faulty. */
  faults(value: unknown, path: Path): Fault[]
  /** At a cluster: access is managed by the provider there, not by ACLs. */
  managesAccess?: true
}

export type AddedKeys = Readonly<Record<string, AddedKey>>

type All<T> = (T extends unknown ? (one: T) => void : never) extends (one: infer Every) => void ? Every : never

/** What several of them add, as one. */
export function keysOfAll<Keys extends AddedKeys>(added: readonly Keys[]): All<Keys> {
  return Object.assign({}, ...added) as All<Keys>
}
