import type { ApplicationPort } from './applications.ts'
import type { ClusterPort } from './cluster.ts'
import type { MirroringPort } from './mirroring.ts'
import type { SchemaRegistryPort } from './schema-registry.ts'
import type { TicketDeskPort } from './tickets.ts'

/** Everything outside, by the names a plan uses. Each lookup fails with a `Configuration` failure that lists what there is. */
export interface Ports {
  cluster(alias: string): ClusterPort
  /** Null: none is configured for this cluster. */
  schemaRegistry(alias: string): SchemaRegistryPort | null
  mirroring(pair: string, from: string, to: string): MirroringPort
  application(pair: string, name: string): ApplicationPort
  desk(pair: string): TicketDeskPort
  close(): Promise<void>
}
