import { managesAccess } from '../../backends/chosen.ts'
import type { Config } from '../../config/schema.ts'
import type { LoginRights } from '../../ports/cluster.ts'
import type { Ports } from '../../ports/ports.ts'
import { type CheckLine, ok, remarkOn } from './line.ts'
import { probe } from './probe.ts'

const writing = new Set(['Write', 'Create', 'Delete', 'Alter', 'AlterConfigs', 'ClusterAction', 'IdempotentWrite'])
const remedy = 'docs/production.md lists the ACLs of both logins'

/** Both logins of a cluster that has two: does each get in, does `watch` only read, may `act` write. Nothing where there is one. */
export async function checkLogins(
  { clusters, pairs, memory }: Config,
  ports: Pick<Ports, 'cluster'>,
  alias: string,
): Promise<CheckLine[]> {
  const cluster = clusters[alias]
  if (cluster?.act === undefined) return []
  const here = Object.values(pairs).filter(({ primary, secondary }) => [primary, secondary].includes(alias))
  const local = [...new Set(here.flatMap(({ topics }) => topics))]
  // Where a provider manages access there are no ACLs to judge: that its key gets in is all that is asked.
  const judged = !managesAccess(cluster)
  const asked = judged ? [...local, memory.topic] : []
  const lines = (login: 'watch' | 'act', remarks: (rights: LoginRights) => string[]) => {
    const what = `login ${login} of ${alias}`
    return probe(what, async (signal) => {
      const rights = await ports.cluster(alias).rights(login, asked, signal)
      const found = ok(what, `${rights.user ?? 'the user of its certificate'} gets in`)
      return [found, ...(judged ? remarks(rights).map((text) => remarkOn(what, text)) : [])]
    })
  }
  return (await Promise.all([lines('watch', ofWatch(local)), lines('act', ofAct(local, memory.topic))])).flat()
}

/** Pure, exported for tests: what a login that only reads has too much, and what it lacks. */
export function ofWatch(local: readonly string[]): (rights: LoginRights) => string[] {
  return ({ cluster, topics }) => {
    const much = [
      ...cluster.filter((word) => writing.has(word)).map((word) => `${word} on the cluster`),
      ...topics.flatMap(([topic, words]) => {
        const writes = words.filter((word) => writing.has(word))
        return writes.length === 0 ? [] : [`${writes.join(', ')} on ${topic}`]
      }),
    ]
    const lacking = [
      ...(cluster.includes('Describe') ? [] : ['Describe on the cluster (ACLs cannot be read)']),
      ...without(local, topics, 'Read'),
    ]
    return [
      ...(much.length === 0 ? [] : [`it may do more than read: ${much.join('; ')}. Take these ACLs away: ${remedy}`]),
      ...(lacking.length === 0 ? [] : [`it lacks ${lacking.join('; ')}: ${remedy}`]),
    ]
  }
}

/** Pure, exported for tests: what would be refused to the login that acts. */
export function ofAct(local: readonly string[], memory: string): (rights: LoginRights) => string[] {
  return ({ cluster, topics }) => {
    const lacking = [
      ...(cluster.includes('Alter') ? [] : ['Alter on the cluster (a fence is refused)']),
      ...without(local, topics, 'Read').map((text) => `${text} (positions of groups are refused)`),
      ...(topics.some(([topic, words]) => topic === memory && !words.includes('Write'))
        ? [`Write on ${memory} (the memory is not kept there)`]
        : []),
    ]
    return lacking.length === 0 ? [] : [`it lacks ${lacking.join('; ')}: ${remedy}`]
  }
}

function without(names: readonly string[], topics: LoginRights['topics'], operation: string): string[] {
  const lacking = topics.flatMap(([topic, words]) =>
    names.includes(topic) && !words.includes(operation) ? [topic] : [],
  )
  return lacking.length === 0 ? [] : [`${operation} on ${lacking.join(', ')}`]
}
