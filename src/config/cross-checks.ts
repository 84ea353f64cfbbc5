import { applicationFaults, foreignTopic } from './application-checks.ts'
import { backendFaults } from './backend-checks.ts'
import { closest } from './closest.ts'
import { deskFaults } from './desk-checks.ts'
import { linkFaults } from './link-checks.ts'
import { loginFaults } from './login-checks.ts'
import { namingFaults } from './naming-checks.ts'
import type { Outline, PairOutline } from './outline.ts'
import type { Fault, Path } from './place.ts'

/** What no single key can tell: whether the parts of the configuration fit one another. */
export function crossCheck(outline: Outline): Fault[] {
  const aliases = outline.clusters && Object.keys(outline.clusters)
  const pairs = Object.entries(outline.pairs).flatMap(([name, pair]) => (pair ? [{ name, pair }] : []))
  return [
    ...pairs.flatMap(({ name, pair }) => [
      ...sideFaults(pair, ['pairs', name]),
      ...(aliases ? aliasFaults(pair, aliases, ['pairs', name]) : []),
      ...linkFaults(pair, ['pairs', name, 'links']),
      ...duplicates(pair.topics).map(({ index, word }) => ({
        path: ['pairs', name, 'topics', index],
        message: `${word} stands here twice: take one out`,
      })),
      ...(pair.fence?.ignoreProducersOf ?? []).flatMap((topic, index) =>
        topic === '' || pair.topics.length === 0 || pair.topics.includes(topic)
          ? []
          : [
              {
                path: ['pairs', name, 'fence', 'ignoreProducersOf', index],
                message: foreignTopic(topic, pair.topics, name),
              },
            ],
      ),
      ...deskFaults(pair, ['pairs', name, 'desk'], outline),
    ]),
    ...applicationFaults(pairs),
    ...backendFaults(outline),
    ...namingFaults(pairs),
    ...loginFaults(outline),
  ]
}

function sideFaults({ primary, secondary }: PairOutline, path: Path): Fault[] {
  if (primary === undefined || primary !== secondary) return []
  return [
    { path: [...path, 'secondary'], message: `is ${secondary}, as primary is: a pair needs two different clusters` },
  ]
}

function aliasFaults(pair: PairOutline, aliases: string[], path: Path): Fault[] {
  const used: { path: Path; alias: string | undefined }[] = [
    { path: [...path, 'primary'], alias: pair.primary },
    { path: [...path, 'secondary'], alias: pair.secondary },
    ...pair.links.flatMap(({ from, to }, index) => [
      { path: [...path, 'links', index, 'from'], alias: from },
      { path: [...path, 'links', index, 'to'], alias: to },
    ]),
  ]
  return used.flatMap(({ path, alias }) => {
    if (alias === undefined || aliases.includes(alias)) return []
    const meant = closest(
      alias,
      aliases.filter((known) => known.length > 2),
    )
    const next = meant === undefined ? 'add it there, or use one of those' : `did you mean "${meant}"?`
    return [{ path, message: `"${alias}" is not one of the clusters (${aliases.join(', ') || 'none yet'}): ${next}` }]
  })
}

/** Each entry that stands in the list for the second time or more. */
function duplicates(words: readonly string[]): { index: number; word: string }[] {
  return words.flatMap((word, index) => (word !== '' && words.indexOf(word) < index ? [{ index, word }] : []))
}
