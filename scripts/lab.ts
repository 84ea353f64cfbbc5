/** `npm run lab`: keeps a lab up, with its applications running on A, until Ctrl-C. */
import { relative } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { GroundName } from '../lab/grounds/ground.ts'
import { startLab, type Lab } from '../lab/lab.ts'
import { DEFAULT_RECORDS_PER_SECOND, DEFAULT_TOPICS, parseTopics } from '../lab/options.ts'
import { type LabTopic } from '../lab/apps/definitions.ts'
import { backendOption } from './backend-option.ts'
import { groundHelp, groundOption } from './ground-option.ts'

type Options = {
  ground: GroundName
  topics: LabTopic[]
  recordsPerSecond: number
  dir: string
  apps: boolean
  backend: string
}

const command = new Command('npm run lab --')
  .description('Two mirrored Kafka clusters, Temporal, a support desk and sample applications, until Ctrl-C.')
  .addOption(groundOption())
  .addOption(backendOption())
  .option('--topics <name:partitions,…>', 'local topics', refusing(parseTopics), DEFAULT_TOPICS)
  .option('--records-per-second <n>', "the producer's rate", refusing(positive), DEFAULT_RECORDS_PER_SECOND)
  .option('--dir <folder>', 'where everything is written', '.lab')
  .option('--no-apps', 'leave the applications stopped')
  .addHelpText('after', groundHelp)
  .parse()
const options = command.opts<Options>()

function positive(text: string): number {
  if (!(Number(text) > 0)) throw new Error(`not a positive number: ${text}`)
  return Number(text)
}

function refusing<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
    }
  }
}

let lab: Lab | undefined
let ending = false

async function end(): Promise<void> {
  if (ending) return
  ending = true
  console.log('ending the lab …')
  // Not up yet: the guard ends what there is when this process is gone.
  await lab?.stop()
  process.exit(0)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
const parent = Number(process.env['SWITCHBACK_PARENT'] ?? 0)
if (parent > 0) setInterval(() => process.ppid !== parent && void end(), 1_000).unref()

const before = Date.now()
console.log('starting two clusters, Connect, Temporal and the desk …')
lab = await startLab({
  ground: options.ground,
  backend: options.backend,
  dir: options.dir,
  topics: options.topics,
  recordsPerSecond: options.recordsPerSecond,
  ...(options.apps ? { startApplicationsOn: 'A' } : {}),
})
const env = Object.entries(lab.env)
  .map(([name, value]) => `${name}=${value}`)
  .join(' ')
console.log(`up after ${((Date.now() - before) / 1000).toFixed(1)} s

Temporal UI    ${lab.temporal.uiUrl}
Support desk   ${lab.staffUrl}
Applications   ${lab.apps.url}/apps
Everything     ${relative(process.cwd(), lab.labFile)} (addresses, users, pids), logs in ${relative(process.cwd(), lab.dir)}/logs

Start a worker in another terminal:
  ${env} npm run worker -- --config ${relative(process.cwd(), lab.configFile)}

Ctrl-C ends all of it.`)
// Child processes are not waited for: this keeps the lab up.
setInterval(() => undefined, 1 << 30)
