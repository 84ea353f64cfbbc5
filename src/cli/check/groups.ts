import type { ActivityDeps } from '../../activities/deps.ts'
import { pairConfig } from '../../activities/configured.ts'
import { lookAtTarget } from '../../activities/waits/watched-world.ts'
import type { LinkRef } from '../../contract/activities.ts'
import { selectedOrUnknown } from '../../domain/names/selection.ts'
import { some } from '../../domain/watch/look.ts'
import { untranslatedGroups } from '../../domain/watch/rules/untranslated-groups.ts'
import type { LinkDescription } from '../../ports/mirroring.ts'
import { type CheckLine, ok, remarkOn } from './line.ts'

/**
 * Whether the positions of the pair's groups are translated by a link that runs, by the rule of the watch. Nothing is said of
 * topics that the link does not mirror now: after a failover it has none of them.
 */
export async function checkGroups(
  deps: Pick<ActivityDeps, 'ports' | 'config'>,
  { pair, from, to }: LinkRef,
  link: LinkDescription,
  signal: AbortSignal,
): Promise<CheckLine[]> {
  const { applications, topics: all } = pairConfig(deps.config(), pair)
  const groups = [...new Set(applications.flatMap(({ group }) => group ?? []))]
  if (link.state !== 'running' || groups.length === 0) return []
  const what = `groups of ${pair} on ${from}->${to}`
  const topics = selectedOrUnknown(link.selection, all)
  if (topics === null)
    return [remarkOn(what, 'the selection of the link cannot be read: whether positions are translated is unknown')]
  if (topics.length === 0) return []
  // What groups have committed on the source tells what they could read twice; unknown counts as everything.
  const committed = await deps.ports
    .cluster(from)
    .groupOffsets(groups, topics, signal)
    .catch(() => null)
  const target = await lookAtTarget(deps, { pair, from, to, topics, groups }, committed, signal)
  const reread = target?.reread
  if (reread === undefined)
    return [
      remarkOn(what, `${to} did not report their positions on the copies: whether they are translated is unknown`),
    ]
  const found = untranslatedGroups({ at: new Date().toISOString(), link, target, from, to }, { settings: null })
  if (found) return [remarkOn(what, `${found.text} ${found.todo}`)]
  const lacking = reread.filter(({ untranslated }) => untranslated > 0).map(({ group }) => group)
  return [
    lacking.length === 0
      ? ok(what, 'no group lacks a translated position')
      : ok(
          what,
          `not translated so far: ${some(lacking)}. MirrorMaker checks for groups every ten minutes; readiness says when it is too long`,
        ),
  ]
}
