/**
 * Archives of the classes that Kafka loads at its start (class data sharing): with them a broker is up in half the processor
 * time, and so is a Connect worker. A lab works without them, so what goes wrong here is said and is no failure.
 */
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cache, root, run, say, shortHash } from './shell.mjs'

/** Milliseconds for a start, and for an end with its dump. */
const PATIENCE_MS = 120_000

/** The lab's own arguments must be these as well (lab/kafka/jvm.ts), the class path above all. */
const small = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const mains = { broker: 'kafka.Kafka', connect: 'org.apache.kafka.connect.cli.ConnectDistributed' }

/**
 * Trains a broker and a Connect worker once, and keeps their archives.
 * @param {{java: string, kafkaLibs: string, policyJar: string}} tools
 * @returns {Promise<{broker: string, connect: string} | undefined>} the archives' files
 */
export async function classArchives({ java, kafkaLibs, policyJar }) {
  const { mtimeMs, size } = fs.statSync(java)
  const folder = join(cache, 'class-archives', shortHash(java, `${mtimeMs} ${size}`, kafkaLibs, policyJar))
  const files = { broker: join(folder, 'broker.jsa'), connect: join(folder, 'connect.jsa') }
  if (fs.existsSync(folder)) return files
  say('archiving the classes of Kafka: labs start faster')
  fs.mkdirSync(dirname(folder), { recursive: true })
  const draft = fs.mkdtempSync(`${folder}.draft-`)
  try {
    await train(draft, ['-cp', `${kafkaLibs}/*:${policyJar}`], java)
    fs.mkdirSync(`${draft}/done`)
    for (const name of Object.keys(files)) fs.renameSync(join(draft, `${name}.jsa`), join(draft, 'done', `${name}.jsa`))
    if (!fs.existsSync(folder)) fs.renameSync(join(draft, 'done'), folder)
    return files
  } catch (error) {
    say(`no class archives, labs start slower: ${String(error.message).slice(-300)}`)
    return undefined
  } finally {
    fs.rmSync(draft, { recursive: true, force: true })
  }
}

async function train(folder, classPath, java) {
  const [port, controllerPort, connectPort] = await freePorts(3)
  const broker = join(folder, 'broker.properties')
  const connect = join(folder, 'connect.properties')
  fs.writeFileSync(broker, brokerProperties(folder, port, controllerPort))
  fs.writeFileSync(connect, connectProperties(port, connectPort))
  const id = 'AAAAAAAAAAAAAAAAAAAAAA'
  const storage = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', broker]
  run('formatting a storage', java, [...small, ...classPath, ...storage])
  const args = (name, file) => [
    ...small,
    `-XX:ArchiveClassesAtExit=${join(folder, `${name}.jsa`)}`,
    `-Dlog4j2.configurationFile=${join(root, 'lab/kafka/log4j2.properties')}`,
    ...classPath,
    mains[name],
    file,
  ]
  const brokerRun = start(java, args('broker', broker))
  let connectRun
  try {
    await brokerRun.says('Kafka Server started')
    connectRun = start(java, args('connect', connect))
    await connectRun.says('Kafka Connect started')
    await connectRun.says('Finished starting connectors and tasks')
    await connectRun.end('SIGTERM')
    await brokerRun.end('SIGTERM')
  } finally {
    await connectRun?.end('SIGKILL')
    await brokerRun.end('SIGKILL')
  }
  for (const name of Object.keys(mains))
    if (!fs.existsSync(join(folder, `${name}.jsa`))) throw new Error(`java wrote no archive of ${mains[name]}`)
}

function start(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let ended = false
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const exit = new Promise((resolve) => {
    for (const event of ['exit', 'error']) child.once(event, resolve)
  }).then(() => (ended = true))
  const by = async (holds, what) => {
    for (const end = Date.now() + PATIENCE_MS; !holds(); await sleep(50))
      if (ended || Date.now() > end) throw new Error(`${what}\n${output.slice(-2000)}`)
  }
  return {
    says: (text) => by(() => output.includes(text), `did not say "${text}"`),
    async end(signal) {
      if (ended) return
      child.kill(signal)
      await Promise.race([exit, sleep(PATIENCE_MS, undefined, { ref: false })])
    },
  }
}

function brokerProperties(folder, port, controllerPort) {
  return properties({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'log.dirs': join(folder, 'data'),
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
  })
}

function connectProperties(brokerPort, port) {
  const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter'
  return properties({
    'bootstrap.servers': `127.0.0.1:${brokerPort}`,
    'group.id': 'training',
    'key.converter': bytes,
    'value.converter': bytes,
    'offset.storage.topic': 'offsets',
    'config.storage.topic': 'configs',
    'status.storage.topic': 'status',
    'offset.storage.replication.factor': 1,
    'config.storage.replication.factor': 1,
    'status.storage.replication.factor': 1,
    'offset.storage.partitions': 1,
    'status.storage.partitions': 1,
    'exactly.once.source.support': 'enabled',
    listeners: `http://127.0.0.1:${port}`,
    'plugin.discovery': 'service_load',
  })
}

const properties = (entries) =>
  Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')

/** Free at this moment, and different from each other. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer().once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
