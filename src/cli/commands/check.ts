import { knownSecrets } from '../../activities/secrets/known-secrets.ts'
import { redact } from '../../activities/secrets/redact.ts'
import { readConfig } from '../read-config.ts'
import { remarksOn } from '../../config/remarks.ts'
import type { Config } from '../../config/schema.ts'
import { checkLines, failed, ok, remarkOn, type CheckLine } from '../check/line.ts'
import { checkOutside } from '../check/outside.ts'
import { checkTemporal } from '../check/temporal.ts'
import { CliFailure, exitCodes, type ExitCode } from '../exit-codes.ts'
import { release } from '../../contract/release.ts'
import { taskQueues } from '../../contract/names.ts'
import type { GlobalOptions } from '../options.ts'
import { sayJson, show } from '../output.ts'
import { defaultConfigPath } from '../task-queue.ts'

export interface CheckOptions extends GlobalOptions {
  json?: boolean
}

/** `switchback check`: configuration and connections, a line each. Exit code 1 when any failed. */
export async function check(options: CheckOptions): Promise<ExitCode> {
  const path = options.config ?? defaultConfigPath
  const config = tryConfig(path)
  const lines =
    config instanceof CliFailure ? await withoutConfig(config, options) : await withConfig(path, config, options)
  if (options.json) sayJson(lines, 2)
  else show(checkLines(lines))
  return lines.some(({ verdict }) => verdict === 'failed') ? exitCodes.failed : exitCodes.success
}

function tryConfig(path: string): Config | CliFailure {
  try {
    return readConfig(path)
  } catch (error) {
    if (error instanceof CliFailure) return error
    throw error
  }
}

/** Temporal is known from elsewhere, so it is worth a look even then. */
async function withoutConfig(failure: CliFailure, options: CheckOptions): Promise<CheckLine[]> {
  const temporal = await checkTemporal(options, taskQueues.runs)
  return [ok('switchback', release), failed('configuration', failure.message), ...temporal]
}

async function withConfig(path: string, config: Config, options: CheckOptions): Promise<CheckLine[]> {
  const { createPorts } = await import('../../adapters/ports.ts')
  const ports = createPorts(() => config)
  try {
    const [temporal, outside] = await Promise.all([
      checkTemporal(options, config.temporal.taskQueue, Object.keys(config.pairs)),
      checkOutside(config, ports),
    ])
    const secrets = knownSecrets(config)
    const insecure = remarksOn(config, path).map((text) => remarkOn('security', text))
    return [
      ok('switchback', release),
      ok('configuration', summary(path, config)),
      ...insecure,
      ...temporal,
      ...outside,
    ].map((line) => ({
      ...line,
      // What a server says to a refused login is shown as it is, and may repeat the password.
      text: redact(line.text, secrets),
    }))
  } finally {
    await ports.close()
  }
}

function summary(path: string, { clusters, pairs }: Config): string {
  return `${path}: clusters ${Object.keys(clusters).join(', ')}; pairs ${Object.keys(pairs).join(', ')}`
}
