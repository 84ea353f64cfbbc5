import type { ApplicationHost } from './apps/host.ts'
import type { LabApplication, LabTopic } from './apps/definitions.ts'
import type { LabDesk } from './desk/desk.ts'
import type { LabCluster } from './kafka/cluster.ts'
import type { LabTemporal } from './temporal/dev-server.ts'

/** What of a running lab is told. */
interface Described {
  readonly pair: string
  readonly topics: readonly LabTopic[]
  readonly applications: readonly LabApplication[]
  readonly apps: ApplicationHost
  readonly clusters: readonly LabCluster[]
  readonly temporal: LabTemporal
  readonly desk: LabDesk
  readonly configFile: string
  readonly env: Record<string, string>
  pids(): unknown
}

/** What lab.json tells: addresses, users, files and pids. The pids are those of the moment it is written. */
export function describeLab(lab: Described) {
  return {
    pid: process.pid,
    pair: lab.pair,
    topics: lab.topics,
    applications: lab.applications,
    appsUrl: lab.apps.url,
    clusters: Object.fromEntries(
      lab.clusters.map(({ alias, bootstrap, caFile, users, connect }) => [
        alias,
        {
          bootstrap,
          users,
          connect: connect.url,
          securityProtocol: caFile === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL',
          ...(caFile === undefined ? {} : { caFile }),
          mechanisms: ['PLAIN', 'SCRAM-SHA-256'],
        },
      ]),
    ),
    temporal: { address: lab.temporal.address, namespace: lab.temporal.namespace, ui: lab.temporal.uiUrl },
    desk: lab.desk.url,
    taskQueues: { runs: 'switchback', waits: 'switchback-waits' },
    configuration: lab.configFile,
    env: lab.env,
    pids: lab.pids(),
  }
}
