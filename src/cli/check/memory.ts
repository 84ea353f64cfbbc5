import { managesAccess } from '../../backends/chosen.ts'
import type { Config } from '../../config/schema.ts'
import { usersOf } from '../../config/users.ts'
import { withoutAcl } from '../../domain/fence/acl.ts'
import { listedSomewhere } from '../../domain/fence/acl-listings.ts'
import { unlistedWriters } from '../../domain/fence/writers.ts'
import type { Ports } from '../../ports/ports.ts'
import { type CheckLine, remarkOn } from './line.ts'

const harm = 'whoever writes there can stop every start, and have a forged memory shown for adoption'

/** Who besides us may write the memory's topic, as far as ACLs tell; super users are in none. Nothing is said where nobody may. */
export async function checkMemoryWriters(
  config: Config,
  ports: Pick<Ports, 'cluster'>,
  { alias, authorizer }: { alias: string; authorizer: boolean },
  signal: AbortSignal,
): Promise<CheckLine[]> {
  const { topic, key } = config.memory
  const what = `memory on ${alias}`
  const entry = config.clusters[alias]
  // There access is a matter of the provider's, which this does not read.
  if (entry !== undefined && managesAccess(entry)) return []
  if (!authorizer) {
    const remark = `everybody who reaches ${alias} may write ${topic}: ${harm}. Set memory.key: a memory that is not signed is then not adopted`
    return key === undefined ? [remarkOn(what, remark)] : []
  }
  const cluster = ports.cluster(alias)
  const acls = await cluster.acls([topic], signal)
  const known = usersOf(config.clusters[alias]).map((user) => `User:${user}`)
  const writers = unlistedWriters({ acls, topics: [topic], known }).map(({ principal }) => principal)
  const open =
    withoutAcl(listedSomewhere(acls), 'topic', [topic]).length > 0 && (await cluster.allowsWithoutAcl([topic], signal))
  if (open) writers.push('everybody (the topic has no ACL, and the cluster admits everybody then)')
  if (writers.length === 0) return []
  const signed = key === undefined ? ', and set memory.key' : ''
  return [
    remarkOn(
      what,
      `${topic} may be written by ${writers.join(', ')}: ${harm}. Leave it to the login of the workers${signed}`,
    ),
  ]
}
