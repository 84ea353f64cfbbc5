import { backendOf } from '../backends/chosen.ts'
import { type Insecure, inClear, literalSecret, unchecked } from './insecure-parts.ts'
import type { Path } from './place.ts'
import { sensitiveHeader, sensitiveSetting, withoutReferences } from './sensitive.ts'
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
    ...applications.flatMap(({ control }, at) => {
      const here = [...path, 'applications', at, 'control']
      if (control.adapter !== 'webhook') return []
      return [
        ...(control.secret === undefined
          ? [
              {
                path: [...here, 'url'],
                message: 'orders are not signed, so whoever reaches it may send them: add secret',
              },
            ]
          : inClear(control.url, 'the answer, which is not signed,', [...here, 'url'])),
        ...unchecked(control.tls, [...here, 'tls']),
      ]
    }),
    ...(desk.adapter === 'webhook'
      ? [
          ...(Object.keys(desk.headers).some(sensitiveHeader)
            ? inClear(desk.url, 'the secret in its headers', [...path, 'desk', 'url'])
            : []),
          ...unchecked(desk.tls, [...path, 'desk', 'tls']),
        ]
      : []),
  ]
}

/** Secrets that stand in the file itself: a fault, strict or not. What is read of it never stands in the message. */
export function literalSecrets(config: Config): Insecure[] {
  return Object.entries(config.pairs).flatMap(([name, { links, desk, applications }]) => [
    ...links.flatMap((link, at) => backendOf(link).literalSecrets(link, ['pairs', name, 'links', at])),
    ...applications.flatMap(({ control }, at) =>
      control.adapter !== 'command'
        ? []
        : Object.entries(control.env ?? {}).flatMap(([key, value]) =>
            typeof value === 'string' && sensitiveSetting(key, value)
              ? [literalSecret(['pairs', name, 'applications', at, 'control', 'env', key])]
              : [],
          ),
    ),
    ...(desk.adapter !== 'webhook'
      ? []
      : Object.entries(desk.headers).flatMap(([key, value]) =>
          typeof value === 'string' && sensitiveHeader(key) && withoutReferences(value) !== ''
            ? [literalSecret(['pairs', name, 'desk', 'headers', key])]
            : [],
        )),
  ])
}
