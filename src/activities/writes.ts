import type { AppState, WriteActivities } from '../contract/activities.ts'
import type { LeaseToken } from '../contract/lease.ts'
import type { ApplicationState } from '../ports/applications.ts'
import type { ClusterWrites } from '../ports/cluster.ts'
import type { MirroringWrites } from '../ports/looks.ts'
import { acting } from './acting.ts'
import { linkName } from './configured.ts'
import type { ActivityDeps } from './deps.ts'
import { createLeaseGuard, type LeaseGuard } from './lease-guard.ts'
import { createPairDoor } from './pair-door.ts'
import { invalidInput } from './faults.ts'
import { permitted, type PermittedPorts } from './permitted.ts'
import { copyStranded } from './stranded/copy-stranded.ts'

/** Idempotent writes: each is checked against the configuration, and proves the lease right before its one outside call. */
export function createWriteActivities(
  deps: ActivityDeps,
  guard: LeaseGuard = createLeaseGuard(createPairDoor(deps.client)),
): WriteActivities {
  const guarded = <T>(
    lease: LeaseToken,
    what: string,
    act: (ports: PermittedPorts, signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    acting(what, (signal) =>
      act(
        permitted(deps, lease.pair, () => guard(lease)),
        signal,
      ),
    )
  const onCluster = (
    lease: LeaseToken,
    alias: string,
    what: string,
    act: (cluster: ClusterWrites, signal: AbortSignal) => Promise<void>,
  ): Promise<void> => guarded(lease, `${what} on ${alias}`, (ports, signal) => act(ports.cluster(alias), signal))
  const onLink = <T>(
    lease: LeaseToken,
    link: { pair: string; from: string; to: string },
    what: string,
    act: (mirroring: MirroringWrites, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    requireSamePair(lease, link.pair)
    return guarded(lease, `${what} ${linkName(link)}`, (ports, signal) =>
      act(ports.mirroring(link.from, link.to), signal),
    )
  }
  const stated = (lease: LeaseToken, name: string, state: ApplicationState): AppState => ({
    name,
    adapter: deps.ports.application(lease.pair, name).adapter,
    ...state,
  })

  return {
    async stopApplication({ lease, name, key }) {
      const state = await guarded(lease, `stopping ${name}`, (ports, signal) =>
        ports.application(name).stop(key, signal),
      )
      return stated(lease, name, state)
    },
    async startApplication({ lease, name, key, cluster, topics, phase, answeredFor }) {
      const state = await guarded(lease, `starting ${name} on ${cluster}`, (ports, signal) =>
        ports.application(name).start({ cluster, topics, phase, ...(answeredFor ? { answeredFor } : {}) }, key, signal),
      )
      return stated(lease, name, state)
    },
    async prepareApplication({ lease, name, key, cluster, topics }) {
      await guarded(lease, `preparing ${name} on ${cluster}`, async (ports, signal) =>
        ports.application(name).prepare?.({ cluster, topics, phase: 'all' }, key, signal),
      )
    },
    async discardPrepared({ lease, name, key, cluster }) {
      await guarded(lease, `stopping what was prepared of ${name} on ${cluster}`, async (ports, signal) =>
        ports.application(name).discard?.(cluster, key, signal),
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
      guarded(lease, `deleting empty topics on ${cluster}`, (ports, signal) =>
        ports.cluster(cluster).deleteEmptyTopics(topics, signal),
      ),

    setSelection: ({ lease, link, text, expected }) =>
      onLink(lease, link, 'changing the selection of', (port, signal) => port.setSelection(text, expected, signal)),
    enableLink: ({ lease, link }) => onLink(lease, link, 'enabling', (port, signal) => port.enable(signal)),
    disableLink: ({ lease, link }) => onLink(lease, link, 'disabling', (port, signal) => port.disable(signal)),
    flushLink: ({ lease, link }) =>
      onLink(lease, link, 'writing the positions of', async (port, signal) =>
        port.flush === undefined ? false : port.flush(signal),
      ),
    setLinkPosition: ({ lease, link, positions }) =>
      onLink(lease, link, 'moving the position of', (port, signal) => port.setPosition(positions, signal)),

    copyStranded: (input) => copyStranded(deps, guard, input),

    commentTicket: ({ lease, id, token, link, note }) =>
      guarded(lease, `commenting ${id}`, (ports, signal) => {
        if (token && link && note)
          return ports.desk().comment({ id, token, link, note, workflowId: lease.workflowId }, signal)
        throw invalidInput(
          `Ticket ${id} was sent no comment: the message says neither by which token it is known nor which note it is, as one of a worker of an earlier build. Update all workers, then decide retry.`,
        )
      }),
  }
}

/** A lease says nothing about another pair's links. */
function requireSamePair(lease: LeaseToken, pair: string): void {
  if (lease.pair !== pair) {
    throw invalidInput(`Nothing was written: the lease is one of ${lease.pair}, and the link belongs to ${pair}.`)
  }
}
