import { fileURLToPath } from 'node:url'
import type { Tools } from '../tools.ts'

const logConfiguration = fileURLToPath(new URL('log4j2.properties', import.meta.url))

/** Small and quick to start: four of these and a Temporal server share two cores and 2 GB. */
const SMALL = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Djava.awt.headless=true']

/** Arguments of `java` to run one of Kafka's main classes. The wildcard is Java's own: no shell may see it. */
export function javaArguments(tools: Tools, mainClass: string, ...args: string[]): string[] {
  return [
    ...SMALL,
    ...archiveArguments(tools, mainClass),
    `-Dlog4j2.configurationFile=${logConfiguration}`,
    '-cp',
    `${tools.kafkaLibs}/*:${tools.policyJar}`,
    mainClass,
    ...args,
  ]
}

/** An archive that does not fit any more is passed over, without a word in the log. */
function archiveArguments({ classArchives, training }: Tools, mainClass: string): string[] {
  if (classArchives === undefined) return []
  const archive = mainClass.includes('.connect.') ? classArchives.connect : classArchives.broker
  return training
    ? [`-XX:ArchiveClassesAtExit=${archive}`]
    : [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off']
}

/** A Java properties file. */
export function propertiesText(properties: Record<string, string | number | boolean>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
}
