import type { Config, EventStreamsInstance, IbmCloudConfig, LinkConfig } from '../config/schema.ts'
import { namingOf } from '../config/naming.ts'
import { hops, remoteName } from '../domain/names/naming.ts'
import { configurationFault } from '../ports/failures.ts'
import type { MirroringPort } from '../ports/mirroring.ts'
import type { Around } from '../adapters/configured-ports.ts'
import { ibmAccount } from '../adapters/ibm/account.ts'
import { createEventStreams } from './event-streams/event-streams.ts'
import { surroundingsOf } from './mirrormaker2/engine/foreign.ts'
import { createMirrorMaker2 } from './mirrormaker2/mirror-maker2.ts'

/** A link, by the backend its configuration names. */
export function createMirroring(link: LinkConfig, around: Around): MirroringPort {
  const { config, pair } = around
  if (link.backend === 'mirrormaker2') return createMirrorMaker2(link, surroundingsOf(config, pair, link))
  const { from, to } = link
  const ibmCloud = accountOf(config, `The link ${from}->${to}`)
  const named = config.pairs[pair]
  const naming = named ? namingOf(config, named) : { kind: 'suffix' as const, separator: '.', aliases: [from, to] }
  const parts = {
    source: instanceOf(config, from),
    target: instanceOf(config, to),
    ibmCloud,
    clusters: { from: around.cluster(from), to: around.cluster(to) },
    copyOf: (topic: string) => remoteName(naming, from, topic),
    topicOf: (copy: string) => hops(naming, copy).find(({ alias }) => alias === from)?.topic ?? copy,
  }
  return createEventStreams(link, parts, ibmAccount(ibmCloud))
}

function accountOf({ ibmCloud }: Config, what: string): IbmCloudConfig {
  if (ibmCloud !== undefined) return ibmCloud
  throw configurationFault(`${what} needs ibmCloud in switchback.yaml. Add it, then decide retry.`)
}

function instanceOf({ clusters }: Config, alias: string): EventStreamsInstance {
  const instance = clusters[alias]?.eventStreams
  if (instance !== undefined) return instance
  throw configurationFault(
    `clusters.${alias} has no eventStreams in switchback.yaml, which its links need. Add crn and adminUrl, then decide retry.`,
  )
}
