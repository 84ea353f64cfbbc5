import type { WatchMemory } from '../../../contract/watch.ts'
import { type Judged, type WatchLook, secondsOf, some } from '../look.ts'

/** A link that translates writes its first positions within this, s: MirrorMaker checks for groups every ten minutes. */
const translatesWithin = 900

/**
 * Positions of groups that are not translated to the target: a planned move does without, a forced one reads the copies again from
 * their start. MirrorMaker's default is not to write them (`sync.group.offsets.enabled`).
 */
export const untranslatedGroups = (
  { at, link, target, from, to }: Pick<WatchLook, 'at' | 'link' | 'target' | 'from' | 'to'>,
  { settings }: Pick<WatchMemory, 'settings'>,
): Judged => {
  if (link === null || target?.reread === undefined) return undefined
  const lacking = target.reread.filter(({ untranslated }) => untranslated > 0)
  if (lacking.length === 0) return null
  const off = switchedOff(link.settings)
  // Where it is on, or nobody can tell, the first positions take a while.
  if (off === null && (settings === null || secondsOf(at) - secondsOf(settings.since) < translatesWithin)) return null
  const groups = lacking.map(({ group, untranslated }) => `${group} (at most ${untranslated} records)`)
  return {
    severity: 'warning',
    text: `Positions of groups are not translated by ${from}->${to}${off === null ? '' : ` (${off})`}. A forced move would read again: ${some(groups)}.`,
    todo: `Set sync.group.offsets.enabled=true on the checkpoint connector of ${from}->${to}, and see that groups and groups.exclude let these groups through. A planned move does not need it.`,
  }
}

/** Why the link translates nothing by its settings; null: it should, or shows none. */
function switchedOff(settings: Readonly<Record<string, string>> | undefined): string | null {
  if (settings === undefined) return null
  if (settings['checkpoint.emit.checkpoints.enabled'] === 'false') return 'emit.checkpoints.enabled is false'
  return settings['checkpoint.sync.group.offsets.enabled'] === 'true' ? null : 'sync.group.offsets.enabled is not true'
}
