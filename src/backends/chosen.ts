import type { z } from 'zod'
import type { Link, MirroringBackend } from './backend.ts'
import { type AddedKey, keysOfAll } from '../config/added-keys.ts'
import { backends as listed } from './catalogue.ts'

type Listed = (typeof listed)[number]

/** An entry of `links`, of whichever backend. */
export type LinkConfig = z.infer<Listed['link']>

/** What the catalogue has, as everybody outside sees it. */
export const backends: readonly MirroringBackend[] = listed

export const backendNames: readonly string[] = backends.map(({ name }) => name)

/** What is meant where a pair does not say. */
export const defaultBackend: string = listed[0].name

/** The backend of a link that was read. */
export function backendOf({ backend }: Pick<Link, 'backend'>): MirroringBackend {
  const found = backendNamed(backend)
  if (found === undefined) throw new Error(`there is no backend ${backend}: there are ${backendNames.join(', ')}`)
  return found
}

/** Undefined: there is none of this name. */
export function backendNamed(name: string): MirroringBackend | undefined {
  return backends.find((one) => one.name === name)
}

type Schemas = Listed['link']

/** The schemas of links, one a backend. */
export const linkSchemas = listed.map(({ link }) => link) as unknown as readonly [Schemas, ...Schemas[]]

/** Keys that backends add to entries of clusters. */
export const clusterKeys = keysOfAll(listed.map((one) => one.clusterKeys))

/** Keys that backends add to the top of the file. */
export const fileKeys = keysOfAll(listed.map((one) => one.fileKeys))

/** Is access to this cluster managed by a provider, and not by ACLs? */
export function managesAccess(cluster: object): boolean {
  return Object.entries<AddedKey>(clusterKeys).some(
    ([key, added]) => added.managesAccess === true && Reflect.get(cluster, key) !== undefined,
  )
}
