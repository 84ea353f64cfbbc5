import { z } from 'zod'
import type { AddedKey, AddedKeys } from './added-keys.ts'
import { backendNames, backends, clusterKeys, defaultBackend, fileKeys, linkSchemas } from '../backends/chosen.ts'
import { controlSchemas } from '../controls/chosen.ts'
import { defaultDesk, deskFileKeys, desks, deskSchemas } from '../desks/chosen.ts'
import { kafkaAlias, topicName } from '../contract/primitives.ts'
import { httpsTls, httpUrl, tls } from './parts.ts'
import { secretRef } from './secret.ts'

/** The one definition of `switchback.yaml`: types, defaults, docs/configuration.md and errors come from it. */

const sasl = z.strictObject({
  mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('how the broker checks the password'),
  username: z.string().min(1).describe('user name'),
  password: secretRef.describe('the password, by reference'),
})

type OptionalKeys<Keys> = {
  [Name in keyof Keys]: Keys[Name] extends AddedKey<infer Schema> ? z.ZodOptional<Schema> : never
}

/** Keys that backends and desks add. `words`: for those whose schema does not say itself what they are for. */
function optionalKeys<Keys extends AddedKeys>(keys: Keys, words: (name: string) => string | undefined) {
  const entries = Object.entries(keys).map(([name, { schema }]) => {
    const text = words(name) ?? schema.description ?? ''
    return [name, schema.optional().describe(text)] as const
  })
  return Object.fromEntries(entries) as OptionalKeys<Keys>
}

/** `for backend NAME and desk NAME` */
function usersOf(key: string): string {
  const users = [
    ...backends.flatMap(({ name, fileKeys }) => (key in fileKeys ? [`backend ${name}`] : [])),
    ...desks.flatMap(({ name, fileKeys }) => (key in fileKeys ? [`desk ${name}`] : [])),
  ]
  return `for ${users.join(' and ')}`
}

const act = z.strictObject({
  sasl: sasl.optional().describe('its user; needed where the cluster has `sasl`'),
  tls: z
    .strictObject({
      certFile: z.string().describe('PEM file of its client certificate'),
      keyFile: z.string().describe('PEM file of its client key'),
    })
    .optional()
    .describe("its client certificate, with the cluster's `tls` (mutual TLS)"),
})

const schemaRegistry = z.strictObject({
  url: httpUrl.describe("address of a registry with Confluent's REST interface"),
  basicAuth: z
    .strictObject({
      username: z.string().describe('user name'),
      password: secretRef.describe('the password, by reference'),
    })
    .optional()
    .describe('HTTP basic authentication'),
  tls: httpsTls,
  timeoutMs: z.number().int().min(500).max(120_000).default(10_000).describe('one request, ms'),
})

const cluster = z.strictObject({
  bootstrap: z
    .array(z.string().regex(/^[^\s:]+:\d+$/, 'write it as host:port'))
    .min(1)
    .describe('addresses, host:port'),
  tls: tls.optional(),
  sasl: sasl.optional().describe('our login; where there is `act`, the one that only reads. ACLs: docs/production.md'),
  act: act
    .optional()
    .describe(
      'a second login, used for nothing but writes (fence, positions, topics, records, memory); default: the same',
    ),
  principals: z
    .record(z.string().regex(/^User:/, 'write it as User:<name>'), sasl)
    .default({})
    .describe("applications' own credentials, by principal, used only to ask the broker what they may do"),
  openWithoutAcls: z
    .boolean()
    .optional()
    .describe(
      "the brokers' allow.everyone.if.no.acl.found, for clusters where it cannot be found out: a fence then keeps everybody else admitted",
    ),
  timeoutMs: z.number().int().min(500).max(120_000).default(10_000).describe('one request to this cluster, ms'),
  schemaRegistry: schemaRegistry
    .optional()
    .describe('schemas of the topics on this cluster: where both sides have one, `assess` compares their ids'),
  ...optionalKeys(clusterKeys, () => undefined),
})

const link = z.discriminatedUnion('backend', linkSchemas)

const control = z.discriminatedUnion('adapter', controlSchemas)

const principalName = z.string().regex(/^User:/, 'write it as User:<name>')

const application = z
  .strictObject({
    name: z.string().min(1).max(100).describe('name, unique in the pair'),
    kind: z
      .enum(['producer', 'consumer', 'streams', 'connect'])
      .describe(
        'what it does with its topics; streams: Kafka Streams, whose `group` is its application.id; connect: a connector, a sink with its `group` (connect-NAME), a source without. Their state is handed over by a person',
      ),
    principal: principalName.optional().describe('whom the fence denies'),
    topics: z.array(z.string().min(1).max(249)).min(1).describe("those of the pair's topics it writes or reads"),
    group: z.string().min(1).optional().describe('its consumer group; a consumer needs it'),
    offsets: z
      .enum(['kafka', 'external'])
      .optional()
      .describe(
        'where a consumer keeps its offsets, kafka if not said; external: it has no `group` here, and a person migrates them',
      ),
    acks: z
      .union([z.literal(0), z.literal(1), z.literal('all')])
      .optional()
      .describe(
        'how a producer waits for the broker; with 0 a refusal is never reported to it, and `assess` warns by name',
      ),
    transactionalIds: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'transactional ids it writes with. Applications that share one move together; of one with a `group`, the outputs of records it reads again are declared as written twice',
      ),
    control: control.describe('how it is stopped and started'),
  })
  .refine((app) => app.kind !== 'consumer' || app.offsets === 'external' || app.group !== undefined, {
    message: 'a consumer needs its group',
    path: ['group'],
  })
  .refine((app) => app.kind !== 'streams' || app.group !== undefined, {
    message: 'a Kafka Streams application needs its group: its application.id',
    path: ['group'],
  })
  .refine((app) => app.offsets !== 'external' || (app.kind === 'consumer' && app.group === undefined), {
    message: 'external offsets are those of a consumer without a group here',
    path: ['offsets'],
  })

const desk = z.discriminatedUnion('adapter', deskSchemas)

const duration = (ms: number, text: string) => z.number().int().min(50).default(ms).describe(`${text}, ms`)

/** Backends whose links change in hours. */
const slow = backends.flatMap(({ name, traits }) => (traits.takesHours ? [name] : [])).join(' or ')

const timing = z.strictObject({
  stability: duration(3_000, 'end offsets must not advance for so long before a fence is proven'),
  refusedStability: duration(
    250,
    'instead, once every leader has refused the producers when asked as them: covers a request that was let in before',
  ),
  poll: duration(1_000, 'between two checks while waiting'),
  stepBudget: duration(
    300_000,
    'after so long a step asks, and goes on probing; where everything it waits for advances it does not ask',
  ),
  askAfter: duration(
    30_000,
    'after so long of failing, of a write that waits, or of a wait in which something does not advance, a run asks; it goes on trying, and the question closes by itself',
  ),
  stall: duration(60_000, 'mirroring that has not moved for so long is a stall'),
  forcedTry: duration(10_000, 'one try of a source step in a forced run'),
  ticketReminder: duration(3_600_000, 'between reminders while a ticket waits'),
  ticketEscalation: duration(14_400_000, 'a ticket older than this is escalated'),
  ticketPoll: duration(
    60_000,
    'first interval at which the desk is asked for a ticket that waits; it grows to an hour',
  ),
  watch: duration(5_000, 'between two lag samples of the pair'),
  lagGrowth: duration(300_000, 'lag that only grows for so long is a finding of the watch'),
  retentionWatch: duration(
    3_600_000,
    'retention is watched over so long, and is a finding when it would overtake the mirroring within as long again',
  ),
  linkChange: duration(
    7_200_000,
    `a provider takes so long, as a rule at most, to enable or disable a link (backend ${slow}); after it the run warns`,
  ),
  linkChangeLimit: duration(21_600_000, 'after so long without the link enabled or disabled the run asks'),
})

const compare = z.strictObject({
  enabled: z.boolean().default(true).describe('false: copies are compared only by `switchback compare`'),
  recordsPerSecond: z.number().int().min(1).default(1_000).describe('records read at most, of both clusters together'),
  bytesPerSecond: z
    .number()
    .int()
    .min(1_024)
    .default(1_048_576)
    .describe('bytes of records read at most, of both clusters together'),
  every: duration(86_400_000, 'what was compared is compared again after so long'),
})

const fence = z.strictObject({
  ignorePrincipals: z
    .array(principalName)
    .default([])
    .describe(
      "principals that ACLs allow to write the pair's topics and that never do (the mirroring's, an operator's): without an application or a place here they block a planned move",
    ),
  ignoreProducersOf: z
    .array(z.string().min(1).max(249))
    .default([])
    .describe('topics of the pair that somebody writes although no application is a producer of them, accepted'),
})

const former = z.strictObject({
  topics: z.array(topicName).default([]).describe('topics that left'),
  principals: z.array(principalName).default([]).describe('principals of applications that left'),
})

const pairEntry = z.strictObject({
  primary: kafkaAlias.describe('where producers write in normal times'),
  secondary: kafkaAlias.describe('where they go when the primary is lost'),
  topics: z.array(z.string().min(1).max(249)).min(1).describe('local topic names, the same on both sides'),
  applications: z.array(application).min(1).describe('what writes and reads the topics'),
  links: z.array(link).min(1).describe('every direction that may be used: A->B, B->A, and those of a replacement'),
  mirroring: z
    .strictObject({
      backend: z
        .enum(backendNames as [string, ...string[]])
        .default(defaultBackend)
        .describe('what mirrors'),
    })
    .prefault({})
    .describe('for every link that does not say it itself'),
  naming: z
    .strictObject({
      kind: z
        .enum(['suffix', 'prefix', 'none'])
        .default('suffix')
        .describe(
          'suffix: accounting.invoices.A; prefix: A.accounting.invoices; none: the same name (IdentityReplicationPolicy), for a failover only',
        ),
      separator: z.string().min(1).default('.').describe('between alias and topic'),
    })
    .prefault({})
    .describe('how a mirrored copy is called: as the replication policy of the links does it'),
  ordering: z
    .enum(['strict', 'relaxed'])
    .default('strict')
    .describe('strict: remote topics are read to their end first'),
  order: z.enum(['lag-first', 'documented']).default('lag-first').describe("documented: the scenario's own order"),
  createTopics: z
    .boolean()
    .default(false)
    .describe('a failover or failback creates local topics that its target lacks, as they are on its source'),
  fenceReads: z.boolean().default(false).describe('deny reads on the old side as well once its consumers have stopped'),
  fence: fence.prefault({}).describe('writers that are known although no application stands for them'),
  former: former
    .prefault({})
    .describe(
      'what left the pair during an episode: our entries on it may still be removed, and its topics put back into a selection. To be taken out when the episode is closed',
    ),
  desk: desk.prefault({ adapter: defaultDesk } as z.input<typeof desk>).describe('who is asked to disable a link'),
  compare: compare
    .prefault({})
    .describe('copies are compared with their source in the background, the newest records first'),
  timing: timing.prefault({}).describe('windows and budgets'),
})

/** A link is known by its backend: what it does not say itself comes from the pair, and else is the first in the catalogue. */
const pair = z.preprocess((entry) => {
  if (!isKeyed(entry) || !Array.isArray(entry['links'])) return entry
  const mirroring = isKeyed(entry['mirroring']) ? entry['mirroring'] : {}
  const backend = mirroring['backend'] ?? defaultBackend
  return {
    ...entry,
    links: entry['links'].map((one: unknown) => (isKeyed(one) && !('backend' in one) ? { ...one, backend } : one)),
  }
}, pairEntry)

function isKeyed(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const configSchema = z.strictObject({
  strict: z
    .boolean()
    .default(false)
    .describe(
      'insecure settings (passwords or orders in clear, certificates that are not checked, files that others may read or write) are faults; without it they are remarks of `switchback check` and of the log',
    ),
  temporal: z
    .strictObject({
      taskQueue: z.string().default('switchback').describe('queue of runs and actions'),
      uiUrl: z.url().optional().describe("address of Temporal's UI, for links in tickets"),
    })
    .prefault({})
    .describe('the rest comes from the environment, as for the temporal command'),
  memory: z
    .strictObject({
      topic: topicName
        .default('switchback.dossier')
        .describe('compacted topic on every cluster of a pair, created when it is missing; two installations need two'),
      key: secretRef
        .optional()
        .describe(
          'signs what is written there (HMAC-SHA256); what is not signed with it is not adopted, and stops what begins until a person has decided. The same for all workers',
        ),
    })
    .prefault({})
    .describe('what a pair remembers, kept outside of Temporal as well'),
  ...optionalKeys({ ...fileKeys, ...deskFileKeys }, usersOf),
  clusters: z.record(kafkaAlias, cluster).describe('the clusters by alias'),
  pairs: z
    .record(
      z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'a name has letters, digits, ".", "_" or "-", at most 100'),
      pair,
    )
    .describe('what fails over together, by name'),
})

export type Config = z.infer<typeof configSchema>
export type SchemaRegistryConfig = z.infer<typeof schemaRegistry>
export type ClusterConfig = z.infer<typeof cluster>
export type PairConfig = z.infer<typeof pair>
export type { LinkConfig } from '../backends/chosen.ts'
export type ApplicationConfig = z.infer<typeof application>
export type { ControlConfig } from '../controls/chosen.ts'
export type { DeskConfig } from '../desks/chosen.ts'
export type SaslConfig = z.infer<typeof sasl>
