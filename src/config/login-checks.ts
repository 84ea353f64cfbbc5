import type { ClusterOutline, Outline } from './outline.ts'
import type { Fault, Path } from './place.ts'

/** The two logins of a cluster, `sasl` or `tls` and `act`: each is whole, and they are two. */
export function loginFaults({ clusters }: Outline): Fault[] {
  return Object.entries(clusters ?? {}).flatMap(([alias, cluster]) => faultsOf(cluster, ['clusters', alias, 'act']))
}

function faultsOf({ sasl, tls, act }: ClusterOutline, path: Path): Fault[] {
  if (act === undefined) return []
  if (act.sasl === undefined && act.tls === undefined)
    return [{ path, message: 'has no login: add sasl, or tls with certFile and keyFile; or take act out' }]
  if (act.sasl !== undefined && sasl === undefined)
    return [
      {
        path: [...path, 'sasl'],
        message:
          'the cluster has no sasl, the login that only reads: add it, since a listener asks everybody for SASL or nobody',
      },
    ]
  if (act.sasl === undefined && sasl !== undefined)
    return [{ path, message: 'has no sasl, and brokers take the user from it: add the user that writes' }]
  if (act.tls !== undefined && tls === undefined)
    return [{ path: [...path, 'tls'], message: 'the cluster has no tls, which it goes with: add clusters.<alias>.tls' }]
  const same =
    sasl === undefined ? tls?.certFile !== undefined && tls.certFile === act.tls?.certFile : sameUser(sasl, act.sasl)
  if (!same) return []
  const what = sasl === undefined ? `the certificate of tls, ${tls?.certFile}` : `the user of sasl, ${sasl.username}`
  return [{ path, message: `is ${what}: give it a login of its own, or take act out` }]
}

type Sasl = NonNullable<ClusterOutline['sasl']>

/** The user name of every API key of IBM Event Streams: the password alone tells one from another there. */
const API_KEYS = 'token'

function sameUser(watch: Sasl, act: Sasl | undefined): boolean {
  if (watch.username === undefined || watch.username !== act?.username) return false
  const [one, other] = [watch.password, act.password]
  return watch.username !== API_KEYS || (one?.env === other?.env && one?.file === other?.file)
}
