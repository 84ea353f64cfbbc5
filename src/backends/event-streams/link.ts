import type { EventStreamsConfig } from './settings.ts'
import type { EventStreamsInstance, IbmCloudConfig } from '../../adapters/ibm/settings.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import type { WithAccount } from '../../adapters/ibm/account.ts'
import { adminRest, type AdminRest } from './admin-rest.ts'
import { instancesOf, type Instance, type Instances } from './instance.ts'
import { monitoringOf, type Monitoring } from './monitoring.ts'

/** One direction of a mirroring between two instances, and the interfaces of its target. */
export interface EventStreamsLink {
  link: EventStreamsConfig
  /** `A->B`, to begin a sentence with. */
  label: string
  source: EventStreamsInstance
  target: EventStreamsInstance
  instances: Instances
  admin: AdminRest
  monitoring: Monitoring
  account: WithAccount
  clusters: { from: ClusterLooks; to: ClusterLooks }
  /** Name of the copy of a topic on the target. */
  copyOf(topic: string): string
  /** Name of the topic that this is the copy of; a name that is none of a copy stays. */
  topicOf(copy: string): string
}

/** What of the configuration a link is made of, and the clusters' own interfaces. */
export interface EventStreamsParts {
  source: EventStreamsInstance
  target: EventStreamsInstance
  ibmCloud: IbmCloudConfig
  clusters: { from: ClusterLooks; to: ClusterLooks }
  copyOf(topic: string): string
  topicOf(copy: string): string
}

export function openLink(link: EventStreamsConfig, parts: EventStreamsParts, account: WithAccount): EventStreamsLink {
  const { source, target, ibmCloud, clusters } = parts
  return {
    link,
    label: `${link.from}->${link.to}`,
    source,
    target,
    instances: instancesOf(account),
    admin: adminRest(link.to, target, ibmCloud, account),
    monitoring: monitoringOf(link.to, target, ibmCloud, account),
    account,
    clusters,
    copyOf: (topic) => parts.copyOf(topic),
    topicOf: (copy) => parts.topicOf(copy),
  }
}

/** One look at the target: what the resource controller says, and what the mirroring itself answers. */
export interface Seen {
  instance: Instance
  /** Null: the target answers that it is no mirroring target. */
  includes: string[] | null
}

/** The operation first: what it says is then never newer than what the probe finds. */
export async function see(es: EventStreamsLink, signal?: AbortSignal): Promise<Seen> {
  const instance = await es.instances.read(es.link.to, es.target, signal)
  return { instance, includes: await es.admin.selection(signal) }
}
