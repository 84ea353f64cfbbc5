import type { KeptThing } from '../../contract/watch.ts'
import type { AclEntry } from '../../contract/dossier.ts'
import { entryInWords } from '../../domain/fence/acl.ts'
import { spreadOf } from '../../domain/fence/acl-listings.ts'
import type { Held } from '../../domain/keep/held.ts'
import { type KeptSigns } from '../../domain/keep/things.ts'
import { SelectionError, selectedOrUnknown, selectionMatcher, withoutTopics } from '../../domain/names/selection.ts'
import type { LinkDescription } from '../../ports/mirroring.ts'
import { attempt } from '../assess/attempt.ts'
import { findLink, keepsPositions, linkName, listed, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { permitted } from '../permitted.ts'
import { pairsOnConnector } from '../shared-links.ts'

/** What was seen of the side that was left: signs, and what it takes to put each back. */
export interface KeptLook {
  signs: KeptSigns
  restore: Partial<Record<KeptThing['kind'], (signal: AbortSignal) => Promise<void>>>
}

/** Looks at everything that is held. What does not answer gives no sign: nothing of it changes. */
export async function lookAtKept(deps: ActivityDeps, pair: string, held: Held, signal: AbortSignal): Promise<KeptLook> {
  const [fence, link, ends] = await Promise.all([
    lookAtFence(deps, pair, held, signal),
    lookAtLink(deps, pair, held, signal),
    lookAtEnds(deps, held, signal),
  ])
  return {
    signs: { ...fence.signs, ...link.signs, ...ends.signs },
    restore: { ...fence.restore, ...link.restore },
  }
}

const nothing: KeptLook = { signs: {}, restore: {} }

async function lookAtFence(deps: ActivityDeps, pair: string, held: Held, signal: AbortSignal): Promise<KeptLook> {
  if (held.fence.length === 0) return nothing
  const cluster = deps.ports.cluster(held.left)
  const found = await attempt(() => cluster.acls(held.topics, signal))
  if (!found.ok) return { signs: { 'fence-changed': { where: held.left, what: undefined } }, restore: {} }
  const { missing, partly } = spreadOf(found.value, held.fence)
  const changed = [...missing, ...partly]
  return {
    signs: {
      'fence-changed': {
        where: held.left,
        what:
          changed.length === 0
            ? null
            : [
                ...lackText(missing, held, `are missing on ${held.left}`),
                ...lackText(partly, held, `are on some brokers of ${held.left} only`),
              ].join(' '),
      },
    },
    // The ALLOW for everybody first, as when it was added.
    restore: {
      'fence-changed': async (within) => {
        const writing = permitted(deps, pair).cluster(held.left)
        const allows = changed.filter(({ permission }) => permission === 'allow')
        if (allows.length > 0) await writing.createAcls(allows, within)
        const denies = changed.filter(({ permission }) => permission === 'deny')
        if (denies.length > 0) await writing.createAcls(denies, within)
      },
    },
  }
}

function lackText(acls: AclEntry[], { fence }: Held, where: string): string[] {
  if (acls.length === 0) return []
  return [`${acls.length} of ${fence.length} entries of our fence ${where}: ${listed(acls.map(entryInWords))}.`]
}

async function lookAtLink(deps: ActivityDeps, pair: string, held: Held, signal: AbortSignal): Promise<KeptLook> {
  const { left: from, active: to } = held
  const config = deps.config()
  const own = findLink(pairConfig(config, pair), from, to)
  if (own === undefined || (!held.unselected && !held.stopped)) return nothing
  const where = linkName({ from, to })
  const port = deps.ports.mirroring(pair, from, to)
  const described = await attempt(() => port.describe(signal))
  if (!described.ok) {
    return {
      signs: {
        ...(held.unselected ? { 'selection-changed': { where, what: undefined } } : {}),
        ...(held.stopped ? { 'link-restarted': { where, what: undefined } } : {}),
      },
      restore: {},
    }
  }
  const { selection, state, detail } = described.value
  // A provider takes hours for a change: it is reported, and left to a person.
  const changeable = !keepsPositions(config, { pair, from, to })
  const selected = held.unselected ? selectedOrUnknown(selection, held.topics) : []
  const runs = held.stopped && state === 'running'
  const stoppable =
    changeable &&
    pairsOnConnector(config, { pair, from, to }).length === 0 &&
    !carriesOthers(described.value, held.topics)
  return {
    signs: {
      ...(held.unselected
        ? {
            'selection-changed': {
              where,
              what:
                selected === null
                  ? undefined
                  : selected.length === 0
                    ? null
                    : `${where} selects ${listed(selected)} again, which the failover took out.`,
            },
          }
        : {}),
      ...(held.stopped
        ? {
            'link-restarted': {
              where,
              // Others may need it to run; what counts then is what it selects.
              what: runs && stoppable ? `${where} runs again, which the reset saw stopped (${detail}).` : null,
            },
          }
        : {}),
    },
    restore: {
      ...(changeable && selection !== null && (selected?.length ?? 0) > 0
        ? {
            'selection-changed': (within: AbortSignal) =>
              permitted(deps, pair)
                .mirroring(from, to)
                .setSelection(withoutTopics(selection, held.topics), selection, within),
          }
        : {}),
      ...(runs && stoppable
        ? { 'link-restarted': (within: AbortSignal) => permitted(deps, pair).mirroring(from, to).disable(within) }
        : {}),
    },
  }
}

/** Topics of nobody's pair may rely on it. Heartbeats and the like are copied by every link that runs. */
function carriesOthers({ assigned, selection }: LinkDescription, topics: readonly string[]): boolean {
  try {
    const matches = selectionMatcher(selection)
    return assigned.some(({ topic, partitions }) => partitions.length > 0 && !topics.includes(topic) && matches(topic))
  } catch (error) {
    if (error instanceof SelectionError) return true
    throw error
  }
}

async function lookAtEnds(deps: ActivityDeps, held: Held, signal: AbortSignal): Promise<KeptLook> {
  const { left: where, ends: before } = held
  if (before === null || before.length === 0) return nothing
  const found = await attempt(() => deps.ports.cluster(where).ends(held.topics, signal))
  if (!found.ok) return { signs: { 'left-side-written': { where, what: undefined } }, restore: {} }
  const was = new Map(before.flatMap(({ topic, partitions }) => partitions.map(([p, , end]) => [`${topic}-${p}`, end])))
  const grown = found.value.flatMap(({ topic, partitions }) =>
    partitions.flatMap(([partition, , end]) => {
      const left = was.get(`${topic}-${partition}`)
      return left !== undefined && end > left ? [{ place: `${topic}-${partition}`, left, end }] : []
    }),
  )
  const offsets = grown.reduce((sum, { left, end }) => sum + end - left, 0)
  const places = grown.map(({ place, left, end }) => `${place} from ${left} to ${end}`)
  return {
    signs: {
      'left-side-written': {
        where,
        what:
          grown.length === 0 ? null : `${where} was written after it was left: ${offsets} offsets, ${listed(places)}.`,
      },
    },
    restore: {},
  }
}
