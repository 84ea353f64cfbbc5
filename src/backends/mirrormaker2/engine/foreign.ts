import type { Config, MirrorMaker2Config } from '../../../config/schema.ts'
import { matcherOr } from '../../../domain/names/selection.ts'

/** What a link belongs to: by it a connector of another name counts, or does not. */
export interface Surroundings {
  /** The topics of the link's pair. */
  topics: readonly string[]
  /** Connectors of the same Connect cluster that other pairs of the file name, with the pair. */
  named: ReadonlyMap<string, string>
}

/** `DefaultTopicFilter.TOPICS_EXCLUDE_DEFAULT` of MirrorMaker. */
const excludedByDefault = String.raw`.*[\-\.]internal, .*\.replica, __.*`

export function surroundingsOf(config: Config, pair: string, link: MirrorMaker2Config): Surroundings {
  const here = addressOf(link)
  const named = Object.entries(config.pairs).flatMap(([name, { links }]) =>
    name === pair
      ? []
      : links.flatMap((other) =>
          other.backend === 'mirrormaker2' && addressOf(other) === here
            ? [other.source, other.checkpoint].flatMap((one) => (one ? [[one.name, name] as const] : []))
            : [],
        ),
  )
  return { topics: config.pairs[pair]?.topics ?? [], named: new Map(named) }
}

function addressOf({ connect }: MirrorMaker2Config): string {
  return connect.url.replace(/\/+$/, '')
}

/** Does a connector with these settings mirror one of the topics? What cannot be read counts as doing so. */
export function mayMirror(settings: Readonly<Record<string, string>>, topics: readonly string[]): boolean {
  if (settings['topic.filter.class'] !== undefined) return true
  const included = topics.filter(matcherOr(settings['topics'] ?? '.*', true))
  return included.some((topic) => !matcherOr(settings['topics.exclude'] ?? excludedByDefault, false)(topic))
}
