import type { Path } from './place.ts'
import { sensitiveHeader, sensitiveSetting, withoutReferences } from './sensitive.ts'
import type { ClusterConfig, Config, LinkConfig, PairConfig, TlsConfig } from './schema.ts'

/** A setting that lets somebody on the way, or on the machine, read or change more than he should. */
export interface Insecure {
  path: Path
  message: string
}

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
    ...links.flatMap((link, at) => insecureLink(link, [...path, 'links', at])),
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

function insecureLink(link: LinkConfig, path: Path): Insecure[] {
  if (link.backend !== 'mirrormaker2') return []
  const { url, basicAuth, tls } = link.connect
  return [
    ...(basicAuth ? inClear(url, 'the password of basicAuth', [...path, 'connect', 'url']) : []),
    ...unchecked(tls, [...path, 'connect', 'tls']),
  ]
}

function inClear(url: string, what: string, path: Path): Insecure[] {
  return url.startsWith('http:') ? [{ path, message: `${what} is sent in clear: use https` }] : []
}

function unchecked(tls: TlsConfig | undefined, path: Path): Insecure[] {
  return tls?.rejectUnauthorized === false
    ? [
        {
          path: [...path, 'rejectUnauthorized'],
          message: 'any certificate is accepted, also that of somebody between: take it out',
        },
      ]
    : []
}

/** Secrets that stand in the file itself: a fault, strict or not. What is read of it never stands in the message. */
export function literalSecrets(config: Config): Insecure[] {
  return Object.entries(config.pairs).flatMap(([name, { links, desk, applications }]) => [
    ...links.flatMap((link, at) => {
      if (link.backend !== 'mirrormaker2') return []
      return (['source', 'checkpoint', 'heartbeat'] as const).flatMap((role) =>
        Object.entries(link[role]?.config ?? {}).flatMap(([key, value]) =>
          typeof value === 'string' && sensitiveSetting(key, value)
            ? [literal(['pairs', name, 'links', at, role, 'config', key])]
            : [],
        ),
      )
    }),
    ...applications.flatMap(({ control }, at) =>
      control.adapter !== 'command'
        ? []
        : Object.entries(control.env ?? {}).flatMap(([key, value]) =>
            typeof value === 'string' && sensitiveSetting(key, value)
              ? [literal(['pairs', name, 'applications', at, 'control', 'env', key])]
              : [],
          ),
    ),
    ...(desk.adapter !== 'webhook'
      ? []
      : Object.entries(desk.headers).flatMap(([key, value]) =>
          typeof value === 'string' && sensitiveHeader(key) && withoutReferences(value) !== ''
            ? [literal(['pairs', name, 'desk', 'headers', key])]
            : [],
        )),
  ])
}

function literal(path: Path): Insecure {
  return {
    path,
    message: 'seems to be a secret in clear text: name it instead, {env: NAME} or {file: PATH}',
  }
}
