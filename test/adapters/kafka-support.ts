import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { lab } from '../../lab/grounds/lab.ts'
import { createBroker, formatBroker } from '../../lab/kafka/broker.ts'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { createServedTopics } from '../../lab/kafka/create-topics.ts'
import { javaArguments } from '../../lab/kafka/jvm.ts'
import { newId } from '../../lab/kafka/storage.ts'
import { admin, labUsers, plainJaas, type LabUser } from '../../lab/kafka/users.ts'
import { startGuard } from '../../lab/process/guard.ts'
import type { ManagedProcess } from '../../lab/process/managed-process.ts'
import { releasePorts, reservePort } from '../../lab/process/ports.ts'
import { readTools } from '../../lab/tools.ts'
import type { ClusterConfig, SaslConfig } from '../../src/config/schema.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { listedSomewhere } from '../../src/domain/fence/acl-listings.ts'
import type { ClusterPort } from '../../src/ports/cluster.ts'

/** A real broker, with a TLS listener beside the plain one and a log cleaner that does not wait. */
export interface TestBroker {
  process: ManagedProcess
  bootstrap: string
  tlsBootstrap: string
  /** A listener that asks for a client certificate and knows these ones, where some were wanted. */
  mutualBootstrap: string
  certificateOf(client: string): { certFile: string; keyFile: string }
  caFile: string
  kafka: Kafka
  admin: Admin
  config(overrides?: Partial<ClusterConfig>): ClusterConfig
  createTopic(topic: string, partitions?: number, settings?: Record<string, string>): Promise<void>
  produce(topic: string, values: (string | Buffer)[], options?: { partition?: number; key?: string }): Promise<void>
  /** Runs one of Kafka's command-line tools against it, as the administrator. */
  tool(mainClass: string, ...args: string[]): Promise<unknown>
  /** Takes effect at the next start. */
  withoutAuthorizer(): void
  close(): Promise<void>
}

/** What any broker lists on these topics. */
export async function aclsOf(cluster: Pick<ClusterPort, 'acls'>, topics: string[]): Promise<AclEntry[]> {
  return listedSomewhere(await cluster.acls(topics))
}

/** `clients`: common names of client certificates; none: there is no listener for them. */
export async function startTestBroker({ clients = [] }: { clients?: string[] } = {}): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-kafka-test-'))
  const [port, controllerPort, tlsPort, mutualPort] = await Promise.all([
    reservePort(),
    reservePort(),
    reservePort(),
    reservePort(),
  ])
  const tools = readTools()
  const guard = startGuard()
  const users = labUsers(['app', 'stranger'])
  const spec = {
    ground: lab,
    name: 'broker T',
    node: 1,
    clusterId: newId(),
    port,
    controllerPorts: [controllerPort],
    users,
    folder,
    logFile: join(folder, 'broker.log'),
    tools,
    guard,
  }
  await formatBroker(spec)
  const properties = join(folder, 'server.properties')
  const caFile = join(folder, 'ca.pem')
  makeCertificate(join(dirname(tools.java), 'keytool'), folder, caFile)
  const secured = withTls(readFileSync(properties, 'utf8'), tlsPort, folder)
  writeFileSync(properties, clients.length === 0 ? secured : withClients(secured, mutualPort, clients, folder))
  const process = createBroker(spec)
  await process.start()

  const bootstrap = `127.0.0.1:${port}`
  const kafka = kafkaClient(bootstrap, admin)
  const client = kafka.admin()
  await client.connect()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const administrator = login(admin)
  return {
    process,
    bootstrap,
    tlsBootstrap: `127.0.0.1:${tlsPort}`,
    mutualBootstrap: `127.0.0.1:${mutualPort}`,
    certificateOf: (client) => certificateFiles(folder, client),
    caFile,
    kafka,
    admin: client,
    config: (overrides = {}) => ({
      bootstrap: [bootstrap],
      sasl: administrator,
      principals: {},
      timeoutMs: 5_000,
      ...overrides,
    }),
    async createTopic(topic, partitions = 1, settings = {}) {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
      await createServedTopics(client, [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }])
    },
    async produce(topic, values, { partition = 0, key } = {}) {
      await producer.send({ topic, messages: values.map((value) => ({ value, partition, ...(key ? { key } : {}) })) })
    },
    tool(mainClass, ...args) {
      const login = join(folder, 'client.properties')
      writeFileSync(
        login,
        `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${plainJaas(admin)}\n`,
        { mode: 0o600 },
      )
      const access = ['--bootstrap-server', bootstrap, '--command-config', login]
      return promisify(execFile)(tools.java, javaArguments(tools, mainClass, ...access, ...args))
    },
    withoutAuthorizer() {
      const kept = readFileSync(properties, 'utf8')
        .split('\n')
        .filter((line) => !/^(authorizer|super|allow\.everyone)/.test(line))
      writeFileSync(properties, kept.join('\n'))
    },
    async close() {
      await Promise.allSettled([producer.disconnect(), client.disconnect()])
      await process.stop()
      await guard.end()
      releasePorts([port, controllerPort, tlsPort, mutualPort])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Credentials of a lab user; the secret is in the environment, where the configuration refers to it. */
export function login(user: LabUser, mechanism: SaslConfig['mechanism'] = 'PLAIN', password?: string): SaslConfig {
  const env = `KAFKA_TEST_${user.username}_${password === undefined ? 'RIGHT' : 'WRONG'}`.toUpperCase()
  process.env[env] = password ?? user.password
  return { mechanism, username: user.username, password: { env } }
}

const STORE_PASSWORD = 'changeit'

function makeCertificate(keytool: string, folder: string, caFile: string): void {
  const store = join(folder, 'broker.p12')
  const access = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD, '-alias', 'broker']
  const names = ['-dname', 'CN=localhost', '-ext', 'san=dns:localhost,ip:127.0.0.1']
  execFileSync(keytool, ['-genkeypair', ...access, '-keyalg', 'EC', '-validity', '2', ...names], { stdio: 'ignore' })
  execFileSync(keytool, ['-exportcert', '-rfc', ...access, '-file', caFile], { stdio: 'ignore' })
}

function withTls(properties: string, tlsPort: number, folder: string): string {
  const lines = properties.split('\n').flatMap((line) => {
    const [name = '', ...rest] = line.split('=')
    const value = rest.join('=')
    if (name === 'listeners' || name === 'advertised.listeners') return [`${line},TLS://127.0.0.1:${tlsPort}`]
    if (name === 'listener.security.protocol.map') return [`${line},TLS:SASL_SSL`]
    if (name.startsWith('listener.name.sasl_plaintext.')) {
      return [line, `${name.replace('sasl_plaintext', 'tls')}=${value}`]
    }
    return [line]
  })
  return [
    ...lines,
    `ssl.keystore.location=${join(folder, 'broker.p12')}`,
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.password=${STORE_PASSWORD}`,
    'log.cleaner.backoff.ms=200',
    'connection.failed.authentication.delay.ms=10',
    '',
  ].join('\n')
}

function certificateFiles(folder: string, client: string) {
  return { certFile: join(folder, `${client}.pem`), keyFile: join(folder, `${client}.key`) }
}

/** A further listener, of mutual TLS: each client is `User:CN=<name>`. */
function withClients(properties: string, port: number, clients: string[], folder: string): string {
  const certificates = clients.map((client) => {
    const { certFile, keyFile } = certificateFiles(folder, client)
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    execFileSync('openssl', [...kind, '-subj', `/CN=${client}`, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    })
    return readFileSync(certFile, 'utf8')
  })
  const known = join(folder, 'clients.pem')
  writeFileSync(known, certificates.join(''))
  const lines = properties.split('\n').map((line) => {
    if (/^(advertised\.)?listeners=/.test(line)) return `${line},MUTUAL://127.0.0.1:${port}`
    return line.startsWith('listener.security.protocol.map=') ? `${line},MUTUAL:SSL` : line
  })
  return [
    ...lines,
    'listener.name.mutual.ssl.client.auth=required',
    'listener.name.mutual.ssl.truststore.type=PEM',
    `listener.name.mutual.ssl.truststore.location=${known}`,
    '',
  ].join('\n')
}
