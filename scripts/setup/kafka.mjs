/** Kafka's jars, and the lab's replication policies compiled against them. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { jdkTool } from './prerequisites.mjs'
import { buildOnce, cache, root, run, SetupError, shortHash } from './shell.mjs'

const KAFKA = '4.3.1'
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/** The folder of the jars: KAFKA_HOME's, or ours, which changes with the pom. */
export function kafkaLibs() {
  if (process.env.KAFKA_HOME) return join(process.env.KAFKA_HOME, 'libs')
  const pom = join(root, 'lab/kafka/pom.xml')
  return join(cache, `kafka-${KAFKA}`, shortHash(fs.readFileSync(pom)), 'libs')
}

export function fetchKafka(libs) {
  if (process.env.KAFKA_HOME) {
    if (!fs.existsSync(libs) || !fs.readdirSync(libs).some((name) => name.startsWith('connect-mirror-')))
      throw new SetupError(
        `KAFKA_HOME holds no libs/connect-mirror-*.jar: point it to a Kafka ${KAFKA} distribution, or unset it`,
      )
    return
  }
  buildOnce(dirname(libs), `fetching Kafka ${KAFKA}: about 90 jars through Maven`, (draft) => {
    // From a folder of its own: Maven must not leave a target/ beside the pom.
    run('fetching Kafka', 'mvn', [
      '-q',
      '-B',
      '-f',
      join(root, 'lab/kafka/pom.xml'),
      MAVEN_PLUGIN,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(draft, 'libs')}`,
    ])
    verifyJars(join(draft, 'libs'))
  })
}

/** Maven compares jars with what the same repository says of them; this compares them with what was reviewed. */
function verifyJars(libs) {
  const listed = fs.readFileSync(join(root, 'lab/kafka/jars.sha256'), 'utf8').trim().split('\n')
  const found = fs.readdirSync(libs).map((name) => {
    const hash = createHash('sha256').update(fs.readFileSync(join(libs, name)))
    return `${hash.digest('hex')}  ${name}`
  })
  const others = found.filter((jar) => !listed.includes(jar)).map((jar) => jar.split('  ')[1])
  const absent = listed.filter((jar) => !found.includes(jar)).map((jar) => jar.split('  ')[1])
  const different = [...new Set([...others, ...absent])]
  if (different.length === 0) return
  throw new SetupError(
    `Maven gave other jars than lab/kafka/jars.sha256 lists: ${different.join(', ')}. Look where Maven gets them from (settings.xml). After a change of lab/kafka/pom.xml, list them anew: (cd LIBS && sha256sum *.jar)`,
  )
}

const policySources = ['Suffix', 'Renaming'].map((name) => join(root, `lab/kafka/${name}ReplicationPolicy.java`))
export const policyFolder = (libs) =>
  join(cache, 'policy', shortHash(...policySources.map((source) => fs.readFileSync(source)), libs))

export function compilePolicy(libs) {
  const folder = buildOnce(policyFolder(libs), 'compiling the replication policies', (draft) => {
    const classes = join(draft, 'classes')
    run('compiling the replication policies', jdkTool('javac'), [
      '--release',
      '17',
      '-cp',
      `${libs}/*`,
      '-d',
      classes,
      ...policySources,
    ])
    run('packing the replication policies', jdkTool('jar'), [
      '--create',
      '--file',
      join(draft, 'policy.jar'),
      '-C',
      classes,
      '.',
    ])
  })
  return join(folder, 'policy.jar')
}
