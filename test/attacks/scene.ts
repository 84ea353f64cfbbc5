import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import kafkajs from 'kafkajs'
import { parse, stringify } from 'yaml'
import { kafkaClient } from '../../lab/kafka/client.ts'
import type { LabCluster } from '../../lab/kafka/cluster.ts'
import type { Lab } from '../../lab/lab.ts'
import type { LabOptions } from '../../lab/options.ts'
import { httpJson } from '../../lab/process/http-json.ts'
import { aclsOf } from '../lab/clusters-now.ts'
import { timing } from '../lab/product.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** The pair that is attacked, and one beside it on the same worker that has to go on meanwhile. */
export const twoPairs = {
  topics: [
    { name: 'shop.orders', partitions: 2 },
    { name: 'bank.entries', partitions: 1 },
  ],
  applications: [
    { name: 'shop-writer', kind: 'producer', topics: ['shop.orders'], principal: 'producer-app' },
    { name: 'shop-reader', kind: 'consumer', topics: ['shop.orders'], group: 'shop', principal: 'consumer-app' },
    { name: 'bank-writer', kind: 'producer', topics: ['bank.entries'], principal: 'bank-app' },
  ],
  pairs: [
    { name: 'shop', topics: ['shop.orders'] },
    { name: 'bank', topics: ['bank.entries'], connectors: 'bank-' },
  ],
  recordsPerSecond: 10,
  timing,
} satisfies LabOptions

/** What is none of any pair's: a topic with a DENY that somebody else has set, and a group with a position. */
export async function addPayroll(cluster: LabCluster): Promise<void> {
  const admin = kafkaClient(cluster, cluster.admin, { retries: 5 }).admin()
  await admin.connect()
  try {
    await admin.createTopics({ topics: [{ topic: 'payroll', numPartitions: 1 }], waitForLeaders: true })
    await admin.createAcls({
      acl: [
        {
          resourceType: AclResourceTypes.TOPIC,
          resourceName: 'payroll',
          resourcePatternType: ResourcePatternTypes.LITERAL,
          principal: 'User:consumer-app',
          host: '*',
          operation: AclOperationTypes.READ,
          permissionType: AclPermissionTypes.DENY,
        },
      ],
    })
    await admin.setOffsets({ groupId: 'payroll', topic: 'payroll', partitions: [{ partition: 0, offset: '0' }] })
  } finally {
    await admin.disconnect()
  }
}

/** What an attacker might want to change, read past the product: ACLs, topics of others, positions, connectors and tickets. */
export async function whatIsThere(lab: Lab): Promise<object> {
  const sides = lab.clusters.map(async (cluster) => {
    const admin = kafkaClient(cluster, cluster.admin, { retries: 5 }).admin()
    await admin.connect()
    try {
      const topics = await admin.listTopics()
      const ours = /^(?:shop\.|bank\.|__|mm2-|connect-|heartbeats|switchback\.dossier|.*checkpoints\.internal)/
      return {
        topics: topics.filter((name) => !ours.test(name)).toSorted(),
        ends: await admin.fetchTopicOffsets('payroll'),
        position: await admin.fetchOffsets({ groupId: 'payroll', topics: ['payroll'] }),
        acls: await aclsOf(cluster),
        connectors: Object.entries(
          (await httpJson('GET', `${cluster.connect.url}/connectors?expand=info`)) as Record<
            string,
            { info: { config: object } }
          >,
        ).map(([name, { info }]) => [name, info.config]),
      }
    } finally {
      await admin.disconnect()
    }
  })
  return { sides: await Promise.all(sides), tickets: await httpJson('GET', `${lab.staffUrl}/tickets`) }
}

interface Configuration {
  memory?: object
  clusters: Record<string, { bootstrap: string[] }>
  pairs: Record<
    string,
    {
      applications: { name: string; control: Record<string, unknown> }[]
      links: { from: string; to: string; connect: { url: string } }[]
      desk: { url: string }
    }
  >
}

/** Writes the worker's configuration anew, whole; answers how to put it back. */
export function configured(lab: Lab, change: (configuration: Configuration) => void): () => void {
  const before = readFileSync(lab.configFile, 'utf8')
  const configuration = parse(before) as Configuration
  change(configuration)
  const write = (text: string) => {
    writeFileSync(`${lab.configFile}.new`, text)
    renameSync(`${lab.configFile}.new`, lab.configFile)
  }
  write(stringify(configuration, { lineWidth: 0, aliasDuplicateObjects: false }))
  return () => write(before)
}
