import { join, resolve } from 'node:path'
import { startApplicationHost } from './apps/host.ts'
import { startDesk } from './desk/desk.ts'
import { prepareFolder } from './folder.ts'
import { startLabCloud } from './ibm/lab-cloud.ts'
import type { StandIn } from './ibm/stand-in.ts'
import { startCluster, type LabCluster } from './kafka/cluster.ts'
import { grounds } from './grounds/catalogue.ts'
import type { Ground } from './grounds/ground.ts'
import { connectorConfigs } from './kafka/connectors.ts'
import {
  DEFAULT_KEYS,
  DEFAULT_RECORDS_PER_SECOND,
  DEFAULT_TOPICS,
  defaultApplications,
  type LabOptions,
} from './options.ts'
import { onePair } from './pairs.ts'
import { startGuard } from './process/guard.ts'
import { endAll, Lab, type LabParts } from './running-lab.ts'
import { startTemporal } from './temporal/dev-server.ts'
import { checkout, readTools } from './tools.ts'

export type { Lab } from './running-lab.ts'

let labs = 0

/** Starts a lab: about 12 s on two cores. When it fails, or this process is gone, nothing of it stays behind. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const topics = options.topics ?? DEFAULT_TOPICS
  const parts: LabParts = {
    dir: prepareFolder(
      resolve(options.dir ?? join(checkout, '.lab', `${process.pid}-${Date.now().toString(36)}-${++labs}`)),
    ),
    ground: groundOf(options),
    guard: startGuard(),
    tools: readTools(),
    ports: [],
    topics,
    applications: options.applications ?? defaultApplications(topics),
    pairs: options.pairs ?? onePair(topics),
    closers: [],
  }
  try {
    return await startParts(parts, options)
  } catch (error) {
    await endAll(parts)
    throw error
  }
}

/** A provider names copies in its own way, whatever its clusters are like otherwise. */
function groundOf({ ground = 'lab', backend }: LabOptions): Ground {
  return backend === 'event-streams' ? { ...grounds[ground], naming: 'suffix' } : grounds[ground]
}

async function startParts(parts: LabParts, options: LabOptions): Promise<Lab> {
  const { ground, dir, guard, tools, ports, topics, applications, closers } = parts
  const clusters = new Map<string, LabCluster>()
  const spec = { ground, folder: dir, guard, tools, ports, closers }
  const { host, close } = await startApplicationHost({
    applications,
    folder: dir,
    guard,
    ports,
    cluster: (alias) => clusters.get(alias),
    recordsPerSecond: options.recordsPerSecond ?? DEFAULT_RECORDS_PER_SECOND,
    keys: options.keys ?? DEFAULT_KEYS,
  })
  parts.closers.push(close)
  const [a, b, { temporal, desk }] = await Promise.all([
    startCluster({ ...spec, alias: 'A', topics, applications }),
    startCluster({ ...spec, alias: 'B', topics, applications }),
    startTemporal(spec).then(async (temporal) => ({ temporal, desk: await startDesk({ ...spec, temporal }) })),
  ])
  clusters.set('A', a).set('B', b)
  const cloud = options.backend === 'event-streams' ? await startCloud(parts, clusters) : undefined
  const lab = new Lab(parts, options, { clusters, temporal, desk, apps: host, cloud })
  await Promise.all([lab.enableLink('A', 'B'), lab.enableHeartbeat('B', 'A')])
  if (options.startApplicationsOn !== undefined) await host.startAll(options.startApplicationsOn)
  lab.publish()
  return lab
}

async function startCloud(
  { ground, ports, topics, closers }: LabParts,
  clusters: Map<string, LabCluster>,
): Promise<StandIn> {
  const cluster = (alias: string) => {
    const found = clusters.get(alias)
    if (!found) throw new Error(`there is no cluster ${alias}`)
    return found
  }
  const names = topics.map(({ name }) => name)
  const cloud = await startLabCloud([...clusters.keys()], ports, cluster, (from, to) =>
    connectorConfigs(ground, cluster(from), cluster(to), { prefix: '', topics: names }),
  )
  closers.push(() => cloud.close())
  return cloud
}
