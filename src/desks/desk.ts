import type { z } from 'zod'
import type { AddedKeys } from '../config/added-keys.ts'
import type { Insecure } from '../config/insecure-parts.ts'
import type { Outline } from '../config/outline.ts'
import type { Fault, Path } from '../config/place.ts'
import type { TicketDeskPort } from '../ports/tickets.ts'

/** What every entry `desk` says. */
export interface Desk {
  adapter: string
}

/** What of the file a desk may need besides its own entry. */
export interface File {
  clusters: Readonly<Record<string, object>>
  pairs: Readonly<Record<string, { topics: string[] }>>
}

/** An entry as far as it can be read, with its place. */
export interface PlacedDesk {
  desk: Readonly<Record<string, unknown>>
  path: Path
}

export interface Opening<D, Needs> {
  open(this: void, pair: string, desk: D, needs: Needs): Promise<TicketDeskPort>
}

/** What is known of a kind of desk without asking anybody: no I/O and no SDK is loaded by it. */
export interface SupportDesk<D extends Desk = Desk, Needs = unknown> {
  /** As `adapter` of the entry says it. */
  readonly name: D['adapter']
  readonly desk: z.ZodObject
  /** Keys that it adds to the top of the file. */
  readonly fileKeys: AddedKeys
  /** There is no desk: a person files the ticket, and completes it in the run. */
  readonly byPerson: boolean
  /** What no single key of the file can tell. */
  faults(entry: PlacedDesk, file: Outline): Fault[]
  insecure(desk: D, path: Path): Insecure[]
  /** Secrets that stand in the entry itself. */
  literalSecrets(desk: D, path: Path): Insecure[]
  /** All of the file that it is made of besides its entry. */
  dependsOn(desk: D, seen: { file: File; pair: string }): Needs
  /** Loaded when a configuration uses it. */
  opening(): Promise<Opening<D, Needs>>
}
