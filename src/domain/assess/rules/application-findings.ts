import type { Dossier, AclEntry } from '../../../contract/dossier.ts'
import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { ourFence } from '../../dossier/dossier.ts'
import { handedOver, staysText } from '../../pages/hand-over-text.ts'
import { listed } from '../../text/listed.ts'
import type { GroupState } from '../../../contract/observed.ts'
import { finding, unlessForced, whenAny } from '../finding.ts'
import type { AccessLook } from '../world.ts'
import type { World } from '../world.ts'

/** Can the applications be moved, kept out of the source, and work on the target? For failover and failback. */
export function applicationFindings(plan: Plan, dossier: Dossier, world: World, started: boolean): Finding[] {
  return [
    ...shareGroups(plan, world),
    ...groups(plan, world, started),
    ...fenceability(plan, world),
    ...unheard(plan),
    ...probes(world),
    ...byHand(plan),
    ...world.access.flatMap((look) => access(plan, look, ourFence(dossier, plan.target))),
  ]
}

function groups(plan: Plan, { target }: World, started: boolean): Finding[] {
  if (started) return []
  const active = target.groups.filter(({ state }) => state === 'active')
  const unknown = target.groups.filter(({ state, protocol }) => state === 'unknown' && protocol !== 'share')
  return [
    ...whenAny(
      active.map(({ group, members, protocol }) => `${group} (${membersText(members, protocol)})`),
      (names) =>
        finding(
          'blocking',
          'target-group-active',
          `Groups have members on ${target.alias} already, so they cannot be placed: ${listed(names)}. Stop those consumers.`,
        ),
    ),
    ...whenAny(
      unknown.map(({ group }) => group),
      (names) =>
        finding(
          'warning',
          'target-group-unknown',
          `Whether ${listed(names)} has members on ${target.alias} is not known. If it has, ${plan.target} refuses to place it, and the run asks.`,
        ),
    ),
  ]
}

/** Consumers of a share group (KIP-932) have no offsets that could be drained, read or placed. */
function shareGroups(plan: Plan, { source, target }: World): Finding[] {
  return [source, target].flatMap((side) =>
    whenAny(
      side.groups.filter(({ protocol }) => protocol === 'share').map(({ group }) => group),
      (names) =>
        finding(
          side === target ? 'blocking' : unlessForced(plan),
          'share-group',
          `Share groups on ${side.alias}: ${listed(names)}. They have no committed offsets, so it is not known what they have read, and they cannot be placed on ${plan.target}. Take their "group" out of the application (a person then migrates it: "offsets: external"), or give it a consumer group.`,
        ),
    ),
  )
}

/** Of a streams group (KIP-1071) no client of ours is told the members. */
function membersText(members: string[], protocol: GroupState['protocol']): string {
  return members.length === 0 ? `a ${protocol} group, with members that cannot be named` : listed(members)
}

function fenceability(plan: Plan, { source }: World): Finding[] {
  const nameless = plan.applications.filter(({ principal }) => principal === undefined)
  return [
    ...(source.problem === null && !source.authorizer
      ? [
          finding(
            'warning',
            'no-authorizer',
            `${source.alias} has no authorizer: nothing there can refuse a producer, and the fence is procedural only.`,
          ),
        ]
      : []),
    ...whenAny(
      nameless.map(({ name }) => name),
      (names) =>
        finding(
          'warning',
          'principal-missing',
          `No principal is configured for ${listed(names)}: the fence cannot deny it, and its access to ${plan.target} is not checked. Add "principal" to it.`,
        ),
    ),
  ]
}

/** The broker's refusal is the fence; these producers do not listen to it, and go on as if they had written. */
function unheard(plan: Plan): Finding[] {
  return whenAny(
    plan.applications.filter(({ kind, acks }) => kind === 'producer' && acks === 0).map(({ name }) => name),
    (names) =>
      finding(
        'warning',
        'acks-zero',
        `Configured with acks=0: ${listed(names)}. What it sends after the fence is lost without an error and stands in no ledger. See that it is really stopped before you approve.`,
      ),
  )
}

function byHand(plan: Plan): Finding[] {
  return whenAny(handedOver(plan).map(staysText), (names) =>
    finding(
      'warning',
      'state-by-hand',
      `Does not move automatically: ${listed(names)}. The run asks a person to migrate it before it starts the application on ${plan.target}.`,
    ),
  )
}

function probes({ applications }: World): Finding[] {
  const manual = applications.filter(({ adapter }) => adapter === 'manual')
  const unknown = applications.filter(({ adapter, state }) => adapter !== 'manual' && state === 'unknown')
  return [
    ...whenAny(
      unknown.map(({ name, detail }) => `${name}${detail === undefined ? '' : ` (${detail})`}`),
      (names) =>
        finding(
          'warning',
          'application-unknown',
          `The state of ${listed(names)} is not known. Fix its probe now: stopping and starting is proven by it.`,
        ),
    ),
    ...whenAny(
      manual.map(({ name }) => name),
      (names) =>
        finding(
          'info',
          'application-manual',
          `${listed(names)} is stopped and started by a person, who confirms it to the run.`,
        ),
    ),
  ]
}

function access(plan: Plan, { principal, operation, of, answer }: AccessLook, ours: AclEntry[]): Finding[] {
  const verb = of === 'group' ? 'read as the group' : operation === 'Write' ? 'write' : 'read'
  if (!answer.ok) {
    return [
      finding(
        'warning',
        'access-unknown',
        `Whether ${principal} may ${verb} on ${plan.target} could not be found out: ${answer.problem}`,
      ),
    ]
  }
  const { denied, evidence } = answer.value
  const byUs = denied.filter((name) => of === 'topic' && ours.some((acl) => denies(acl, principal, operation, name)))
  const byOthers = denied.filter((name) => !byUs.includes(name))
  const asked = evidence === 'asked-as-principal'
  return [
    ...whenAny(byUs, (names) =>
      finding(
        'info',
        'target-fenced-by-us',
        `Our own fence on ${plan.target} denies ${principal} to ${verb} ${listed(names)}: the run lifts it.`,
      ),
    ),
    ...whenAny(byOthers, (names) =>
      finding(
        asked ? 'blocking' : 'warning',
        'access-denied',
        `${principal} may not ${verb} ${listed(names)} on ${plan.target} (${asked ? 'the broker says so' : 'by its ACLs, which do not show super users'}). Grant it before the applications move.`,
      ),
    ),
  ]
}

function denies(acl: AclEntry, principal: string, operation: string, topic: string): boolean {
  return (
    acl.permission === 'deny' &&
    acl.principal === principal &&
    acl.operation.toLowerCase() === operation.toLowerCase() &&
    (acl.pattern === 'prefixed' ? topic.startsWith(acl.name) : acl.name === topic)
  )
}
