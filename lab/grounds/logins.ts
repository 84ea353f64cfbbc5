import { allow, CLUSTER, prefixOf, type Grant, type GrantScene } from './grants.ts'

/** MirrorMaker and Connect. */
const MIRROR = 'mirror'
const SWITCHBACK = 'switchback'

const topic = (name: string, pattern: Grant['pattern'] = 'PREFIXED') => ({ resource: 'TOPIC' as const, name, pattern })
const group = (name: string, pattern: Grant['pattern'] = 'PREFIXED') => ({ resource: 'GROUP' as const, name, pattern })
const cluster = { resource: 'CLUSTER' as const, name: CLUSTER, pattern: 'LITERAL' as const }

/** Local topics and their copies, by prefix: "accounting.", "B.accounting."; with suffix naming copies begin as their topics. */
function prefixes({ topics, others, naming }: GrantScene): { local: string[]; copies: string[] } {
  const local = [...new Set(topics.map(({ name }) => prefixOf(name)))]
  return {
    local,
    copies: naming === 'suffix' ? local : others.flatMap((alias) => local.map((prefix) => `${alias}.${prefix}`)),
  }
}

/**
 * What MirrorMaker's and Connect's login needs on a cluster that is source of one link and target of another: it reads the local topics with
 * their settings and ACLs, makes and fills the copies, and keeps its internal topics and Connect's.
 */
export function mirrorGrants(scene: GrantScene): Grant[] {
  const { local, copies } = prefixes(scene)
  const keep = ['CREATE', 'READ', 'WRITE', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'] as const
  return [
    // ACLs of the source are listed, and created on the target.
    ...allow(MIRROR, ['DESCRIBE', 'ALTER'], cluster),
    ...local.flatMap((name) => allow(MIRROR, ['READ', 'DESCRIBE', 'DESCRIBE_CONFIGS'], topic(name))),
    ...copies.flatMap((name) => allow(MIRROR, [...keep, 'ALTER'], topic(name))),
    ...allow(MIRROR, keep, topic('connect-')),
    ...allow(MIRROR, keep, topic('mm2-offset-syncs.')),
    ...allow(MIRROR, keep, topic('heartbeats', 'LITERAL')),
    ...scene.others.flatMap((alias) => [
      ...allow(MIRROR, keep, topic(`${alias}.checkpoints.internal`, 'LITERAL')),
      ...allow(MIRROR, [...keep, 'ALTER'], topic(`${alias}.heartbeats`, 'LITERAL')),
    ]),
    ...allow(MIRROR, ['READ', 'DESCRIBE'], group('connect-')),
    // Positions of every group are read, to be translated.
    ...allow(MIRROR, ['DESCRIBE'], group('*', 'LITERAL')),
  ]
}

/** What Switchback's login needs on each cluster of a pair: the list of docs/production.md. */
export function switchbackGrants(scene: GrantScene): Grant[] {
  const { local, copies } = prefixes(scene)
  const groups = scene.applications.flatMap(({ group: id }) => (id === undefined ? [] : [id]))
  const look = ['READ', 'DESCRIBE', 'DESCRIBE_CONFIGS'] as const
  const id = (name: string, pattern: Grant['pattern']) => ({ resource: 'TRANSACTIONAL_ID' as const, name, pattern })
  return [
    ...allow(SWITCHBACK, ['DESCRIBE', 'ALTER'], cluster),
    ...local.flatMap((name) => allow(SWITCHBACK, [...look, 'WRITE', 'CREATE', 'DELETE'], topic(name))),
    ...copies.flatMap((name) => allow(SWITCHBACK, look, topic(name))),
    ...allow(SWITCHBACK, [...look, 'WRITE', 'CREATE'], topic('switchback.dossier', 'LITERAL')),
    ...groups.flatMap((name) => allow(SWITCHBACK, ['READ', 'DESCRIBE'], group(name, 'LITERAL'))),
    ...allow(SWITCHBACK, ['READ', 'DESCRIBE'], group('switchback.')),
    ...allow(SWITCHBACK, ['WRITE', 'DESCRIBE'], id('switchback.', 'PREFIXED')),
    ...allow(SWITCHBACK, ['DESCRIBE'], id('*', 'LITERAL')),
  ]
}
