import type { ClusterConfig } from '../config/schema.ts'
import { configurationFault } from '../ports/failures.ts'

/** Addresses of a cluster, for an application that is started on it. */
export function bootstrapOf(clusters: Readonly<Record<string, ClusterConfig>>, alias: string): string[] {
  const cluster = clusters[alias]
  if (cluster) return cluster.bootstrap
  throw configurationFault(
    `There is no cluster ${alias} in the configuration (there are: ${Object.keys(clusters).join(', ')}). Add it under clusters, then decide retry.`,
  )
}
