import { type WatchRule, some } from '../look.ts'

/** MirrorMaker writes translated offsets only for groups without members on the target. */
export const activeGroups: WatchRule = ({ target, to }) => {
  if (target === null) return undefined
  const active = target.groups.filter(({ state }) => state === 'active')
  if (active.length === 0) return null
  const names = active.map(({ group, members }) => (members.length === 0 ? group : `${group} (${some(members)})`))
  return {
    severity: 'blocking',
    text: `Groups have members on ${to}, where they should wait: ${some(names)}. Their positions are not translated, and they cannot be placed.`,
    todo: `Stop those consumers on ${to}.`,
  }
}
