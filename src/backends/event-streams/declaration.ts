import { z } from 'zod'
import { accountKey, accountOf, instanceKey, instanceOf, needsAccount } from '../../adapters/ibm/settings.ts'
import type { LinkOutline, Outline, PairOutline } from '../../config/outline.ts'
import type { Fault } from '../../config/place.ts'
import type { MirroringBackend, NameRule, PlacedLink } from '../backend.ts'
import type { Needs } from './needs.ts'
import { type EventStreamsConfig, eventStreamsLink } from './settings.ts'

const NAME = 'event-streams'

/** Mirroring of IBM Event Streams (Enterprise): the provider's own service. */
export const eventStreams = {
  name: NAME,
  what: 'mirroring of IBM Event Streams (Enterprise)',
  link: eventStreamsLink,
  fileKeys: accountKey,
  clusterKeys: instanceKey,
  traits: { movesPosition: false, offAsAWhole: true, takesHours: true, can: ['witness', 'findings'] },
  faults: linkFaults,
  insecure: () => [],
  literalSecrets: () => [],
  names: namesOf,
  shared: ({ to }, { clusters }) => ({
    key: `${NAME} ${instanceOf(clusters[to])?.crn ?? to}`,
    words: `the mirroring of ${to}`,
  }),
  stops: () => ({ connectors: [], words: [] }),
  pollMs: ({ pollMs }) => pollMs,
  dependsOn: ({ from, to }, { file, naming }) => ({
    naming,
    account: accountOf(file),
    instances: { from: instanceOf(file.clusters[from]), to: instanceOf(file.clusters[to]) },
    clusters: [file.clusters[from], file.clusters[to]],
  }),
  opening: () => import('./open.ts'),
} as const satisfies MirroringBackend<EventStreamsConfig, Needs>

function linkFaults(links: readonly PlacedLink[], file: Outline): Fault[] {
  const pairs = new Map(links.map(({ pairName, pair }) => [pairName, pair]))
  return [...pairs].flatMap(([name, pair]) =>
    pairFaults(
      name,
      pair,
      links.filter(({ pairName }) => pairName === name).map(({ link }) => link),
      file,
    ),
  )
}

/** What a pair needs besides its links: instances, an account, and names as the service gives them. */
function pairFaults(name: string, { naming }: PairOutline, links: LinkOutline[], file: Outline): Fault[] {
  const faults: Fault[] = []
  const path = ['pairs', name]
  if (accountOf(file) === undefined)
    faults.push({ path: [...path, 'links'], message: needsAccount(`the backend ${NAME}`) })
  for (const alias of new Set(links.flatMap(({ from, to }) => [from, to]))) {
    const cluster = alias === undefined ? undefined : file.clusters?.[alias]
    if (alias !== undefined && cluster !== undefined && instanceOf(cluster) === undefined)
      faults.push({
        path: ['clusters', alias],
        message: `has no eventStreams, and links of ${name} with the backend ${NAME} use it: add crn and adminUrl of the instance`,
      })
  }
  const { kind = 'suffix', separator = '.' } = naming ?? {}
  if (kind !== 'suffix' || separator !== '.')
    faults.push({
      path: [...path, 'naming'],
      message:
        'Event Streams names copies by the suffix ".<alias>", or as topicNameTransform of a link says: leave naming out, or use kind suffix and separator "."',
    })
  return faults
}

const text = z.string().optional().catch(undefined)
/** An entry as far as it can be read. */
const transform = z
  .object({
    type: text,
    rename: z
      .object({ addPrefix: text, removePrefix: text, addSuffix: text, removeSuffix: text })
      .optional()
      .catch(undefined),
  })
  .optional()
  .catch(undefined)

function namesOf(link: Readonly<Record<string, unknown>>): { copies?: NameRule; groups?: NameRule } {
  const [copies, groups] = [ruleOf(link, 'topicNameTransform'), ruleOf(link, 'groupIdTransform')]
  return { ...(copies ? { copies } : {}), ...(groups ? { groups } : {}) }
}

function ruleOf(link: Readonly<Record<string, unknown>>, key: string): NameRule | undefined {
  const { type, rename = {} } = transform.parse(link[key]) ?? {}
  if (type === 'none') return { key, type }
  if (type !== 'rename') return undefined
  const words = Object.entries(rename).filter(([, word]) => word !== undefined)
  return { key, type, rename: Object.fromEntries(words) }
}
