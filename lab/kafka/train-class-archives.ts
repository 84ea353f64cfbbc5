/**
 * Starts a cluster once and ends it, so that its JVMs leave archives of the classes they loaded: `broker.jsa` and `connect.jsa`.
 *
 * train-class-archives.ts <folder> <java> <Kafka's libs> <policy jar>
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareFolder } from '../folder.ts'
import { lab } from '../grounds/lab.ts'
import { startGuard } from '../process/guard.ts'
import { releasePorts } from '../process/ports.ts'
import { startCluster } from './cluster.ts'

const [archives, java, kafkaLibs, policyJar] = process.argv.slice(2)
if (!archives || !java || !kafkaLibs || !policyJar) throw new Error('four arguments: see the head of this file')
const classArchives = { broker: join(archives, 'broker.jsa'), connect: join(archives, 'connect.jsa') }
const tools = { java, kafkaLibs, policyJar, temporalCli: '', classArchives, training: true }
const folder = prepareFolder(mkdtempSync(join(tmpdir(), 'switchback-training-')))
const guard = startGuard()
const ports: number[] = []
try {
  const cluster = await startCluster({
    ground: lab,
    alias: 'T',
    topics: [],
    applications: [],
    folder,
    tools,
    guard,
    ports,
    closers: [],
  })
  await cluster.connect.process.stop()
  await cluster.stop()
} finally {
  await guard.end()
  releasePorts(ports)
  rmSync(folder, { recursive: true, force: true })
}
