import { Option, type Command } from 'commander'
import { operations, type OperationName } from '../../contract/names.ts'
import type { StartOptions } from '../options.ts'
import type { Ended } from '../ended.ts'
import { addFollowOptions, example, list } from './parse.ts'

const about: Record<OperationName, { text: string; example: string }> = {
  failover: {
    text: 'move producers and consumers of a pair to the other side',
    example: `switchback failover accounting --reason "region A is lost" --by kim --follow
switchback failover accounting --reason "A will not come back" --by kim --mode forced --follow
switchback failover accounting --reason "exercise" --by kim --dry-run`,
  },
  reset: {
    text: 'after a failover: mirror the active side to the old one, or to a new cluster',
    example: `switchback reset accounting --reason "A is back" --by kim --branch recover --follow
switchback reset accounting --reason "A is gone" --by kim --branch replace --replacement C --follow`,
  },
  failback: {
    text: 'after a reset: move producers and consumers back',
    example: 'switchback failback accounting --reason "return to A" --by kim --follow',
  },
}

/** `failover`, `reset`, `failback`, and `adopt`, which starts one of them over what an interrupted run left. */
export function defineOperations(program: Command, ended: Ended): void {
  for (const operation of operations) {
    const command = startOptions(program.command(operation).argument('<pair>', 'name of the pair'))
      .description(about[operation].text)
      .option('--adopt', 'take over the episode that a terminated or reset run left in doubt (see: switchback adopt)')
      .addHelpText(
        'after',
        `${startHelp}
${example(about[operation].example)}`,
      )
      .action(async (pair: string) => {
        const { start } = await import('../commands/start.ts')
        ended(await start(operation, pair, command.optsWithGlobals<StartOptions>()))
      })
    if (operation === 'reset') addBranchOptions(command)
  }

  const adopt = addBranchOptions(startOptions(program.command('adopt').argument('<pair>', 'name of the pair')))
    .description('take over an episode that a terminated or reset run left in doubt, where it stands')
    .addHelpText(
      'after',
      `
The operation comes from the pair; mode, topics and branch from the input of the interrupted run, unless given here.
Exit code 3 when the pair is not in doubt.
${example('switchback adopt accounting --reason "run was terminated by mistake" --by kim --follow')}`,
    )
    .action(async (pair: string) => {
      const { adopt: adoptPair } = await import('../commands/adopt.ts')
      ended(await adoptPair(pair, adopt.optsWithGlobals<StartOptions>()))
    })
}

const startHelp = `
Without --follow the command ends (exit code 0) once Temporal has the run. With --follow: 0 succeeded, 1 failed, aborted
or handed over, 3 refused, 4 waits for a person (see --patience). --dry-run waits for the end and prints the report;
1 when a finding is blocking.`

function startOptions(command: Command): Command {
  return addFollowOptions(
    command
      .requiredOption('--reason <text>', 'why, for the record')
      .requiredOption('--by <name>', 'who asks for it')
      .addOption(new Option('--mode <mode>', 'forced: the source is given up').choices(['planned', 'forced']))
      .option('--approved-by <name>', 'the instance owner, when approved before (planned runs only)')
      .option('--topics <names>', 'only these topics, separated by commas', list)
      .option('--create-topics', 'create local topics that the target lacks, as they are on the source')
      .option('--dry-run', 'check and plan only: not one write')
      .option('--follow', 'watch the run until it ends')
      .option('--workflow-id <id>', 'id of the run; a second start with the same id is refused')
      .option('--task-queue <name>', "task queue (default: the configuration's temporal.taskQueue, else switchback)"),
  )
}

function addBranchOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--branch <branch>', 'reset: the old side came back, or a new cluster takes its place').choices([
        'recover',
        'replace',
      ]),
    )
    .option('--replacement <alias>', 'alias of the new cluster, with --branch replace')
}
