import { Command, InvalidArgumentError, Option } from 'commander'
import { type ListenAddress, listenAddress } from './watched/address.ts'

export interface WorkerOptions {
  /** Path of switchback.yaml. */
  config: string
  /** Where health and metrics are shown; absent: nowhere. */
  http?: ListenAddress
  /** Where the SDK's own metrics are shown; absent: nowhere. */
  temporalMetrics?: ListenAddress
  /** After a signal the process ends within so many seconds. */
  stopWithin: number
}

/** Ends the process for `--help` and for arguments it does not know. Options count before the environment. */
export function parseArguments(argv: string[]): WorkerOptions {
  return new Command('switchback-worker')
    .description(
      'Runs the pairs of a configuration: workflows and activities.\n' +
        'Temporal is found as by the `temporal` CLI: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, … or temporal.toml.\n' +
        'The configuration is read again when the file changes, so that an address can be mended in mid-run.',
    )
    .option('--config <file>', 'the configuration', './switchback.yaml')
    .addOption(
      new Option('--http <[host:]port>', 'answers /healthz and /metrics there; a port alone is on loopback')
        .env('SWITCHBACK_HTTP')
        .argParser(address),
    )
    .addOption(
      new Option('--temporal-metrics <[host:]port>', "answers /metrics there with those of Temporal's SDK")
        .env('SWITCHBACK_TEMPORAL_METRICS')
        .argParser(address),
    )
    .addOption(
      new Option('--stop-within <seconds>', 'after SIGTERM, for what is under way; a second SIGTERM ends it at once')
        .env('SWITCHBACK_STOP_WITHIN')
        .default(15)
        .argParser(positive),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 stopped by a signal, 1 failed or not stopped in time, 2 the configuration has faults.',
    )
    .parse(argv)
    .opts<WorkerOptions>()
}

function address(text: string): ListenAddress {
  try {
    return listenAddress(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Give whole seconds, at least 1.')
  return Number(text)
}
