import { setTimeout as sleep } from 'node:timers/promises'
import type { Survey } from '../../contract/memory.ts'
import { clustersOf, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { sentence } from '../faults.ts'

/** Links, ends and producers as they are; `lookMs` between two looks at the ends. What does not answer is said, and is no failure. */
export async function surveyPair(
  deps: ActivityDeps,
  { pair, lookMs }: { pair: string; lookMs: number },
  signal: AbortSignal,
): Promise<Survey> {
  const configured = pairConfig(deps.config(), pair)
  const [links, sides] = await Promise.all([
    Promise.all(configured.links.map(({ from, to }) => linkNow(deps, { pair, from, to }, signal))),
    Promise.all(
      clustersOf(configured).map((cluster) =>
        sideNow(deps, { alias: cluster, topics: configured.topics, lookMs }, signal),
      ),
    ),
  ])
  return { links, sides }
}

async function linkNow(
  deps: ActivityDeps,
  { pair, from, to }: { pair: string; from: string; to: string },
  signal: AbortSignal,
): Promise<Survey['links'][number]> {
  try {
    const { state, selection } = await deps.ports.mirroring(pair, from, to).describe(signal)
    return { from, to, state, selection }
  } catch (error) {
    return { from, to, state: 'unknown', selection: null, problem: sentence(error) }
  }
}

async function sideNow(
  deps: ActivityDeps,
  { alias, topics, lookMs }: { alias: string; topics: string[]; lookMs: number },
  signal: AbortSignal,
): Promise<Survey['sides'][number]> {
  try {
    const cluster = deps.ports.cluster(alias)
    const end = async () =>
      (await cluster.ends(topics, signal))
        .flatMap(({ partitions }) => partitions.map(([, , highWatermark]) => highWatermark))
        .reduce((sum, offset) => sum + offset, 0)
    const before = await end()
    const producers = await cluster.producers(topics, signal)
    await sleep(lookMs, undefined, { signal })
    const at = Math.max(-1, ...producers.flatMap(({ producers: rows }) => rows.map(([, , , , wroteAt]) => wroteAt)))
    return {
      cluster: alias,
      grown: Math.max(0, (await end()) - before),
      lastWriteAt: at < 0 ? null : new Date(at).toISOString(),
    }
  } catch (error) {
    return { cluster: alias, grown: 0, lastWriteAt: null, problem: sentence(error) }
  }
}
