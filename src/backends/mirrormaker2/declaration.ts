import { inClear, literalSecret, unchecked } from '../../config/insecure-parts.ts'
import { sensitiveSetting } from '../../config/sensitive.ts'
import type { MirroringBackend } from '../backend.ts'
import { type Neighbours, neighboursOf } from './engine/foreign.ts'
import { linkFaults, roles } from './faults.ts'
import { addressOf, type MirrorMaker2Config, mirrorMaker2Link } from './settings.ts'

/** Connectors of MirrorMaker 2 on a Kafka Connect cluster that is attached to the target. */
export const mirrorMaker2 = {
  name: 'mirrormaker2',
  what: 'connectors on a Kafka Connect cluster',
  link: mirrorMaker2Link,
  fileKeys: {},
  clusterKeys: {},
  traits: { movesPosition: true, offAsAWhole: false, takesHours: false, can: ['flush'] },
  faults: linkFaults,
  insecure({ connect: { url, basicAuth, tls } }, path) {
    return [
      ...(basicAuth ? inClear(url, 'the password of basicAuth', [...path, 'connect', 'url']) : []),
      ...unchecked(tls, [...path, 'connect', 'tls']),
    ]
  },
  literalSecrets: (link, path) =>
    roles.flatMap((role) =>
      Object.entries(link[role]?.config ?? {}).flatMap(([key, value]) =>
        typeof value === 'string' && sensitiveSetting(key, value)
          ? [literalSecret([...path, role, 'config', key])]
          : [],
      ),
    ),
  names: () => ({}),
  shared: (link) => ({ key: `${addressOf(link)} ${link.source.name}`, words: link.source.name }),
  stops({ heartbeat, checkpoint, source, to }) {
    const connectors = [heartbeat, checkpoint, source].flatMap((one) => (one ? [one.name] : []))
    // Other pairs may have connectors between the same two clusters: a ticket that names only the link would stop them too.
    const words = `On the Kafka Connect of ${to} this is: stop ${connectors.join(', ')} (PUT /connectors/<name>/stop), and no other connector.`
    return { connectors, words: [words] }
  },
  dependsOn: (link, { file, pair }) => neighboursOf(file, pair, link),
  opening: () => import('./open.ts'),
} as const satisfies MirroringBackend<MirrorMaker2Config, Neighbours>
