import type { TopicOffsets } from '../../contract/evidence.ts'
import type { Plan, PlannedApplication } from '../../contract/plan.ts'
import { groupIdOn } from '../names/group-ids.ts'
import { keepsNames, remoteName } from '../names/naming.ts'

/** Places named in a question; the dossier has them all. */
const namedPlaces = 12

/** Applications of a plan with something that does not move with them. */
export function handedOver(plan: Plan, role?: PlannedApplication['kind']): PlannedApplication[] {
  return plan.applications.filter(({ kind, stays }) => stays !== undefined && (role === undefined || kind === role))
}

/** One clause for the approval: "rates (Kafka Streams: its state stores)". */
export function staysText({ name, stays }: PlannedApplication): string {
  if (stays === 'streams') return `${name} (Kafka Streams: state stores and their changelogs)`
  if (stays === 'connect') return `${name} (Kafka Connect: its configuration and, of a source, its offsets)`
  return `${name} (offsets kept outside of Kafka)`
}

/** What a person has to carry over before the application starts on the target. */
export function handOverText(plan: Plan, app: PlannedApplication, cut: readonly TopicOffsets[]): string {
  const { source, target } = plan
  const oneLog = keepsNames(plan.naming, source)
  const group = groupIdOn(plan.groupIds, target, app.group ?? '')
  const end = 'Confirm when it is done; the run starts it then.'
  switch (app.stays) {
    case 'streams':
      return (
        `${app.name} is a Kafka Streams application: its state stores, and the topics ${app.group}-…-changelog and ` +
        `${app.group}-…-repartition on ${source}, do not move. On ${target} either restore them, or let it begin with empty ` +
        `state and rebuild it from its input; repartition topics have to be empty. Its group${group === app.group ? '' : `, ${group} there,`} is placed by the run. ${end}`
      )
    case 'connect':
      return app.kind === 'producer'
        ? `${app.name} is a source connector: its offsets are in the Connect cluster it runs on. Create it on a Connect cluster of ${target}, stopped, and give it its offsets (PATCH /connectors/<name>/offsets), or it starts from the beginning and writes again what it has written. ${end}`
        : `${app.name} is a sink connector: its configuration is in the Connect cluster it runs on. Create it on a Connect cluster of ${target}, stopped, reading ${inputs(plan, app).join(' and ')} as the group ${group}, which the run has placed. ${end}`
    case 'offsets':
      return (
        `${app.name} keeps its offsets outside of Kafka. Those of ${source} mean nothing on ${target}: it goes on in ` +
        `${app.topics.map((topic) => remoteName(plan.naming, source, topic)).join(', ')} behind the last record it has processed (find it by key or time stamp), ` +
        (oneLog
          ? `where the copies end at the cut (${cutText(app, cut)}). `
          : `and in ${app.topics.join(', ')} from the cut (${cutText(app, cut)}). `) +
        (plan.ordering === 'strict' && !oneLog
          ? 'The copies come first, to their end: nobody else sees to its order. '
          : '') +
        end
      )
    default:
      return ''
  }
}

function inputs({ naming, source }: Plan, { topics }: PlannedApplication): string[] {
  return [...new Set(topics.flatMap((topic) => [remoteName(naming, source, topic), topic]))]
}

/** "accounting.invoices 0: 120, 1: 7" */
function cutText({ topics }: PlannedApplication, cut: readonly TopicOffsets[]): string {
  const places = cut
    .filter(({ topic }) => topics.includes(topic))
    .flatMap(({ topic, offsets }) => offsets.map(([partition, offset]) => `${topic}-${partition}: ${offset}`))
  const more = places.length - namedPlaces
  return (
    (places.slice(0, namedPlaces).join(', ') || 'not marked') + (more > 0 ? `, and ${more} more in the dossier` : '')
  )
}
