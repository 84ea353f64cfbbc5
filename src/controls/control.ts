import type { z } from 'zod'
import type { Insecure } from '../config/insecure-parts.ts'
import type { Fault, Path } from '../config/place.ts'
import type { ApplicationPort } from '../ports/applications.ts'

/** What every entry `control` says. */
export interface Control {
  adapter: string
}

/** An application as its control needs to know it. */
export interface Application {
  name: string
  kind: 'producer' | 'consumer' | 'streams' | 'connect'
  topics: string[]
  group?: string | undefined
}

/** By alias: where an application is started. */
export type Addresses = Readonly<Record<string, { bootstrap: string[] }>>

export interface Controlled<C> {
  pair: string
  app: Application
  control: C
  clusters: Addresses
}

export interface Opening<C> {
  open(this: void, controlled: Controlled<C>): Promise<ApplicationPort>
}

/** What is known of a way to stop and start an application without asking anybody: no I/O and no SDK is loaded by it. */
export interface ApplicationControls<C extends Control = Control> {
  /** As `adapter` of the entry says it. */
  readonly name: C['adapter']
  readonly control: z.ZodObject
  /** Keys of the entry that name a folder: the one of the file where it is not said. */
  readonly folders: readonly string[]
  /** What no single key can tell of an entry that may be faulty. */
  faults(control: Readonly<Record<string, unknown>>, path: Path): Fault[]
  insecure(control: C, path: Path): Insecure[]
  /** Secrets that stand in the entry itself. */
  literalSecrets(control: C, path: Path): Insecure[]
  /** It knows the act `prepare`. */
  prepares(control: C): boolean
  /** What the entry says to the person who acts, where a person does; undefined: nobody has to. */
  instruction(control: C): string | undefined
  /** Loaded when a configuration uses it. */
  opening(): Promise<Opening<C>>
}
