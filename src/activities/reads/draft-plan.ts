import { backendOf } from '../../backends/chosen.ts'
import { groupIdsOf } from '../../config/naming.ts'
import type { PairConfig } from '../../config/schema.ts'
import type { ReadActivities } from '../../contract/activities.ts'
import type { Plan, PlannedApplication, Timing } from '../../contract/plan.ts'
import { movedTopics } from '../../domain/dossier/dossier.ts'
import { roleOf, staysOf } from '../../domain/plan/application-role.ts'
import { remoteName } from '../../domain/names/naming.ts'
import { stepsOf } from '../../domain/plan/plan.ts'
import { closeScope } from '../../domain/plan/scope.ts'
import { precondition } from '../../ports/failures.ts'
import { findLink, hasCluster, linkName, listed, namedPair, namingOf } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { invalidInput } from '../faults.ts'
import { refuseKeptNames } from './kept-names.ts'
import { refuseWrongStage } from './stage.ts'
import { sidesOf } from './sides.ts'

type DraftInput = Parameters<ReadActivities['draftPlan']>[0]

/**
 * The plan of an operation, from configuration and dossier. InvalidInput for a pair, a replacement or topics that do
 * not fit; PreconditionFailed when it is not this operation's turn or a link is not configured.
 */
export function draftPlan(deps: ActivityDeps, { operation, input, dossier, mode }: DraftInput): Plan {
  const config = deps.config()
  const pair = namedPair(config, input.pair)
  const { replacement } = input
  if (replacement !== undefined && !hasCluster(config, replacement)) {
    throw invalidInput(
      `The replacement ${replacement} is not among the clusters of switchback.yaml (${listed(Object.keys(config.clusters))}). Add it there with its links, or name one of them.`,
    )
  }
  refuseWrongStage(operation, input, dossier)
  const sides = sidesOf(operation, input, dossier)
  const naming = namingOf(config, input.pair)
  refuseKeptNames(operation, sides, naming)
  const groupIds = groupIdsOf(pair)
  requireLinks(input.pair, pair, sides.nextLink ? [sides.link, sides.nextLink] : [sides.link])

  const moved = operation === 'failover' ? null : movedTopics(dossier)
  if (moved !== null) refuseUnmoved(operation, input.topics, moved)
  const within = moved === null ? pair : withinMoved(pair, moved)
  const scope = closeScope({ topics: input.topics, pairTopics: within.topics, applications: within.applications })
  if (!scope.ok) throw invalidInput(scope.problem)
  // A reset moves nobody: what its other side lacks is needed at the failback.
  const createTopics = operation !== 'reset' && (input.createTopics ?? pair.createTopics)
  const applications = within.applications.filter(({ name }) => scope.applications.includes(name)).map(planned)
  const { stability, refusedStability, poll, stepBudget, askAfter, stall, forcedTry } = pair.timing
  const { ticketReminder, ticketEscalation, ticketPoll } = pair.timing
  return {
    version: 1,
    operation,
    pair: input.pair,
    mode,
    ...(input.branch === undefined ? {} : { branch: input.branch }),
    ...sides,
    order: pair.order,
    ordering: pair.ordering,
    naming,
    topics: scope.topics,
    groups: scope.groups,
    ...(Object.keys(groupIds).length === 0 ? {} : { groupIds }),
    applications,
    fenceReads: pair.fenceReads,
    ...(createTopics ? { createTopics } : {}),
    ...(byProvider(pair) ? { positionsKept: true } : {}),
    steps: stepsOf(operation, pair.order, input.branch, {
      createTopics,
      oneLog: scope.topics.some((topic) => remoteName(naming, sides.source, topic) === topic),
      handOver: operation === 'reset' ? [] : applications.flatMap(({ kind, stays }) => (stays ? [kind] : [])),
    }),
    timing: {
      stability,
      refusedStability,
      poll,
      stepBudget,
      askAfter,
      stall,
      forcedTry,
      ticketReminder,
      ticketEscalation,
      ticketPoll,
      ...providerTiming(pair),
    },
  }
}

/** What did not move neither returns nor is fenced. Topics that were added to the file meanwhile wait for the next episode. */
function refuseUnmoved(operation: string, asked: string[] | undefined, moved: string[]): void {
  const unmoved = asked?.filter((topic) => !moved.includes(topic)) ?? []
  if (unmoved.length > 0)
    throw invalidInput(
      `The failover of this episode did not move ${listed(unmoved)}, so a ${operation} has nothing to do there. It moved ${listed(moved)}.`,
    )
}

function withinMoved(pair: PairConfig, moved: string[]): Pick<PairConfig, 'topics' | 'applications'> {
  const had = new Set(moved)
  return {
    topics: pair.topics.filter((topic) => had.has(topic)),
    applications: pair.applications
      .map((app) => ({ ...app, topics: app.topics.filter((topic) => had.has(topic)) }))
      .filter(({ topics }) => topics.length > 0),
  }
}

function byProvider({ links }: PairConfig): boolean {
  return links.some((link) => !backendOf(link).traits.movesPosition)
}

/** Links of a provider's service change in hours, and are looked at less often than clusters. */
function providerTiming({
  links,
  timing: { linkChange, linkChangeLimit },
}: PairConfig): Pick<Timing, 'linkChange' | 'linkChangeLimit' | 'linkPoll'> {
  const intervals = links.flatMap((link) => backendOf(link).pollMs?.(link) ?? [])
  return intervals.length === 0 ? {} : { linkChange, linkChangeLimit, linkPoll: Math.min(...intervals) }
}

function requireLinks(name: string, pair: PairConfig, links: { from: string; to: string }[]): void {
  const missing = links.filter(({ from, to }) => findLink(pair, from, to) === undefined)
  if (missing.length === 0) return
  throw precondition(
    `The pair ${name} needs the link${missing.length === 1 ? '' : 's'} ${missing.map(linkName).join(' and ')}, and switchback.yaml has ${listed(pair.links.map(linkName))}. Add what is missing to its links, then start again.`,
  )
}

function planned(app: PairConfig['applications'][number]): PlannedApplication {
  const stays = staysOf(app)
  return {
    name: app.name,
    kind: roleOf(app),
    ...(stays === undefined ? {} : { stays }),
    ...(app.principal === undefined ? {} : { principal: app.principal }),
    topics: app.topics,
    ...(app.group === undefined ? {} : { group: app.group }),
    ...(app.acks === undefined ? {} : { acks: app.acks }),
    ...(app.transactionalIds === undefined ? {} : { transactionalIds: app.transactionalIds }),
  }
}
