import { allow, CLUSTER, prefixOf, type Grant, type GrantScene, type Operation } from './grants.ts'

/** MirrorMaker and Connect. */
const MIRROR = 'mirror'
const SWITCHBACK = 'switchback'
const SWITCHBACK_ACT = 'switchback-act'

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

/** What a row of the documented list is for: a team that does without it leaves the row out. */
export type Feature = 'reading' | 'failover, failback' | 'fence' | 'createTopics' | 'replay, quarantine' | 'memory'

/** A row of docs/production.md: these operations for one of Switchback's logins. */
export type LoginRow = {
  login: 'watch' | 'act'
  feature: Feature
  operations: readonly Operation[]
} & Omit<Grant, 'user' | 'operation'>

/** What Switchback's logins need on each cluster of a pair: the lists of docs/production.md. Read, Write, Delete and Alter include Describe. */
export function switchbackRows(scene: GrantScene): LoginRow[] {
  const { local, copies } = prefixes(scene)
  const groups = scene.applications.flatMap(({ group: id }) => (id === undefined ? [] : [group(id, 'LITERAL')]))
  const topics = local.map((name) => topic(name))
  const ofCopies = copies === local ? [] : copies.map((name) => topic(name))
  const memory = [topic('switchback.dossier', 'LITERAL')]
  const id = (name: string, pattern: Grant['pattern']) => ({ resource: 'TRANSACTIONAL_ID' as const, name, pattern })
  const rows = (
    login: LoginRow['login'],
    feature: Feature,
    operations: Operation[],
    on: Omit<Grant, 'user' | 'operation'>[],
  ) => on.map((resource): LoginRow => ({ login, feature, operations, ...resource }))
  return [
    ...rows('watch', 'reading', ['DESCRIBE'], [cluster]),
    ...rows('watch', 'reading', ['READ', 'DESCRIBE_CONFIGS'], [...topics, ...ofCopies]),
    ...rows('watch', 'reading', ['DESCRIBE'], groups),
    ...rows('watch', 'reading', ['DESCRIBE'], [id('*', 'LITERAL')]),
    ...rows('watch', 'replay, quarantine', ['DESCRIBE'], [group('switchback.')]),
    ...rows('watch', 'memory', ['READ'], memory),
    ...rows('act', 'fence', ['ALTER'], [cluster]),
    ...rows('act', 'failover, failback', ['READ'], [...topics, ...ofCopies, ...groups]),
    ...rows('act', 'createTopics', ['CREATE', 'DELETE'], topics),
    ...rows('act', 'replay, quarantine', ['READ', 'WRITE', 'CREATE'], topics),
    ...rows('act', 'replay, quarantine', ['READ', 'DELETE'], [group('switchback.')]),
    ...rows('act', 'replay, quarantine', ['WRITE'], [id('switchback.', 'PREFIXED')]),
    ...rows('act', 'memory', ['WRITE', 'CREATE'], memory),
  ]
}

/** The same as ACLs of the two users: each once, whatever it is for. */
export function switchbackGrants(scene: GrantScene): Grant[] {
  const users = { watch: SWITCHBACK, act: SWITCHBACK_ACT }
  const grants = switchbackRows(scene).flatMap(({ login, operations, resource, name, pattern }) =>
    allow(users[login], operations, { resource, name, pattern }),
  )
  return [...new Map(grants.map((grant) => [JSON.stringify(grant), grant])).values()]
}
