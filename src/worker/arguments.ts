import { Command } from 'commander'

export interface WorkerOptions {
  /** Path of switchback.yaml. */
  config: string
}

/** Ends the process for `--help` and for arguments it does not know. */
export function parseArguments(argv: string[]): WorkerOptions {
  return new Command('switchback-worker')
    .description(
      'Runs the pairs of a configuration: workflows and activities.\n' +
        'Temporal is found as by the `temporal` CLI: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, … or temporal.toml.\n' +
        'The configuration is read again when the file changes, so that an address can be mended in mid-run.',
    )
    .option('--config <file>', 'the configuration', './switchback.yaml')
    .addHelpText('after', '\nExit codes: 0 stopped by a signal, 1 failed, 2 the configuration has faults.')
    .parse(argv)
    .opts<WorkerOptions>()
}
