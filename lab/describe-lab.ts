import type { Lab } from './running-lab.ts'

/** What lab.json tells: addresses, users, files and pids. The pids are those of the moment it is written. */
export function describeLab(lab: Lab) {
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
