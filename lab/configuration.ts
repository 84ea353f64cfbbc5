import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Ground } from './grounds/ground.ts'
import { labApiKey, labCrn } from './ibm/lab-cloud.ts'
import type { StandIn } from './ibm/stand-in.ts'
import type { MirroringOptions } from './ibm/transforms.ts'
import { connectorConfigs, type Connector } from './kafka/connectors.ts'
import type { LabCluster } from './kafka/cluster.ts'
import { mirror, plainJaas } from './kafka/users.ts'
import type { LabApplication } from './apps/definitions.ts'
import { applicationsOf, mirroringOf, type LabPair, type Mirroring } from './pairs.ts'

type LinkSides = { from: LabCluster; to: LabCluster }

export type ConfigurationInput = {
  ground: Ground
  folder: string
  clusters: readonly LabCluster[]
  pairs: readonly LabPair[]
  applications: readonly LabApplication[]
  uiUrl: string
  deskUrl: string
  appsUrl: string
  /** Instead of Connect and the webhook desk. */
  cloud?: StandIn
  /** Of every pair; default: connectors of MirrorMaker 2. */
  backend?: string
  /** Of names, by link. */
  transforms?: Record<string, MirroringOptions>
  timing?: Record<string, number>
}

/** Milliseconds: a command's default. An application starts within a second, on a busy machine within twenty. */
const START_TIMEOUT_MS = 60_000

const command = fileURLToPath(new URL('bin/app.mjs', import.meta.url))

/** A and B both ways; a replacement joins with B, the side that is left. */
function linksOf(clusters: readonly LabCluster[]): LinkSides[] {
  const [first, second, ...others] = clusters
  if (!first || !second) return []
  const partners = [[first, second] as const, ...others.map((other) => [second, other] as const)]
  return partners.flatMap(([one, other]) => [
    { from: one, to: other },
    { from: other, to: one },
  ])
}

/** Writes the secrets and switchback.yaml as a user of this lab would write them; returns the file. */
export function writeConfiguration(input: ConfigurationInput): string {
  writeSecrets(input)
  const { cloud } = input
  const configuration = {
    temporal: { uiUrl: input.uiUrl },
    ...(cloud ? { ibmCloud: accountEntry(cloud) } : {}),
    clusters: Object.fromEntries(
      input.clusters.map((cluster) => [
        cluster.alias,
        cloud ? instanceEntry(cluster, cloud) : clusterEntry(input.ground, cluster, input.applications),
      ]),
    ),
    pairs: Object.fromEntries(input.pairs.map((pair) => [pair.name, pairEntry(input, pair)])),
  }
  const file = join(input.folder, 'switchback.yaml')
  writeFileSync(
    file,
    `# Written by the lab for the clusters it runs.\n${stringify(configuration, { lineWidth: 0, aliasDuplicateObjects: false })}`,
  )
  return file
}

function pairEntry(input: ConfigurationInput, pair: LabPair) {
  const [primary, secondary] = input.clusters
  const { cloud } = input
  const timing = cloud ? { ...input.timing, ...CLOUD_TIMING } : input.timing
  const mirroring = mirroringOf(input.pairs, pair.name)
  return {
    primary: primary?.alias,
    secondary: secondary?.alias,
    topics: pair.topics,
    applications: applicationsOf(pair, input.applications).map((app) => applicationEntry(app, input.appsUrl)),
    ...(input.ground.naming === 'prefix' ? { naming: { kind: 'prefix' } } : {}),
    ...ignored(input.ground),
    ...(isDefault(input) ? {} : { mirroring: { backend: input.backend } }),
    links: linksOf(input.clusters).map(({ from, to }) => {
      if (cloud) return cloudLinkEntry(from, to, input.transforms)
      return isDefault(input) ? linkEntry(input.ground, from, to, mirroring) : { from: from.alias, to: to.alias }
    }),
    desk: cloud ? { adapter: 'ibm-cases' } : { adapter: 'webhook', url: `${input.deskUrl}/tickets` },
    ...(timing ? { timing } : {}),
  }
}

function isDefault({ backend = 'mirrormaker2' }: ConfigurationInput): boolean {
  return backend === 'mirrormaker2'
}

const passwordFile = (username: string) => `secrets/${username}.password`
const API_KEY = 'secrets/ibm.apikey'
const MIRROR_JAAS = 'secrets/mirror.jaas'

/** Secrets are files beside the configuration, which names them. */
function writeSecrets({ folder, clusters }: ConfigurationInput): void {
  mkdirSync(join(folder, 'secrets'), { recursive: true })
  const users = clusters[0]?.users ?? []
  for (const { username, password } of users)
    writeFileSync(join(folder, passwordFile(username)), `${password}\n`, { mode: 0o600 })
  writeFileSync(join(folder, API_KEY), `${labApiKey}\n`, { mode: 0o600 })
  writeFileSync(join(folder, MIRROR_JAAS), `${plainJaas(mirror)}\n`, { mode: 0o600 })
}

function sasl(username: string) {
  return { mechanism: 'PLAIN', username, password: { file: passwordFile(username) } }
}

function actEntry({ act }: Pick<LabCluster, 'act'>) {
  return act === undefined ? {} : { act: { sasl: sasl(act.username) } }
}

function clusterEntry({ knowsLogins }: Ground, cluster: LabCluster, applications: readonly LabApplication[]) {
  const principals = new Set(knowsLogins ? applications.map((app) => app.principal) : [])
  return {
    bootstrap: cluster.bootstrap.split(','),
    ...(cluster.caFile === undefined ? {} : { tls: { caFile: cluster.caFile } }),
    sasl: sasl(cluster.login.username),
    ...actEntry(cluster),
    principals: Object.fromEntries([...principals].map((principal) => [`User:${principal}`, sasl(principal)])),
  }
}

/** Who may write by the ACLs and never writes there: as the example of the documentation has it. */
function ignored({ superUsers }: Ground) {
  return superUsers.includes(mirror.username) ? {} : { fence: { ignorePrincipals: [`User:${mirror.username}`] } }
}

/** Milliseconds. A case has nobody who tells: the desk is asked. */
const CLOUD_TIMING = { ticketPoll: 1_000 }

function accountEntry({ url }: StandIn) {
  return {
    apiKey: { file: API_KEY },
    iamUrl: url,
    resourceControllerUrl: url,
    caseManagementUrl: `${url}/case-management/v1`,
  }
}

function instanceEntry({ alias, bootstrap, caFile, login, act }: LabCluster, cloud: StandIn) {
  return {
    bootstrap: bootstrap.split(','),
    ...(caFile === undefined ? {} : { tls: { caFile } }),
    sasl: sasl(login.username),
    ...actEntry({ act }),
    eventStreams: { crn: labCrn(alias), adminUrl: cloud.adminUrl(alias), monitoringUrl: cloud.url },
  }
}

/** Both doors: A->B is disabled by support, every other link by the run itself. */
function cloudLinkEntry(from: LabCluster, to: LabCluster, transforms: Record<string, MirroringOptions> = {}) {
  const { topic_name_transform: topics, group_id_transform: groups } = transforms[`${from.alias}->${to.alias}`] ?? {}
  return {
    from: from.alias,
    to: to.alias,
    disable: from.alias === 'A' ? 'ticket' : 'self-service',
    pollMs: 300,
    latencyWindowSeconds: 3,
    ...(topics === undefined ? {} : { topicNameTransform: transformEntry(topics) }),
    ...(groups === undefined ? {} : { groupIdTransform: transformEntry(groups) }),
  }
}

/** As the configuration has it: `add_prefix` is `addPrefix`. */
function transformEntry(transform: { type: string; rename?: object }) {
  if (transform.rename === undefined) return { type: transform.type }
  const words = Object.entries(transform.rename)
  const camel = (name: string) => name.replace(/_(.)/, (_, letter: string) => letter.toUpperCase())
  return { type: transform.type, rename: Object.fromEntries(words.map(([name, word]) => [camel(name), word])) }
}

function applicationEntry({ name, kind, principal, topics, group }: LabApplication, appsUrl: string) {
  return {
    name,
    kind,
    principal: `User:${principal}`,
    topics,
    ...(group === undefined ? {} : { group }),
    // Both adapters have real applications behind them, and only every second look starts a process.
    control:
      kind === 'producer'
        ? commands(appsUrl)
        : { adapter: 'webhook', url: `${appsUrl}/webhook`, timeoutMs: START_TIMEOUT_MS },
  }
}

function commands(appsUrl: string) {
  const app = (action: string, ...args: string[]) => [
    process.execPath,
    command,
    action,
    '{name}',
    ...args,
    '--host',
    appsUrl,
  ]
  return {
    adapter: 'command',
    stop: app('stop', '--cluster', '{cluster}'),
    start: app('start', '--cluster', '{cluster}', '--topics', '{topics}'),
    prepare: app('prepare', '--cluster', '{cluster}', '--topics', '{topics}'),
    state: app('state'),
  }
}

function linkEntry(ground: Ground, from: LabCluster, to: LabCluster, mirroring: Mirroring) {
  const { source, checkpoint, heartbeat } = connectorConfigs(ground, from, to, mirroring)
  return {
    from: from.alias,
    to: to.alias,
    connect: { url: to.connect.url },
    disable: 'ticket',
    source: template(source),
    checkpoint: template(checkpoint),
    ...(heartbeat ? { heartbeat: template(heartbeat) } : {}),
  }
}

/** A connector as a template: without the selection, which runs decide, and with its secrets by reference. */
function template({ name, config }: Connector) {
  const entries = Object.entries(config)
    .filter(([key]) => key !== 'topics')
    .map(([key, value]) => [key, key.endsWith('sasl.jaas.config') ? { file: MIRROR_JAAS } : value] as const)
  return { name, config: Object.fromEntries(entries) }
}
