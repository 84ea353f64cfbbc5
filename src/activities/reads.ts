import { offsetsOnly } from '../domain/certificate/mirrored-to.ts'
import type { ReadActivities } from '../contract/activities.ts'
import { assess } from './assess/assess.ts'
import { type ActivityDeps, activitySignal } from './deps.ts'
import { takeCertificate } from './evidence/certificate.ts'
import { countReread } from './evidence/count-reread.ts'
import { countUnread } from './evidence/count-unread.ts'
import { endsSince } from './evidence/markers-only.ts'
import { estimateLoss, exactLoss } from './evidence/losses.ts'
import { observeApplications } from './reads/applications.ts'
import { checkPositions } from './reads/check-positions.ts'
import { draftPlan } from './reads/draft-plan.ts'
import { checkAccess, observeFence } from './reads/fence.ts'
import { planOffsets } from './reads/groups.ts'
import { disableDoor, observeLink, probeDisabled } from './reads/link.ts'
import { planTopics } from './reads/plan-topics.ts'
import { planSelection } from './reads/plan-selection.ts'
import { ticketNews } from './reads/ticket-news.ts'
import { underWay } from './reads/under-way.ts'
import { searchAttributesRegistered } from './search-attributes.ts'

/** Look, never change. */
export function createReadActivities(deps: ActivityDeps): ReadActivities {
  return {
    underWay: () => underWay(deps.client),
    draftPlan: async (input) => draftPlan(deps, input),
    assess: (input) => assess(deps, input, activitySignal()),
    searchAttributesRegistered: () => searchAttributesRegistered(deps.client),
    disableDoor: (input) => disableDoor(deps, input, activitySignal()),
    observeApplications: (input) => observeApplications(deps, input, activitySignal()),
    observeFence: (input) => observeFence(deps, input, activitySignal()),
    checkAccess: (input) => checkAccess(deps, input, activitySignal()),
    readEnds: ({ cluster, topics, since = [] }) =>
      endsSince(deps.ports.cluster(cluster), topics, since, activitySignal()),
    observeLink: (input) => observeLink(deps, input, activitySignal()),
    checkPositions: (input) => checkPositions(deps, input, activitySignal()),
    readMirroredTo: async ({ pair, from, to, topics }) =>
      offsetsOnly(await deps.ports.mirroring(pair, from, to).mirroredTo(topics, activitySignal())),
    probeDisabled: (input) => probeDisabled(deps, input, activitySignal()),
    planSelection: (input) => planSelection(deps, input, activitySignal()),
    takeCertificate: (input) => takeCertificate(deps, input, activitySignal()),
    planTopics: (input) => planTopics(deps, input, activitySignal()),
    describeTopics: async ({ cluster, topics }) =>
      (await deps.ports.cluster(cluster).describeTopics(topics, activitySignal())).map(
        ({ offline: _offline, ...described }) => described,
      ),
    estimateLoss: (input) => estimateLoss(deps, input, activitySignal()),
    countUnread: (input) => countUnread(deps, input, activitySignal()),
    countReread: (input) => countReread(deps, input, activitySignal()),
    exactLoss: (input) => exactLoss(deps, input, activitySignal()),
    readCopies: async ({ cluster, ids }) => {
      const port = deps.ports.cluster(cluster)
      const found = await Promise.all(ids.map((id) => port.copyProgress(id, activitySignal())))
      return found.map((rows, index) => [ids[index] ?? '', rows.reduce((sum, { records }) => sum + records, 0)])
    },
    snapshotGroups: ({ cluster, groups, topics }) =>
      deps.ports.cluster(cluster).groupOffsets(groups, topics, activitySignal()),
    planOffsets: (input) => planOffsets(deps, input, activitySignal()),
    ticketNews: (input) => ticketNews(() => deps.ports.desk(input.pair), input, activitySignal()),
    findTicket: async ({ pair, token }) => {
      const desk = deps.ports.desk(pair)
      const found = await desk.find(token, activitySignal())
      return found && { ...found, adapter: desk.adapter }
    },
  }
}
