import { ApplicationFailure } from '@temporalio/common'
import { namingOf as pairNaming } from '../../config/naming.ts'
import type { Config } from '../../config/schema.ts'
import type { LinkRef } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import type { CycleLink, MirroringNow } from '../../domain/names/cycles.ts'
import type { ActivityDeps } from '../deps.ts'
import { linkKey } from '../shared-links.ts'

/** Other links and clusters are looked at in passing: one that takes longer is as good as gone, and must not use up the step's time, ms. */
export const otherMs = 5_000

/**
 * Every link of every pair that carries something now, and the topics of the clusters they touch. What does not answer is
 * left out: a link whose Connect cluster is gone with its side carries nothing.
 */
export async function mirroringNow(
  deps: ActivityDeps,
  own: LinkRef,
  known: ReadonlyMap<string, string[]>,
  signal: AbortSignal,
): Promise<MirroringNow> {
  const links = linksOf(deps.config())
  const ownNames = new Set([`${own.from}->${own.to}`])
  const limit = AbortSignal.timeout(otherMs)
  const passing = <T>(look: (signal: AbortSignal) => Promise<T>) => inPassing(look, signal, limit)
  const touched = [...new Set([own.from, own.to, ...links.flatMap(({ from, to }) => [from, to])])]
  const [described, listed] = await Promise.all([
    Promise.all(
      links
        .filter(({ from, to }) => !ownNames.has(`${from}->${to}`))
        .map(({ pair, from, to, naming }) =>
          passing(async (within) => {
            const { state, selection } = await deps.ports.mirroring(pair, from, to).describe(within)
            if (selection === null || state === 'stopped' || state === 'absent') return null
            return { from, to, selection, naming }
          }),
        ),
    ),
    Promise.all(
      touched.map(async (alias) => {
        const topics = known.get(alias) ?? (await passing((within) => deps.ports.cluster(alias).listTopics(within)))
        return [alias, topics] as const
      }),
    ),
  ])
  return {
    otherLinks: described.filter((link) => link !== null),
    configured: links.map(({ from, to, naming }) => ({ from, to, transform: naming.copies?.[from] })),
    live: new Map(listed.flatMap(([alias, topics]) => (topics === null ? [] : [[alias, topics] as const]))),
  }
}

/** Links of the same direction that are one thing once. */
function linksOf(config: Config): (LinkRef & Pick<CycleLink, 'naming'>)[] {
  const found = new Map<string, LinkRef & Pick<CycleLink, 'naming'>>()
  for (const [pair, entry] of Object.entries(config.pairs)) {
    const naming = pairNaming(config, entry)
    for (const link of entry.links) {
      const key = `${link.from}->${link.to} ${linkKey(config, link)}`
      if (!found.has(key)) found.set(key, { pair, from: link.from, to: link.to, naming })
    }
  }
  return [...found.values()]
}

/** Null: it did not answer, or not before the limit. */
export async function inPassing<T>(
  look: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<T | null> {
  try {
    return await look(AbortSignal.any([signal, limit]))
  } catch (error) {
    if (limit.aborted && !signal.aborted) return null
    if (error instanceof ApplicationFailure && error.type === errorTypes.unreachable) return null
    throw error
  }
}
