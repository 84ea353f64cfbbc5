import type { AppState, WriteActivities } from '../contract/activities.ts'
import type { LeaseToken } from '../contract/pair-messages.ts'
import type { ApplicationState } from '../ports/applications.ts'
import type { ClusterPort } from '../ports/cluster.ts'
import type { MirroringPort } from '../ports/mirroring.ts'
import { acting } from './acting.ts'
import { linkName } from './configured.ts'
import type { ActivityDeps } from './deps.ts'
import { createLeaseGuard, type LeaseGuard } from './lease-guard.ts'
import { createPairDoor } from './pair-door.ts'
import { invalidInput } from './faults.ts'
import { copyStranded } from './stranded/copy-stranded.ts'

/** Idempotent writes: each proves the lease right before its one outside call. */
export function createWriteActivities(
  deps: ActivityDeps,
  guard: LeaseGuard = createLeaseGuard(createPairDoor(deps.client)),
): WriteActivities {
  const guarded = <T>(lease: LeaseToken, what: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    acting(what, async (signal) => {
      await guard(lease)
      return act(signal)
    })
  const onCluster = (
    lease: LeaseToken,
    alias: string,
    what: string,
    act: (cluster: ClusterPort, signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    const cluster = deps.ports.cluster(alias)
    return guarded(lease, `${what} on ${alias}`, (signal) => act(cluster, signal))
  }
  const onLink = (
    lease: LeaseToken,
    link: { pair: string; from: string; to: string },
    what: string,
    act: (mirroring: MirroringPort, signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    requireSamePair(lease, link.pair)
    const mirroring = deps.ports.mirroring(link.pair, link.from, link.to)
    return guarded(lease, `${what} ${linkName(link)}`, (signal) => act(mirroring, signal))
  }

  return {
    async stopApplication({ lease, name, key }) {
      const app = deps.ports.application(lease.pair, name)
      const state = await guarded(lease, `stopping ${name}`, (signal) => app.stop(key, signal))
      return appState(name, app.adapter, state)
    },
    async startApplication({ lease, name, key, cluster, topics, phase, answeredFor }) {
      const app = deps.ports.application(lease.pair, name)
      const state = await guarded(lease, `starting ${name} on ${cluster}`, (signal) =>
        app.start({ cluster, topics, phase, ...(answeredFor ? { answeredFor } : {}) }, key, signal),
      )
      return appState(name, app.adapter, state)
    },
    async prepareApplication({ lease, name, key, cluster, topics }) {
      const app = deps.ports.application(lease.pair, name)
      await guarded(lease, `preparing ${name} on ${cluster}`, async (signal) =>
        app.prepare?.({ cluster, topics, phase: 'all' }, key, signal),
      )
    },
    async discardPrepared({ lease, name, key, cluster }) {
      const app = deps.ports.application(lease.pair, name)
      await guarded(lease, `stopping what was prepared of ${name} on ${cluster}`, async (signal) =>
        app.discard?.(cluster, key, signal),
      )
    },

    applyFence: ({ lease, cluster, acls }) =>
      onCluster(lease, cluster, `adding ${acls.length} ACLs`, (port, signal) => port.createAcls(acls, signal)),
    liftFence: ({ lease, cluster, acls }) =>
      onCluster(lease, cluster, `removing ${acls.length} ACLs`, (port, signal) => port.deleteAcls(acls, signal)),
    placeGroup: ({ lease, cluster, offsets }) =>
      onCluster(lease, cluster, `placing ${offsets.group}`, (port, signal) => port.setGroupOffsets(offsets, signal)),

    createTopics: ({ lease, cluster, templates }) => {
      const topics = templates.flatMap(({ topics: names, partitions, settings }) =>
        names.map((topic) => ({ topic, partitions, settings: { ...settings } })),
      )
      return onCluster(lease, cluster, `creating ${topics.length} topics`, (port, signal) =>
        port.createTopics(topics, signal),
      )
    },
    deleteEmptyTopics: ({ lease, cluster, topics }) =>
      guarded(lease, `deleting empty topics on ${cluster}`, (signal) =>
        deps.ports.cluster(cluster).deleteEmptyTopics(topics, signal),
      ),

    setSelection: ({ lease, link, text, expected }) =>
      onLink(lease, link, 'changing the selection of', (port, signal) => port.setSelection(text, expected, signal)),
    enableLink: ({ lease, link }) => onLink(lease, link, 'enabling', (port, signal) => port.enable(signal)),
    disableLink: ({ lease, link }) => onLink(lease, link, 'disabling', (port, signal) => port.disable(signal)),
    flushLink: ({ lease, link }) => {
      requireSamePair(lease, link.pair)
      const mirroring = deps.ports.mirroring(link.pair, link.from, link.to)
      return guarded(lease, `having ${linkName(link)} write its positions`, async (signal) =>
        mirroring.flush === undefined ? false : mirroring.flush(signal),
      )
    },
    setLinkPosition: ({ lease, link, positions }) =>
      onLink(lease, link, 'moving the position of', (port, signal) => port.setPosition(positions, signal)),

    copyStranded: (input) => copyStranded(deps, guard, input),

    commentTicket: ({ lease, id, text }) => {
      const desk = deps.ports.desk(lease.pair)
      return guarded(lease, `commenting ${id}`, (signal) => desk.comment(id, text, signal))
    },
  }
}

function appState(name: string, adapter: AppState['adapter'], state: ApplicationState): AppState {
  return { name, adapter, ...state }
}

/** A lease says nothing about another pair's links. */
function requireSamePair(lease: LeaseToken, pair: string): void {
  if (lease.pair !== pair) {
    throw invalidInput(`Nothing was written: the lease is one of ${lease.pair}, and the link belongs to ${pair}.`)
  }
}
