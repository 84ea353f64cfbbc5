import type { ClusterConfig } from '../../config/schema.ts'
import { type Guarded, guardedAs } from './guarded.ts'
import { BrokerConnections } from './net/connections.ts'

/** A login of ours, and the calls that go out as it. */
export interface ClusterLogin {
  connections: BrokerConnections
  guarded: Guarded
}

/** Who reads, and who writes: the same one, unless the configuration has `act`. Nothing is connected before the first call. */
export function loginsOf(alias: string, config: ClusterConfig): { watch: ClusterLogin; act: ClusterLogin } {
  const { act, tls } = config
  const one = (login: 'watch' | 'act' | undefined, as: ClusterConfig): ClusterLogin => ({
    connections: new BrokerConnections(alias, as, as.sasl),
    guarded: guardedAs({ alias, config: as, user: as.sasl, login }),
  })
  if (act === undefined) {
    const only = one(undefined, config)
    return { watch: only, act: only }
  }
  // The authorities and the name of the brokers are those of the cluster.
  const acting = { ...config, sasl: act.sasl, ...(tls && act.tls ? { tls: { ...tls, ...act.tls } } : {}) }
  return { watch: one('watch', config), act: one('act', acting) }
}
