import { matcherOr } from '../../../domain/names/selection.ts'
import type { File, Link } from '../../backend.ts'
import { addressOf, type MirrorMaker2Config } from '../settings.ts'

/** What a link belongs to: by it a connector of another name counts, or does not. */
export interface Surroundings {
  /** The topics of the link's pair. */
  topics: readonly string[]
  /** Connectors of the same Connect cluster that other pairs of the file name, with the pair. */
  named: ReadonlyMap<string, string>
}

/** `DefaultTopicFilter.TOPICS_EXCLUDE_DEFAULT` of MirrorMaker. */
const excludedByDefault = String.raw`.*[\-\.]internal, .*\.replica, __.*`

/** The same, as plain data. */
export interface Neighbours {
  topics: readonly string[]
  named: readonly (readonly [connector: string, pair: string])[]
}

export function neighboursOf({ pairs }: Pick<File, 'pairs'>, pair: string, link: MirrorMaker2Config): Neighbours {
  const here = addressOf(link)
  const named = Object.entries(pairs).flatMap(([name, { links }]) =>
    name === pair
      ? []
      : links.flatMap((other) =>
          isAlike(other) && addressOf(other) === here
            ? [other.source, other.checkpoint].flatMap((one) => (one ? [[one.name, name] as const] : []))
            : [],
        ),
  )
  return { topics: pairs[pair]?.topics ?? [], named }
}

export function surroundingsOf({ topics, named }: Neighbours): Surroundings {
  return { topics, named: new Map(named) }
}

function isAlike(link: Link): link is MirrorMaker2Config {
  return link.backend === 'mirrormaker2'
}

/** Does a connector with these settings mirror one of the topics? What cannot be read counts as doing so. */
export function mayMirror(settings: Readonly<Record<string, string>>, topics: readonly string[]): boolean {
  if (settings['topic.filter.class'] !== undefined) return true
  const included = topics.filter(matcherOr(settings['topics'] ?? '.*', true))
  return included.some((topic) => !matcherOr(settings['topics.exclude'] ?? excludedByDefault, false)(topic))
}
