import { configurationFault } from '../ports/failures.ts'
import type { Addresses } from './control.ts'

/** Addresses of a cluster, for an application that is started on it. */
export function bootstrapOf(clusters: Addresses, alias: string): string[] {
  const cluster = clusters[alias]
  if (cluster) return cluster.bootstrap
  throw configurationFault(
    `There is no cluster ${alias} in the configuration (there are: ${Object.keys(clusters).join(', ')}). Add it under clusters, then decide retry.`,
  )
}
