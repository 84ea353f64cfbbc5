import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createSecureContext, createServer, type Server } from 'node:tls'
import { promisify } from 'node:util'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { javaArguments, propertiesText } from '../../lab/kafka/jvm.ts'
import { startGuard } from '../../lab/process/guard.ts'
import { ManagedProcess } from '../../lab/process/managed-process.ts'
import { releasePorts, reservePort } from '../../lab/process/ports.ts'
import { readTools, type Tools } from '../../lab/tools.ts'

const execute = promisify(execFile)
const PASSWORD = 'changeit'
const START_MS = 300_000

/** Two brokers without logins; each has a listener that it advertises as its own name behind the one front. */
export interface TwoBrokers {
  bootstrap: string
  brokers: [ManagedProcess, ManagedProcess]
  kafka: Kafka
  admin: Admin
  front: Front
  /** What the second broker hears of the controller. */
  news: News
  close(): Promise<void>
}

/** One port with TLS that leads to the broker whose name is asked for, and shows its certificate; whoever asks for none is sent away. */
export interface Front {
  port: number
  caFile: string
  /** Names that were asked for, in order; '' for none. */
  asked: string[]
}

/** Between a broker and the controller. Held back, the broker serves its clients as before and learns of no change. */
export interface News {
  hold(): void
  release(): void
}

export const nameOfFront = 'bootstrap.localhost'
const nameOfBroker = (node: number) => `broker-${node}.localhost`

export async function startTwoBrokers(): Promise<TwoBrokers> {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-two-brokers-'))
  const ports = await Promise.all(Array.from({ length: 7 }, () => reservePort()))
  const [front = 0, controller = 0, first = 0, second = 0, firstNamed = 0, secondNamed = 0, newsPort = 0] = ports
  const tools = readTools()
  const guard = startGuard()
  const bootstrap = `127.0.0.1:${first}`
  const kafka = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } })
  const brokers = [
    { node: 1, port: first, named: firstNamed },
    { node: 2, port: second, named: secondNamed },
  ].map(({ node, port, named }) => {
    const own = join(folder, `broker-${node}`)
    mkdirSync(own)
    writeFileSync(
      join(own, 'server.properties'),
      propertiesText(
        properties({ node, port, named, controller, controllerBy: node === 1 ? controller : newsPort, front, own }),
      ),
    )
    return new ManagedProcess({
      name: `broker ${node}`,
      command: tools.java,
      args: javaArguments(tools, 'kafka.Kafka', join(own, 'server.properties')),
      logFile: join(folder, `broker-${node}.log`),
      startTimeoutMs: START_MS,
      guard,
      ready: async () => {
        const probe = kafka.admin()
        try {
          await probe.connect()
          return (await probe.describeCluster()).brokers.some(({ nodeId }) => nodeId === node)
        } finally {
          await probe.disconnect()
        }
      },
    })
  }) as [ManagedProcess, ManagedProcess]
  for (const node of [1, 2]) {
    const file = join(folder, `broker-${node}`, 'server.properties')
    await execute(tools.java, javaArguments(tools, 'kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAA', '-c', file)) // prettier-ignore
  }
  const passing = await openNews(newsPort, controller)
  for (const broker of brokers) broker.launch()
  const listening = await openFront(tools, folder, front, {
    [nameOfFront]: secondNamed,
    [nameOfBroker(1)]: firstNamed,
    [nameOfBroker(2)]: secondNamed,
  })
  await Promise.all(brokers.map((broker) => broker.waitUntilReady()))
  const admin = kafka.admin()
  await admin.connect()
  return {
    bootstrap,
    brokers,
    kafka,
    admin,
    front: listening.front,
    news: passing.news,
    async close() {
      await admin.disconnect()
      listening.server.close()
      await Promise.all(brokers.map((broker) => broker.kill()))
      passing.close()
      await guard.end()
      releasePorts(ports)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Node = {
  node: number
  port: number
  named: number
  controller: number
  /** Where the node finds the controller. */
  controllerBy: number
  front: number
  own: string
}

function properties({
  node,
  port,
  named,
  controller,
  controllerBy,
  front,
  own,
}: Node): Record<string, string | number> {
  const leads = node === 1
  return {
    'process.roles': leads ? 'broker,controller' : 'broker',
    'node.id': node,
    'controller.quorum.voters': `1@127.0.0.1:${controllerBy}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},NAMED://127.0.0.1:${named}${leads ? `,CONTROLLER://127.0.0.1:${controller}` : ''}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},NAMED://${nameOfBroker(node)}:${front}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,NAMED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(own, 'data'),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'offsets.topic.replication.factor': 1,
    // A follower that is behind stays in sync while the test looks.
    'replica.lag.time.max.ms': 60_000,
    'broker.session.timeout.ms': 60_000,
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
  }
}

async function openNews(port: number, controller: number): Promise<{ news: News; close(): void }> {
  const sockets = new Set<Socket>()
  let held = false
  const server = createTcpServer((outer) => {
    const inner = connect(controller, '127.0.0.1')
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.on('data', (data) => other.write(data))
      if (held) one.pause()
    }
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const all = (act: (socket: Socket) => void) => {
    for (const socket of sockets) act(socket)
  }
  return {
    news: {
      hold() {
        held = true
        all((socket) => socket.pause())
      },
      release() {
        held = false
        all((socket) => socket.resume())
      },
    },
    close() {
      all((socket) => socket.destroy())
      server.close()
    },
  }
}

async function openFront(
  tools: Tools,
  folder: string,
  port: number,
  behind: Record<string, number>,
): Promise<{ server: Server; front: Front }> {
  const { caFile, keys } = await certificates(dirname(tools.java), folder, Object.keys(behind))
  const asked: string[] = []
  const server = createServer(
    {
      SNICallback: (name, done) => {
        const key = keys.get(name)
        if (key === undefined) done(new Error(`nobody is called ${name}`))
        else done(null, createSecureContext({ pfx: key, passphrase: PASSWORD }))
      },
    },
    (socket) => {
      const name = socket.servername || ''
      asked.push(name)
      const broker = behind[name]
      socket.on('error', () => undefined)
      if (broker === undefined) {
        socket.destroy()
        return
      }
      const inner = connect(broker, '127.0.0.1')
      inner.on('error', () => socket.destroy())
      socket.on('close', () => inner.destroy())
      inner.on('close', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    },
  )
  server.on('tlsClientError', () => asked.push(''))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, front: { port, caFile, asked } }
}

/** A private authority, and a certificate of each name that it has signed. */
async function certificates(bin: string, folder: string, names: string[]) {
  const caFile = join(folder, 'ca.pem')
  const keytool = (...args: string[]) => execute(join(bin, 'keytool'), args)
  const all = ['-keystore', join(folder, 'all.p12'), '-storetype', 'PKCS12', '-storepass', PASSWORD]
  const key = ['-genkeypair', ...all, '-keyalg', 'EC', '-validity', '2']
  await keytool(...key, '-alias', 'ca', '-dname', 'CN=Authority of a test', '-ext', 'bc:c=ca:true')
  await keytool('-exportcert', ...all, '-alias', 'ca', '-rfc', '-file', caFile)
  const keys = new Map<string, Buffer>()
  for (const name of names) {
    const store = join(folder, `${name}.p12`)
    await keytool(...key, '-alias', name, '-dname', `CN=${name}`, '-signer', 'ca', '-ext', `san=dns:${name}`)
    const from = ['-srckeystore', join(folder, 'all.p12'), '-srcstorepass', PASSWORD, '-srcalias', name]
    const own = ['-destkeystore', store, '-deststoretype', 'PKCS12', '-deststorepass', PASSWORD, '-noprompt']
    await keytool('-importkeystore', ...from, ...own)
    keys.set(name, readFileSync(store))
  }
  return { caFile, keys }
}
