/**
 * Prepares what Switchback's lab and tests need, once, without questions: npm packages, Kafka's jars, the lab's replication policy and
 * the Temporal CLI. A second run finds everything in place. Results: `.cache/tools.json`.
 *
 * Environment: JAVA_HOME, KAFKA_HOME (its libs/ instead of Maven's), TEMPORAL_CLI, TEMPORAL_TEST_SERVER, CHROMIUM, XDG_CACHE_HOME.
 */
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium, installChromium } from './setup/chromium.mjs'
import { classArchives } from './setup/class-archives.mjs'
import { compilePolicy, fetchKafka, kafkaLibs, policyFolder } from './setup/kafka.mjs'
import { installPackages } from './setup/packages.mjs'
import { jdkTool, requireJdk, requireMaven, requireNode, requirePip } from './setup/prerequisites.mjs'
import { isExecutable, root, say, SetupError } from './setup/shell.mjs'
import { fetchTemporal, temporalCli, temporalTestServer } from './setup/temporal.mjs'

/**
 * Prepares everything and returns where it is.
 * @param {{browser?: boolean, packagesOnly?: boolean}} [options] `browser`: also a Chromium, for UI tests; `packagesOnly`: npm packages and no more
 * @returns {Promise<{java: string, kafkaLibs: string, policyJar: string, temporalCli: string, temporalTestServer: string, chromium?: string, classArchives?: {broker: string, connect: string}} | undefined>}
 */
export async function setup({ browser = false, packagesOnly = false } = {}) {
  requireNode()
  if (!packagesOnly) requireTools()
  await installPackages()
  if (packagesOnly) return undefined

  const libs = kafkaLibs()
  fetchKafka(libs)
  const policyJar = compilePolicy(libs)
  fetchTemporal()
  const chromium = findChromium() ?? (browser ? installChromium() : undefined)
  const java = jdkTool('java')
  const archives = classArchives({ java, kafkaLibs: libs, policyJar })
  const tools = {
    java,
    kafkaLibs: libs,
    policyJar,
    temporalCli: temporalCli(),
    temporalTestServer: temporalTestServer(),
    chromium,
    classArchives: archives,
  }
  writeTools(tools)
  return tools
}

/** Every prerequisite of what is still to be done, before the first minute of downloads is spent. */
function requireTools() {
  const libs = kafkaLibs()
  if (!fs.existsSync(policyFolder(libs)) || !isExecutable(jdkTool('java'))) requireJdk()
  if (!process.env.KAFKA_HOME && !fs.existsSync(libs)) requireMaven()
  if (![temporalCli(), temporalTestServer()].every(isExecutable)) requirePip()
}

function writeTools(tools) {
  const file = join(root, '.cache/tools.json')
  const text = `${JSON.stringify(tools, null, 2)}\n`
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return
  fs.mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  fs.writeFileSync(draft, text)
  fs.renameSync(draft, file)
}

/** Runs `work`; a SetupError becomes its message and exit code 1. */
export async function reportingFailures(work) {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    return process.exit(1)
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--help')) {
    console.log(
      'usage: npm run setup [-- --browser]\n\nPrepares npm packages, Kafka, the Temporal CLI and (--browser) a Chromium.',
    )
  } else {
    const tools = await reportingFailures(() => setup({ browser: process.argv.includes('--browser') }))
    console.log(JSON.stringify(tools, null, 2))
  }
}
