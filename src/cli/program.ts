import { Command } from 'commander'
import { defineAnswers } from './define/answers.ts'
import { defineCodecServer } from './define/codec-server.ts'
import { defineLooks } from './define/looks.ts'
import { defineOperations } from './define/operations.ts'
import { definePairs } from './define/pairs.ts'
import { defineWorker } from './define/worker.ts'
import type { Ended } from './ended.ts'
import { release } from '../contract/release.ts'
import { exitCodesHelp } from './exit-codes.ts'

/**
 * The command line. Definitions only: what a command does is imported when it runs, so that help and usage errors
 * answer at once.
 */
export function buildProgram(ended: Ended): Command {
  const program = new Command('switchback')
    .description(
      'Disaster-recovery runbooks for mirrored Kafka clusters: start them, watch them, answer what they ask.',
    )
    .version(release, '--version', 'the version of this command')
    .option('--config <file>', 'switchback.yaml (default: ./switchback.yaml, where a command needs one)')
    .option('--address <host:port>', "Temporal's address (default: TEMPORAL_ADDRESS or the profile in temporal.toml)")
    .option('--namespace <name>', "Temporal's namespace (default: TEMPORAL_NAMESPACE or the profile)")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .showHelpAfterError('(see --help)')
    .addHelpText(
      'after',
      `
Where payloads are encrypted, set SWITCHBACK_CODEC (and SWITCHBACK_CODEC_KEYS) as for the worker.

Example, a failover from start to end:
  switchback check
  switchback failover accounting --reason "region A is lost" --by kim --dry-run
  switchback failover accounting --reason "region A is lost" --by kim --follow
  switchback approve <workflow-id> --by "owner of A"

${exitCodesHelp}`,
    )
  definePairs(program, ended)
  defineOperations(program, ended)
  defineLooks(program, ended)
  defineAnswers(program, ended)
  defineWorker(program)
  defineCodecServer(program, ended)
  return program
}
