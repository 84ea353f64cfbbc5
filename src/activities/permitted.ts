import { deskNamed } from '../desks/chosen.ts'
import { allowanceOf } from '../config/allowance.ts'
import type { AclEntry } from '../contract/dossier.ts'
import { sameAcl } from '../domain/fence/acl.ts'
import { listedSomewhere } from '../domain/fence/acl-listings.ts'
import { aclText, admitsEverybody, closedBy, refusedFence, refusedLift } from '../domain/permitted/acls.ts'
import {
  type Allowance,
  type Refusals,
  refusedCluster,
  refusedCopyId,
  refusedInto,
  refusedKey,
  refusedMemory,
  refusedNewTopics,
  refusedOffsets,
  refusedStart,
  refusedTopics,
} from '../domain/permitted/allowance.ts'
import { ticketNoteWords } from '../domain/pages/ticket-words.ts'
import { refusedPositions, refusedSelection } from '../domain/permitted/links.ts'
import type { ApplicationPort, ApplicationTarget } from '../ports/applications.ts'
import type { ClusterPort, ClusterWrites } from '../ports/cluster.ts'
import { configurationFault, precondition } from '../ports/failures.ts'
import type { MirroringPort } from '../ports/mirroring.ts'
import type { ApplicationWrites, DeskWrites, MirroringWrites } from '../ports/looks.ts'
import type { Ports } from '../ports/ports.ts'
import type { TicketDeskPort } from '../ports/tickets.ts'
import { findLink, findPair, linkName, listed, pairConfig } from './configured.ts'
import type { ActivityDeps } from './deps.ts'
import { invalidInput } from './faults.ts'
import { opennessOf } from './openness.ts'

/** What a pair's activities may write. Each call is checked against switchback.yaml as it is now, before it goes out. */
export interface PermittedPorts {
  cluster(alias: string): ClusterWrites
  mirroring(from: string, to: string): MirroringWrites
  application(name: string): ApplicationWrites
  desk(): DeskWrites
  /** Refuses a copy that would show records of others to whoever reads where it goes, or write where none goes. */
  copying(copy: { id: string; from: string; topics: { topic: string; into: string }[] }): void
}

/** What stands around every write of one pair. */
interface Around {
  deps: ActivityDeps
  allowance: () => Allowance
  /** Refuses what may not be written; then, right before it goes out, proves the lease where there is one. */
  write: <T>(whys: Refusals | Promise<Refusals>, act: () => Promise<T>, alias?: string) => Promise<T>
}

/**
 * The one way to the writing half of the ports. What comes from Temporal, from the memory or from a probe says what is wished: what
 * may be done is in the configuration alone. Refusals are Configuration failures. `proven`: awaited right before each call.
 */
export function permitted(
  deps: ActivityDeps,
  pair: string,
  proven: () => Promise<void> = () => Promise.resolve(),
): PermittedPorts {
  const around: Around = {
    deps,
    allowance: () => allowanceOf(deps.config(), pair, pairConfig(deps.config(), pair)),
    write: async (whys, act, alias) => {
      refuse(pair, await whys, alias)
      await proven()
      return act()
    },
  }
  const noLink = (from: string, to: string): Refusals =>
    findLink(pairConfig(deps.config(), pair), from, to) === undefined ? [`${from}->${to} is no link of ${pair}`] : []
  // The other half of the same objects: only here.
  const ports = deps.ports as Ports
  return {
    cluster(alias) {
      refuse(pair, refusedCluster(around.allowance(), alias))
      return permittedCluster(around, ports.cluster(alias))
    },
    mirroring(from, to) {
      refuse(pair, noLink(from, to))
      return permittedMirroring(around, ports.mirroring(pair, from, to))
    },
    copying({ id, from, topics }) {
      const allowed = around.allowance()
      const [read, into] = [topics.map(({ topic }) => topic), topics.map((one) => one.into)]
      refuse(pair, [
        ...refusedCluster(allowed, from),
        ...refusedTopics(allowed, read),
        ...refusedInto(allowed, id, into),
      ])
    },
    application: (name) => permittedApplication(around, ports.application(pair, name)),
    desk() {
      const port = ports.desk(pair)
      return {
        open: (request, signal) =>
          around.write(noLink(request.link.from, request.link.to), () => port.open({ ...request, pair }, signal)),
        comment: async (comment, signal) => {
          const { id, token, link, note, workflowId } = comment
          refuse(pair, noLink(link.from, link.to))
          const text = ticketNoteWords(token, note, { ...link, pair, workflowId })
          if (text === null)
            throw invalidInput(
              `Ticket ${id} was sent no comment: with the token "${token}" it is none of a run of ${pair} that has ${linkName(link)} disabled, or a run says nothing like that on its ticket.`,
            )
          await mustBeOurs(port, comment, signal)
          await around.write([], () => port.comment(id, text, signal))
        },
      }
    },
  }
}

/** By the configuration as it is now: might this entry be lifted? */
export function mayLift(deps: ActivityDeps, pair: string, acl: AclEntry): boolean {
  const configured = findPair(deps.config(), pair)
  return configured !== undefined && refusedLift(allowanceOf(deps.config(), pair, configured), [acl]).length === 0
}

function permittedCluster(around: Around, port: ClusterPort): ClusterWrites {
  const { alias } = port
  const { allowance } = around
  const write = <T>(whys: Refusals | Promise<Refusals>, act: () => Promise<T>) => around.write(whys, act, alias)
  const named = (topics: readonly { topic: string }[]) => topics.map(({ topic }) => topic)
  return {
    createAcls: (acls, signal) =>
      write(refusedCreation(around, port, acls, signal), () => port.createAcls(acls, signal)),
    deleteAcls: (acls, signal) => write(refusedLift(allowance(), acls), () => port.deleteAcls(acls, signal)),
    setGroupOffsets: (offsets, signal) =>
      write(refusedOffsets(allowance(), offsets), () => port.setGroupOffsets(offsets, signal)),
    deleteGroup: (group, signal) => write(refusedCopyId(allowance(), group), () => port.deleteGroup(group, signal)),
    createTopics: (topics, signal) =>
      write(refusedNewTopics(allowance(), named(topics)), () => port.createTopics(topics, signal)),
    deleteEmptyTopics: (topics, signal) =>
      write(refusedTopics(allowance(), named(topics)), () => port.deleteEmptyTopics(topics, signal)),
    appendKeyed: (topic, records, signal) => {
      const keys = records.map(({ key }) => key)
      return write(refusedMemory(allowance(), topic, keys), () => port.appendKeyed(topic, records, signal))
    },
    openCopy: async (id, signal) => {
      const copy = await write(refusedCopyId(allowance(), id), () => port.openCopy(id, signal))
      return {
        get progress() {
          return copy.progress
        },
        append: (parts, within) => write(refusedInto(allowance(), id, named(parts)), () => copy.append(parts, within)),
      }
    },
  }
}

function permittedMirroring({ write, allowance }: Around, port: MirroringPort): MirroringWrites {
  const flush = port.flush?.bind(port)
  return {
    setSelection: (text, expected, signal) =>
      write(refusedSelection(allowance(), { before: expected, after: text }), () =>
        port.setSelection(text, expected, signal),
      ),
    enable: (signal) => write([], () => port.enable(signal)),
    disable: (signal) => write([], () => port.disable(signal)),
    ...(flush && { flush: (signal) => write([], () => flush(signal)) }),
    setPosition: (positions, signal) =>
      write(refusedPositions(allowance(), positions), () => port.setPosition(positions, signal)),
  }
}

function permittedApplication({ write, allowance }: Around, port: ApplicationPort): ApplicationWrites {
  const refused = (key: string, target?: Pick<ApplicationTarget, 'cluster' | 'topics'>): Refusals => [
    ...refusedKey(allowance(), key),
    ...(target === undefined ? [] : refusedStart(allowance(), port.name, target)),
  ]
  const [prepare, discard] = [port.prepare?.bind(port), port.discard?.bind(port)]
  return {
    stop: (key, signal) => write(refused(key), () => port.stop(key, signal)),
    start: (target, key, signal) => write(refused(key, target), () => port.start(target, key, signal)),
    ...(prepare && {
      prepare: (target, key, signal) => write(refused(key, target), () => prepare(target, key, signal)),
    }),
    ...(discard && {
      discard: (cluster, key, signal) =>
        write(refused(key, { cluster, topics: [] }), () => discard(cluster, key, signal)),
    }),
  }
}

/** The desk knows which ticket was opened with a token. Where there is no desk there is nobody to send a comment to. */
async function mustBeOurs(
  port: TicketDeskPort,
  { id, token }: { id: string; token: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  if (deskNamed(port.adapter)?.byPerson) return
  const found = await port.find(token, signal)
  if (found !== null && [found.id, ...(found.others ?? [])].includes(id)) return
  throw precondition(
    `Ticket ${id} was sent no comment: only a ticket that a run of the pair opened gets one, and by the token ${token} the desk finds ${found === null ? 'none' : `ticket ${found.id}`}. If ${id} is that ticket, have the desk find it by its token, also when it is closed.`,
  )
}

async function refusedCreation(
  { deps, allowance }: Around,
  port: ClusterPort,
  acls: AclEntry[],
  signal?: AbortSignal,
): Promise<Refusals> {
  const refused = refusedFence(allowance(), acls)
  return refused.length > 0 ? refused : opening(deps, port, { allowance: allowance(), acls }, signal)
}

/** An ALLOW for everybody is a fence's own only where everybody may use the topic already, since no ACL bears on it. */
async function opening(
  deps: ActivityDeps,
  port: ClusterPort,
  { allowance, acls }: { allowance: Allowance; acls: AclEntry[] },
  signal: AbortSignal | undefined,
): Promise<Refusals> {
  const allows = admitsEverybody(acls)
  if (allows.length === 0) return []
  const prefixed = allows.some(({ pattern }) => pattern === 'prefixed')
  const names = [...new Set(allows.map(({ name }) => name))]
  const existing = listedSomewhere(await port.acls(prefixed ? null : names, signal))
  const added = allows.filter((allow) => !existing.some((acl) => sameAcl(acl, allow)))
  const closed = added.flatMap((allow) => {
    const [first] = closedBy(allowance, allow, existing)
    return first === undefined ? [] : [`${aclText(allow)}: it would open what has ACLs of its own (${aclText(first)})`]
  })
  if (closed.length > 0 || added.length === 0) return closed
  const openness = await opennessOf(deps, port.alias, [...new Set(added.map(({ name }) => name))], signal)
  if (openness === 'open') return []
  const why = openness === 'closed' ? 'does not admit' : 'does not show whether it admits'
  return added.map((allow) => `${aclText(allow)}: ${port.alias} ${why} everybody to a topic without ACLs`)
}

function refuse(pair: string, whys: Refusals, alias?: string): void {
  if (whys.length === 0) return
  const where = alias === undefined ? '' : ` on ${alias}`
  throw configurationFault(
    `Refused: nothing was written${where}, since switchback.yaml does not allow it for the pair ${pair}. ${listed(whys)}. If it has to be written, correct the file (what left the pair in the middle of an episode goes under pairs.${pair}.former) and it is tried again; if nobody asked for it, find out who started this.`,
  )
}
