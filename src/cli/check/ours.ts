import type { Dossier } from '../../contract/dossier.ts'
import { aclKey } from '../../domain/fence/acl.ts'
import { listedSomewhere } from '../../domain/fence/acl-listings.ts'
import { type Ours, oursOf } from '../../domain/dossier/ours.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import type { LookingPorts } from '../../ports/looks.ts'
import { messageOf } from '../message-of.ts'

/** A cluster that does not answer within this is reported as such, ms. */
const limitMs = 20_000

export interface OursSeen extends Ours {
  /** Null: the cluster did not answer; then `problem` says why. */
  there: boolean | null
  problem?: string
}

/** Everything of ours on the pair's clusters, as they answer now. */
export async function seeOurs(
  ports: LookingPorts,
  dossier: Dossier,
  known: { clusters: string[]; memoryTopic: string },
): Promise<OursSeen[]> {
  const all = oursOf(dossier, known)
  const clusters = [...new Set(all.map(({ cluster }) => cluster))]
  const seen = await Promise.all(
    clusters.map((alias) =>
      onCluster(
        () => ports.cluster(alias),
        all.filter(({ cluster }) => cluster === alias),
      ),
    ),
  )
  return seen.flat()
}

async function onCluster(open: () => ClusterLooks, ours: Ours[]): Promise<OursSeen[]> {
  try {
    const cluster = open()
    const signal = AbortSignal.timeout(limitMs)
    const names = (kind: Ours['kind']) => ours.flatMap((one) => (one.kind === kind ? [one.name] : []))
    const denied = [...new Set(ours.flatMap(({ acl }) => (acl === undefined ? [] : [acl.name])))]
    const [acls, groups, topics] = await Promise.all([
      denied.length === 0 ? [] : cluster.acls(denied, signal),
      names('group').length === 0 ? [] : cluster.groupStates(names('group'), signal),
      names('topic').length === 0 ? [] : cluster.describeTopics(names('topic'), signal),
    ])
    // What one broker still lists is not gone.
    const listed = new Set(listedSomewhere(acls).map(aclKey))
    const groupThere = new Set(groups.filter(({ state }) => state !== 'absent').map(({ group }) => group))
    const topicThere = new Set(topics.map(({ topic }) => topic))
    const there = ({ kind, name, acl }: Ours): boolean => {
      if (kind === 'group') return groupThere.has(name)
      if (kind === 'topic') return topicThere.has(name)
      return acl !== undefined && listed.has(aclKey(acl))
    }
    return ours.map((one) => ({ ...one, there: there(one) }))
  } catch (error) {
    return ours.map((one) => ({ ...one, there: null, problem: messageOf(error) }))
  }
}

const kinds: Record<Ours['kind'], string> = { entry: 'ACL', group: 'group', topic: 'topic' }

/** One line each; a cluster that did not answer is said once. */
export function oursLines(seen: readonly OursSeen[]): string[] {
  const silent = new Map(
    seen.flatMap(({ cluster, problem }) => (problem === undefined ? [] : [[cluster, problem] as const])),
  )
  return [
    ...seen.map(({ cluster, kind, name, purpose, there }) => {
      const mark = there === null ? '?' : there ? '·' : '-'
      return `${mark} ${cluster}: ${kinds[kind]} ${name} (${purpose})${there === false ? ': it is not there' : ''}`
    }),
    ...[...silent].map(([cluster, problem]) => `! ${cluster} could not be asked: ${problem}`),
  ]
}
