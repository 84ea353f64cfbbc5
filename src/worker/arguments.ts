import { Command, InvalidArgumentError, Option } from 'commander'
import { codecVariable, keysVariable } from '../payloads/codecs.ts'
import type { ListenAddress } from './watched/address.ts'
import { addressArgument } from './watched/address-argument.ts'

export interface WorkerOptions {
  /** Path of switchback.yaml. */
  config: string
  /** How payloads are encoded, and its keys. */
  codec?: string
  codecKeys?: string
  /** Where health and metrics are shown; absent: nowhere. */
  http?: ListenAddress
  /** Where the SDK's own metrics are shown; absent: nowhere. */
  temporalMetrics?: ListenAddress
  /** After a signal the process ends within so many seconds. */
  stopWithin: number
  /** Worker Deployment and build of Temporal's worker versioning: both or neither. */
  deployment?: string
  buildId?: string
  /** Of runs that are open when another build becomes the current one. */
  openRuns: OpenRuns
}

/** `move`: go on with the current build; `stay`: with the one they began with. */
export const openRuns = ['move', 'stay'] as const
export type OpenRuns = (typeof openRuns)[number]

/** What the worker can be told. Options count before the environment. */
export function workerCommand(name = 'switchback-worker'): Command {
  return new Command(name)
    .description(
      'Runs the pairs of a configuration: workflows and activities.\n' +
        'Temporal is found as by the `temporal` CLI: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, … or temporal.toml.\n' +
        'The configuration is read again when the file changes, so that an address can be fixed during a run.',
    )
    .option('--config <file>', 'the configuration', './switchback.yaml')
    .addOption(
      new Option(
        '--codec <what>',
        'how payloads are encoded: encrypt, or the path of a module with a payloadCodec',
      ).env(codecVariable),
    )
    .addOption(
      new Option('--codec-keys <file>', 'the keys of --codec encrypt, one a line: an id and 32 bytes in base64').env(
        keysVariable,
      ),
    )
    .addOption(
      new Option('--http <[host:]port>', 'answers /healthz and /metrics there; a port alone is on loopback')
        .env('SWITCHBACK_HTTP')
        .argParser(addressArgument),
    )
    .addOption(
      new Option('--temporal-metrics <[host:]port>', "answers /metrics there with those of Temporal's SDK")
        .env('SWITCHBACK_TEMPORAL_METRICS')
        .argParser(addressArgument),
    )
    .addOption(
      new Option('--stop-within <seconds>', 'after SIGTERM, for what is under way; a second SIGTERM ends it at once')
        .env('SWITCHBACK_STOP_WITHIN')
        .default(15)
        .argParser(positive),
    )
    .addOption(
      new Option('--deployment <name>', "the Worker Deployment of Temporal's worker versioning; with --build-id").env(
        'TEMPORAL_DEPLOYMENT_NAME',
      ),
    )
    .addOption(new Option('--build-id <id>', 'the build of that deployment').env('TEMPORAL_WORKER_BUILD_ID'))
    .addOption(
      new Option('--open-runs <what>', 'when another build becomes current, runs that are open move to it or stay')
        .env('SWITCHBACK_OPEN_RUNS')
        .choices(openRuns)
        .default('move'),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 stopped by a signal, 1 failed or not stopped in time, 2 the configuration has faults.',
    )
}

/** Ends the process for `--help` and for arguments it does not know. */
export function parseArguments(argv: string[]): WorkerOptions {
  return workerOptions(workerCommand().parse(argv))
}

/** Of a command line that is parsed. */
export function workerOptions(program: Command): WorkerOptions {
  const options = program.opts<WorkerOptions>()
  if ((options.deployment === undefined) !== (options.buildId === undefined))
    program.error('error: --deployment and --build-id go together (TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID)')
  return options
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give whole seconds, at least 1.')
  return Number(text)
}
