/**
 * Kafka clusters, 3.1 to 4.x: `@platformatic/kafka`'s low-level requests. Of kafkajs only the codes of ACLs are used.
 *
 * @module
 */
import { managesAccess } from '../../backends/chosen.ts'
import type { ClusterConfig } from '../../config/schema.ts'
import type { AccessCheck, ClusterLooks, ClusterPort } from '../../ports/cluster.ts'
import { type Access, askAccess } from './access.ts'
import { allowsWithoutAcl } from './authorizer.ts'
import { allAcls, topicAcls } from './acl-listings.ts'
import { derivedAccesses } from './derived-access.ts'
import { hasAuthorizer } from './acls.ts'
import { readEnds, readLogEnds } from './ends.ts'
import { readCompacted } from './compacted.ts'
import { readProgress } from './copy/progress.ts'
import { askGroupAccess } from './groups/access.ts'
import { readCommitted } from './groups/offsets.ts'
import { readGroupStates } from './groups/states.ts'
import { guardedAs, some } from './guarded.ts'
import { loginsOf } from './logins.ts'
import { findRecords, lastRecords } from './marks/marks.ts'
import { expectVisible, readMetadata } from './metadata.ts'
import { readProducers, readTransactionalIds } from './producers.ts'
import { BrokerConnections } from './net/connections.ts'
import { readKeyed } from './records/keyed.ts'
import { digestRange } from './records/digest.ts'
import { readRecords } from './records/read.ts'
import { scanRange } from './records/scan.ts'
import { scanUncommitted } from './records/uncommitted.ts'
import { readRights } from './rights.ts'
import { readSettings } from './settings.ts'
import { readOpenTransactions } from './transactions/open-transactions.ts'
import { clusterWrites } from './writes.ts'

/**
 * A cluster by its configuration. Looks go out as the login that reads, writes as the one that acts. Nothing is connected before
 * the first call; `close` ends all connections.
 */
export function createKafkaCluster(alias: string, config: ClusterConfig): ClusterPort {
  const { timeoutMs } = config
  const { watch, act } = loginsOf(alias, config)
  const { connections, guarded } = watch
  const principals = new Map<string, BrokerConnections>()

  function connectionsOf(principal: string): BrokerConnections | undefined {
    const login = config.principals[principal]
    if (login === undefined) return undefined
    const known = principals.get(principal) ?? new BrokerConnections(alias, config, login)
    principals.set(principal, known)
    return known
  }

  /** Access to an Event Streams instance is managed by IAM: its brokers know no ACLs that could be set or read. */
  async function authorizes(signal: AbortSignal | undefined): Promise<boolean> {
    return !managesAccess(config) && (await hasAuthorizer(connections, signal))
  }

  async function opennessOf(topics: string[], signal: AbortSignal | undefined): Promise<boolean | null> {
    if (config.openWithoutAcls !== undefined) return config.openWithoutAcls
    return allowsWithoutAcl(connections, { topics, acls: () => allAcls(connections, signal), timeoutMs, signal })
  }

  /** Without an authorizer everybody may do everything. */
  async function derived(checks: readonly AccessCheck[], signal: AbortSignal | undefined): Promise<Access[]> {
    if (!(await authorizes(signal))) return checks.map(({ names }) => ({ allowed: names, denied: [] }))
    return derivedAccesses(connections, checks, (topics) => opennessOf(topics, signal), signal)
  }

  async function derivedOne(check: AccessCheck, signal: AbortSignal | undefined) {
    const [answer] = await derived([check], signal)
    return { evidence: 'derived-from-acls' as const, allowed: answer?.allowed ?? [], denied: answer?.denied ?? [] }
  }

  const looks: ClusterLooks = {
    alias,

    describe: (signal) =>
      guarded('read the metadata', signal, async () => {
        const { clusterId, brokers } = await readMetadata(connections, [], signal)
        return { clusterId, brokers: brokers.size, authorizer: await authorizes(signal) }
      }),

    rights: (login, topics, signal) => {
      const as = login === 'act' ? act : watch
      return as.guarded('find out what it may do', signal, () => readRights(as.connections, topics, signal))
    },

    describeTopics: (topics, signal) =>
      guarded(`describe ${some(topics)}`, signal, async () => {
        const metadata = await readMetadata(connections, topics, signal)
        expectVisible(metadata)
        return [...metadata.topics.values()].map(({ topic, topicId, partitions }) => ({
          topic,
          topicId,
          partitions: partitions.length,
          offline: partitions.filter(({ leader }) => leader < 0).map(({ partition }) => partition),
          replicas: Math.min(...partitions.map(({ replicas }) => replicas)),
        }))
      }),

    /** Without the brokers' own topics. */
    listTopics: (signal) =>
      guarded('list its topics', signal, async () => {
        const { topics } = await readMetadata(connections, null, signal)
        return [...topics.values()].flatMap(({ topic, internal }) => (internal ? [] : [topic])).sort()
      }),

    ends: (topics, signal) =>
      guarded(`read the ends of ${some(topics)}`, signal, () => readEnds(connections, topics, timeoutMs, signal)),

    scan: (topic, partition, from, to, signal) =>
      guarded(`read partition ${partition} of ${topic} from ${from} to ${to}`, signal, () =>
        scanRange(connections, { topic, partition, from, to }, timeoutMs, signal),
      ),

    scanUncommitted: (topic, partition, from, to, signal) =>
      guarded(`read the transactions of partition ${partition} of ${topic} from ${from} to ${to}`, signal, () =>
        scanUncommitted(connections, { topic, partition, from, to }, timeoutMs, signal),
      ),

    readRecords: (topic, partition, from, to, signal) =>
      guarded(`read the records of partition ${partition} of ${topic} from ${from} to ${to}`, signal, () =>
        readRecords(connections, { topic, partition, from, to }, timeoutMs, signal),
      ),

    copyProgress: (id, signal) =>
      guarded(`read how far the copy ${id} is`, signal, () => readProgress(connections, id, timeoutMs, signal)),

    compacted: (topics, signal) =>
      guarded(`see whether ${some(topics)} are compacted`, signal, () =>
        readCompacted(connections, topics, timeoutMs, signal),
      ),

    producers: (topics, signal) =>
      guarded(`see who writes to ${some(topics)}`, signal, () => readProducers(connections, topics, timeoutMs, signal)),

    transactionalIds: (producerIds, signal) =>
      guarded('name its producers', signal, () => readTransactionalIds(connections, producerIds, signal)),

    openTransactions: (partitions, signal) =>
      guarded(`find the open transactions of ${partitions.length} partitions`, signal, () =>
        readOpenTransactions(connections, partitions, timeoutMs, signal),
      ),

    lastRecords: (places, signal) =>
      guarded(`read the last records of ${places.length} partitions`, signal, () =>
        lastRecords(connections, places, timeoutMs, signal),
      ),

    findRecords: (wanted, signal) =>
      guarded(`find ${wanted.length} records`, signal, () => findRecords(connections, wanted, timeoutMs, signal)),

    logEnds: (topics, signal) =>
      guarded(`read the log ends of ${some(topics)}`, signal, () =>
        readLogEnds(connections, topics, timeoutMs, signal),
      ),

    digestRange: ({ topic, partition }, { from, to, isolation }, signal) =>
      guarded(`read partition ${partition} of ${topic} from ${from} to ${to}`, signal, () =>
        digestRange(connections, { topic, partition, from, to }, isolation, timeoutMs, signal),
      ),

    groupStates: (groups, signal) =>
      guarded(`read the state of ${some(groups)}`, signal, () =>
        readGroupStates(connections, groups, timeoutMs, signal),
      ),

    groupOffsets: (groups, topics, signal) =>
      guarded(`read the offsets of ${some(groups)}`, signal, async () => {
        const committed = await readCommitted(connections, groups, timeoutMs, signal)
        if (topics === undefined) return committed
        const wanted = new Set(topics)
        return committed.map((row) => ({ ...row, topics: row.topics.filter(({ topic }) => wanted.has(topic)) }))
      }),

    acls: (topics, signal) =>
      guarded(`read the ACLs of ${topics === null ? 'its topics' : some(topics)}`, signal, () =>
        topicAcls(connections, topics, signal),
      ),

    allowsWithoutAcl: (topics, signal) =>
      guarded('find out whom its authorizer admits', signal, () => opennessOf(topics, signal)),

    access: (principal, operation, topics, signal) => {
      const asPrincipal = connectionsOf(principal)
      const what = `find out what ${principal} may do with ${some(topics)}`
      const bearing = () => topicAcls(connections, topics, signal)
      if (asPrincipal === undefined) {
        return guarded(what, signal, () => derivedOne({ principal, operation, of: 'topic', names: topics }, signal))
      }
      const question = { principal, operation, topics }
      const ask = async () => ({
        evidence: 'asked-as-principal' as const,
        ...(await askAccess(connections, asPrincipal, question, bearing, timeoutMs, signal)),
      })
      return guardedAs({ alias, config, user: asPrincipal.user })(what, signal, ask)
    },

    groupAccess: (principal, groups, signal) => {
      const asPrincipal = connectionsOf(principal)
      const what = `find out what ${principal} may do with ${some(groups)}`
      if (asPrincipal === undefined) {
        const check = { principal, operation: 'Read' as const, of: 'group' as const, names: groups }
        return guarded(what, signal, () => derivedOne(check, signal))
      }
      const ask = async () => ({
        evidence: 'asked-as-principal' as const,
        ...(await askGroupAccess(connections, asPrincipal, groups, timeoutMs, signal)),
      })
      return guardedAs({ alias, config, user: asPrincipal.user })(what, signal, ask)
    },

    accessByAcls: (checks, signal) =>
      guarded(`find out what ${some(checks.map(({ principal }) => principal))} may do`, signal, async () => {
        const byAcls = checks.filter(({ principal }) => connectionsOf(principal) === undefined)
        const answers = byAcls.length === 0 ? [] : await derived(byAcls, signal)
        const found = new Map(byAcls.map((check, index) => [check, answers[index]]))
        return checks.map((check) => {
          const answer = found.get(check)
          return answer === undefined ? null : { evidence: 'derived-from-acls' as const, ...answer }
        })
      }),

    topicSettings: (topics, names, signal) =>
      guarded(`read the settings of ${some(topics)}`, signal, () =>
        readSettings(connections, topics, names, timeoutMs, signal),
      ),

    readKeyed: (topic, from, owner, signal) =>
      guarded(`read ${topic}`, signal, () => readKeyed(connections, { topic, from, owner }, timeoutMs, signal)),

    close: async () => {
      const open = new Set([connections, act.connections, ...principals.values()])
      await Promise.all([...open].map((one) => one.close()))
    },
  }
  return { ...looks, ...clusterWrites(alias, act, timeoutMs) }
}
