import type { LabCluster } from '../kafka/cluster.ts'
import type { LinkConnectors } from '../kafka/connectors.ts'
import { ConnectUnderlay } from './connect-underlay.ts'
import { startStandIn, type StandIn } from './stand-in.ts'
import { withoutRemoved, type MirroringOptions } from './transforms.ts'

/** The API key of the service id that the product has; written to `secrets/ibm.apikey`. */
export const labApiKey = 'lab-api-key'

/** A lab's cluster as an instance: any form that a CRN may have will do. */
export function labCrn(alias: string): string {
  const region = alias === 'A' ? 'us-south' : 'us-east'
  return `crn:v1:bluemix:public:messagehub:${region}:a/lab:instance-${alias}::`
}

/** The lab's clusters as instances of IBM Cloud, nothing mirrored yet. */
export async function startLabCloud(
  aliases: readonly string[],
  ports: number[],
  cluster: (alias: string) => LabCluster,
  connectors: (from: string, to: string) => LinkConnectors,
): Promise<StandIn> {
  const underlay = new ConnectUnderlay(cluster, connectors)
  const cloud = await startStandIn({
    instances: aliases.map((alias) => ({ alias, crn: labCrn(alias) })),
    underlay,
    apiKey: labApiKey,
    ports,
  })
  const { close } = cloud
  cloud.close = () => {
    underlay.end()
    return close()
  }
  for (const from of aliases) for (const to of aliases) if (from !== to) cloud.authorized.add(`${from}->${to}`)
  return cloud
}

/** A further instance, authorized both ways with all others. */
export function addInstance(cloud: StandIn, alias: string): void {
  for (const { spec } of cloud.mirrorings.all)
    cloud.authorized.add(`${spec.alias}->${alias}`).add(`${alias}->${spec.alias}`)
  cloud.mirrorings.add({ alias, crn: labCrn(alias) })
}

/** Mirrors these topics as if it had been set up long ago. */
export async function mirrorInCloud(
  cloud: StandIn,
  from: string,
  to: string,
  topics: readonly string[],
  options: MirroringOptions = {},
): Promise<void> {
  const [source, target] = [cloud.mirrorings.get(from), cloud.mirrorings.get(to)]
  await cloud.mirrorings.enable(source, target, options)
  await cloud.mirrorings.select(
    target,
    topics.map((topic) => `^${withoutRemoved(options, topic).replaceAll('.', String.raw`\.`)}$`),
  )
}
