import type { LinkDescription } from '../../contract/observed.ts'

/** False where the provider shows no settings: nothing can be said then. Source: MirrorMaker's default is uncommitted. */
export function readsUncommitted(description: LinkDescription | null): boolean {
  const settings = description?.settings
  if (settings === undefined) return false
  const level =
    settings['source.source.consumer.isolation.level'] ??
    settings['source.consumer.isolation.level'] ??
    'read_uncommitted'
  return level.toLowerCase() !== 'read_committed'
}
