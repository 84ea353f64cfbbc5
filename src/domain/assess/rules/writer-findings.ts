import type { Finding } from '../../../contract/evidence.ts'
import type { ActiveProducer, TopicProducers } from '../../../contract/observed.ts'
import type { Plan } from '../../../contract/plan.ts'
import type { AclListings } from '../../fence/acl-listings.ts'
import { listed } from '../../text/listed.ts'
import { knownPrincipals, topicsWithoutProducer, unlistedWriters } from '../../fence/writers.ts'
import { finding } from '../finding.ts'
import type { FileLook, WritersLook } from '../world.ts'

/** Where writers were looked for, and what is known of them. */
export interface WriterScope extends Pick<Plan, 'pair' | 'topics' | 'applications'> {
  cluster: string
  file: FileLook
}

/** Does anybody write there whom the run would neither stop nor fence? What they write after the fence would be stranded. */
export function writerFindings(
  scope: WriterScope,
  { acls, producers }: WritersLook,
  severity: Finding['severity'],
): Finding[] {
  const active = producers.ok ? producers.value : []
  return [
    ...(acls.ok
      ? byAcl(scope, acls.value).map(({ principal, topics }) =>
          finding(severity, 'unlisted-writer', principalText(scope, principal, topics, active)),
        )
      : [unknown(scope, acls.problem)]),
    ...(producers.ok
      ? byProducer(scope, active).map((topic) => finding(severity, 'unlisted-producer', producerText(scope, topic)))
      : [unknown(scope, producers.problem)]),
  ]
}

function byAcl({ applications, file, topics }: WriterScope, acls: AclListings) {
  const planned = knownPrincipals({ topics, planned: applications, configured: file.applications })
  const ours = file.ours.map((user) => `User:${user}`)
  return unlistedWriters({ acls, topics, known: [...planned, ...ours, ...file.ignorePrincipals] })
}

function byProducer({ topics, applications, file }: WriterScope, active: TopicProducers[]): TopicProducers[] {
  const accepted = new Set(file.ignoreProducersOf)
  const nobodys = new Set(topicsWithoutProducer(topics, applications).filter((topic) => !accepted.has(topic)))
  return active.filter(({ topic, producers }) => nobodys.has(topic) && producers.length > 0)
}

function principalText({ pair, cluster }: WriterScope, principal: string, topics: string[], active: TopicProducers[]) {
  const who = principal === 'User:*' ? 'Everybody (User:*)' : principal
  const wrote = active.filter(({ topic }) => topics.includes(topic)).flatMap(({ producers }) => producers)
  return (
    `${who} may write ${listed(topics)} on ${cluster} by its ACLs, and no application of ${pair} has this principal: ` +
    `nobody would stop or fence it, and what it writes after the fence is stranded. ${latest(wrote)} ` +
    `List its application and start again; or take the ACL away; or, when it never writes there, name it in fence.ignorePrincipals.`
  )
}

function producerText({ pair, cluster }: WriterScope, { topic, producers }: TopicProducers): string {
  return (
    `Somebody writes ${topic} on ${cluster}, and no application of ${pair} is a producer of it: nobody would stop or fence that one. ` +
    `${latest(producers)} Find the producer and list its application, then start again; or accept it in fence.ignoreProducersOf.`
  )
}

/** Brokers name producers by ids only, each until it has not written for a day. */
function latest(producers: ActiveProducer[]): string {
  const ids = new Map<number, number>()
  for (const [, id, , , at] of producers) ids.set(id, Math.max(at, ids.get(id) ?? at))
  if (ids.size === 0) return 'No producer with an id has written there lately.'
  const newest = [...ids].toSorted(([, a], [, b]) => b - a).slice(0, 3)
  const said = newest.map(([id, at]) => `${id}${at < 0 ? '' : ` at ${new Date(at).toISOString()}`}`)
  return `Producer ids that wrote there lately, any application's: ${ids.size}, the last ${said.join(', ')}.`
}

function unknown({ cluster }: WriterScope, problem: string): Finding {
  return finding(
    'warning',
    'writers-unknown',
    `Whether anybody else writes on ${cluster} could not be found out: ${problem}`,
  )
}
