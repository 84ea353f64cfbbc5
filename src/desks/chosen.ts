import type { z } from 'zod'
import { keysOfAll } from '../config/added-keys.ts'
import { desks as listed } from './catalogue.ts'
import type { Desk, SupportDesk } from './desk.ts'

type Listed = (typeof listed)[number]
type Schemas = Listed['desk']

/** An entry `desk`, of whichever kind. */
export type DeskConfig = z.infer<Schemas>

/** What the catalogue has, as everybody outside sees it. */
export const desks: readonly SupportDesk[] = listed

export const deskSchemas = listed.map(({ desk }) => desk) as unknown as readonly [Schemas, ...Schemas[]]

/** Keys that desks add to the top of the file. */
export const deskFileKeys = keysOfAll(listed.map((one) => one.fileKeys))

export function deskOf({ adapter }: Desk): SupportDesk {
  const found = deskNamed(adapter)
  if (found === undefined)
    throw new Error(`there is no desk ${adapter}: there are ${desks.map(({ name }) => name).join(', ')}`)
  return found
}

/** Undefined: there is none of this name. */
export function deskNamed(name: string): SupportDesk | undefined {
  return desks.find((one) => one.name === name)
}

/** What is meant where a pair does not say: a person. */
export const defaultDesk = (listed.find(({ byPerson }) => byPerson) ?? listed[0]).name
