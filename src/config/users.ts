import type { ClusterConfig } from './schema.ts'

/** Users that our own logins have on a cluster; those of client certificates are not known here. */
export function usersOf(cluster: Pick<ClusterConfig, 'sasl' | 'act'> | undefined): string[] {
  return [cluster?.sasl, cluster?.act?.sasl].flatMap((login) => (login === undefined ? [] : [login.username]))
}
