import { backendOf } from '../backends/chosen.ts'
import { controlOf } from '../controls/chosen.ts'
import { deskOf } from '../desks/chosen.ts'
import { type Insecure, inClear, unchecked } from './insecure-parts.ts'
import type { Path } from './place.ts'
import type { ClusterConfig, Config, PairConfig } from './schema.ts'

/** Settings of the file that are refused with `strict: true`, and remarks without it. */
export function insecureSettings(config: Config): Insecure[] {
  return [
    ...Object.entries(config.clusters).flatMap(([alias, cluster]) => insecureCluster(cluster, ['clusters', alias])),
    ...Object.entries(config.pairs).flatMap(([name, pair]) => insecurePair(pair, ['pairs', name])),
  ]
}

function insecureCluster({ sasl, act, principals, tls, schemaRegistry }: ClusterConfig, path: Path): Insecure[] {
  const logins = [sasl, act?.sasl, ...Object.values(principals)].filter((one) => one !== undefined)
  const plain = logins.some(({ mechanism }) => mechanism === 'PLAIN')
  return [
    ...(logins.length > 0 && tls === undefined
      ? [
          {
            path: [...path, 'sasl'],
            message: plain
              ? 'the password goes to the brokers, and to every address they name, in clear: add tls'
              : 'without tls whoever is on the way reads and changes what is sent: add tls',
          },
        ]
      : []),
    ...unchecked(tls, [...path, 'tls']),
    ...(schemaRegistry?.basicAuth
      ? inClear(schemaRegistry.url, 'the password of basicAuth', [...path, 'schemaRegistry', 'url'])
      : []),
    ...unchecked(schemaRegistry?.tls, [...path, 'schemaRegistry', 'tls']),
  ]
}

function insecurePair({ links, applications, desk }: PairConfig, path: Path): Insecure[] {
  return [
    ...links.flatMap((link, at) => backendOf(link).insecure(link, [...path, 'links', at])),
    ...applications.flatMap(({ control }, at) =>
      controlOf(control).insecure(control, [...path, 'applications', at, 'control']),
    ),
    ...deskOf(desk).insecure(desk, [...path, 'desk']),
  ]
}

/** Secrets that stand in the file itself: a fault, strict or not. What is read of it never stands in the message. */
export function literalSecrets(config: Config): Insecure[] {
  return Object.entries(config.pairs).flatMap(([name, { links, desk, applications }]) => [
    ...links.flatMap((link, at) => backendOf(link).literalSecrets(link, ['pairs', name, 'links', at])),
    ...applications.flatMap(({ control }, at) =>
      controlOf(control).literalSecrets(control, ['pairs', name, 'applications', at, 'control']),
    ),
    ...deskOf(desk).literalSecrets(desk, ['pairs', name, 'desk']),
  ])
}
