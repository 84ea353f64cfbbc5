import { ibmAccount } from '../../adapters/ibm/account.ts'
import type { EventStreamsInstance } from '../../adapters/ibm/settings.ts'
import { hops, remoteName } from '../../domain/names/naming.ts'
import { configurationFault } from '../../ports/failures.ts'
import type { MirroringPort } from '../../ports/mirroring.ts'
import type { Around } from '../backend.ts'
import type { Needs } from './needs.ts'
import { createEventStreams } from './event-streams.ts'
import type { EventStreamsConfig } from './settings.ts'

export async function open(link: EventStreamsConfig, { needs, cluster }: Around<Needs>): Promise<MirroringPort> {
  const { from, to } = link
  const { account, instances, naming } = needs
  if (account === undefined)
    throw configurationFault(`The link ${from}->${to} needs ibmCloud in switchback.yaml. Add it, then decide retry.`)
  const parts = {
    source: known(from, instances.from),
    target: known(to, instances.to),
    ibmCloud: account,
    clusters: { from: cluster(from), to: cluster(to) },
    copyOf: (topic: string) => remoteName(naming, from, topic),
    topicOf: (copy: string) => hops(naming, copy).find(({ alias }) => alias === from)?.topic ?? copy,
  }
  return createEventStreams(link, parts, ibmAccount(account))
}

function known(alias: string, instance: EventStreamsInstance | undefined): EventStreamsInstance {
  if (instance !== undefined) return instance
  throw configurationFault(
    `clusters.${alias} has no eventStreams in switchback.yaml, which its links need. Add crn and adminUrl, then decide retry.`,
  )
}
