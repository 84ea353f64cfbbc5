import type { Config } from '../config/schema.ts'
import type { Ports } from '../ports/ports.ts'
import { portsWith } from './configured-ports.ts'
import { createKafkaCluster } from './kafka/cluster.ts'
import { createMirroring } from '../backends/mirroring.ts'

/**
 * Everything outside, as the configuration names it. `config` is asked at each lookup, so that a corrected entry counts
 * from the next lookup on: only what was made from a changed entry is made anew.
 */
export function createPorts(config: () => Config): Ports {
  return portsWith(config, { cluster: createKafkaCluster, mirroring: createMirroring })
}
