import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout, type Tools } from '../tools.ts'
import { javaArguments } from './jvm.ts'
import type { LabUser } from './users.ts'

export type Storage = {
  clusterId: string
  node: number
  users: readonly LabUser[]
  /** server.properties, which names the log directory. */
  propertiesFile: string
  /** The log directory. */
  data: string
  tools: Tools
}

const CHECKPOINT = 'bootstrap.checkpoint'
const kept = join(checkout, '.cache', 'formatted')

/** An id for a new cluster or directory; one that began with "-" would read as an option. */
export function newId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A')
}

/**
 * Formats the storage of a broker, with the users' SCRAM credentials in it. Kafka's tool for it is a JVM, a second of the processor
 * for each broker of each lab. But for the ids it writes the same for the same users of the same Kafka, so that is kept.
 */
export async function formatStorage(storage: Storage): Promise<void> {
  const { clusterId, node, users, data, tools } = storage
  const key = createHash('sha256')
    .update(JSON.stringify([tools.kafkaLibs, users]))
    .digest('hex')
  const checkpoint = join(kept, `${key.slice(0, 24)}.${CHECKPOINT}`)
  if (!existsSync(checkpoint)) {
    await byKafka(storage)
    mkdirSync(kept, { recursive: true })
    const draft = `${checkpoint}.${process.pid}.${newId()}`
    copyFileSync(join(data, CHECKPOINT), draft)
    renameSync(draft, checkpoint)
    return
  }
  mkdirSync(data, { recursive: true })
  copyFileSync(checkpoint, join(data, CHECKPOINT))
  writeFileSync(
    join(data, 'meta.properties'),
    `version=1\nnode.id=${node}\ncluster.id=${clusterId}\ndirectory.id=${newId()}\n`,
  )
}

async function byKafka({ clusterId, users, propertiesFile, tools }: Storage): Promise<void> {
  const scram = users.flatMap(({ username, password }) => [
    '--add-scram',
    `SCRAM-SHA-256=[name=${username},password=${password}]`,
  ])
  const format = ['format', '-t', clusterId, '-c', propertiesFile, ...scram]
  await promisify(execFile)(tools.java, javaArguments(tools, 'kafka.tools.StorageTool', ...format))
}
