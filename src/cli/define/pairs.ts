import { Option, type Command } from 'commander'
import type { AdoptPairOptions } from '../commands/adopt-pair.ts'
import type { CompareOptions } from '../commands/compare.ts'
import type { DischargeOptions } from '../commands/discharge.ts'
import type { HandOverOptions } from '../commands/hand-over.ts'
import type { JsonOptions } from '../commands/plan.ts'
import type { StatusOptions } from '../commands/status.ts'
import type { CheckOptions } from '../commands/check.ts'
import type { Ended } from '../ended.ts'
import { count, example, list, span } from './parse.ts'

/** Commands about the installation and its pairs. */
export function definePairs(program: Command, ended: Ended): void {
  const check = program
    .command('check')
    .description('check the configuration and try every connection; changes nothing')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Checks switchback.yaml, Temporal (namespace, search attributes, workers), each cluster, each link, the state probe of
each application and the ticket desk. Run it where the worker runs: it uses the same addresses and secrets.
Exit code 1 when any line failed (✖); a remark (!) fails nothing.
${example('switchback check --config switchback.yaml')}`,
    )
    .action(async () => {
      const { check: run } = await import('../commands/check.ts')
      ended(await run(check.optsWithGlobals<CheckOptions>()))
    })

  const status = program
    .command('status')
    .argument('[pair]', 'name of the pair; without it, all pairs')
    .description('where a pair stands: active side, protection, lag, run, obligations, readiness, findings')
    .option(
      '--clusters',
      'ask the clusters of one pair what of Switchback is on them: ACLs, groups, topics, each with its purpose',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', example('switchback status accounting'))
    .action(async (pair: string | undefined) => {
      const { status: show } = await import('../commands/status.ts')
      ended(await show(pair, status.optsWithGlobals<StatusOptions>()))
    })

  const ledger = program
    .command('ledger')
    .argument('<pair>', 'name of the pair')
    .description('what was stranded, range by range, and what was decided on it; also after the episode is closed')
    .option('--json', 'as JSON')
    .addHelpText('after', example('switchback ledger accounting'))
    .action(async (pair: string) => {
      const { ledger: show } = await import('../commands/ledger.ts')
      ended(await show(pair, ledger.optsWithGlobals<JsonOptions>()))
    })

  const lag = program
    .command('lag')
    .argument('<pair>', 'name of the pair')
    .description('a day of the lag: what is not mirrored yet, and the topics that lagged most')
    .option('--json', 'as JSON')
    .addHelpText('after', example('switchback lag accounting'))
    .action(async (pair: string) => {
      const { lag: show } = await import('../commands/lag.ts')
      ended(await show(pair, lag.optsWithGlobals<JsonOptions>()))
    })

  const compare = program
    .command('compare')
    .argument('<pair>', 'name of the pair')
    .description('compare the copies with their source, record by record; changes nothing')
    .option('--topics <names>', 'only these, separated by commas', list)
    .option('--records <n>', 'the newest so many offsets of each partition (default: 10000)', count)
    .option('--since <duration>', 'records since then, as 30m, 6h or 2d', span)
    .option('--all', 'everything that both sides still have')
    .option('--rate <n>', 'read at most so many records a second, of both clusters together', count)
    .option('--task-queue <name>', "the worker's task queue, if it is not the default")
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
The worker does it: no cluster has to be reachable from here. A terminal gets a progress bar, a pipe gets lines on stderr.
Every committed record of the source must be in the copy. Records that a link copied twice, aborted records and markers are no
difference. A topic that cannot be compared is shown with the reason. Ctrl-C stops the comparison.
Exit code 0: no difference. 1: a difference, with topic, partition and offsets; or it failed.
${example('switchback compare accounting\nswitchback compare accounting --topics accounting.invoices --since 6h\nswitchback compare accounting --all --json > compared.json')}`,
    )
    .action(async (pair: string) => {
      const { compare: run } = await import('../commands/compare.ts')
      ended(await run(pair, compare.optsWithGlobals<CompareOptions>()))
    })

  const handOver = program
    .command('hand-over')
    .argument('<pair>', 'name of the pair')
    .description(
      'close an episode that is in doubt, with the state of the world written down, and leave the rest to people',
    )
    .requiredOption('--by <name>', 'who takes over')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--yes', 'do not ask')
    .addHelpText('after', example('switchback hand-over accounting --by kim --reason "finished manually, see INC-7"'))
    .action(async (pair: string) => {
      const { handOver: run } = await import('../commands/hand-over.ts')
      ended(await run(pair, handOver.optsWithGlobals<HandOverOptions>()))
    })

  const discharge = program
    .command('discharge')
    .argument('<pair>', 'name of the pair')
    .argument('<obligation>', 'its id, as `switchback status` shows it')
    .description('say that something a run could not do, and somebody had to, was done manually')
    .requiredOption('--by <name>', 'who did it')
    .option('--note <text>', 'how, for the record')
    .addHelpText(
      'after',
      example('switchback discharge accounting stop-producers/A/1 --by kim --note "scaled to zero"'),
    )
    .action(async (pair: string, obligation: string) => {
      const { discharge: run } = await import('../commands/discharge.ts')
      ended(await run(pair, obligation, discharge.optsWithGlobals<DischargeOptions>()))
    })

  const adopt = program
    .command('pair')
    .description("a pair's memory")
    .command('adopt')
    .argument('<pair>', 'name of the pair')
    .description("rebuild a pair after Temporal's database was lost, from what its clusters remember")
    .requiredOption('--by <name>', 'who has checked what is shown, and goes on with it')
    .addOption(
      new Option(
        '--from <source>',
        'memory: what the clusters remember; clusters: as they run now, when nothing is remembered; here: what this Temporal says stands',
      )
        .choices(['memory', 'clusters', 'here'])
        .default('memory'),
    )
    .option('--active <alias>', 'with --from clusters: the side the producers are on')
    .option('--note <text>', 'for the record')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Shows what each cluster remembers and where they disagree, and asks before it changes anything. An episode that was open
is then in doubt: go on with \`switchback adopt\`.
${example('switchback pair adopt accounting --by kim')}`,
    )
    .action(async (pair: string) => {
      const { adoptPair } = await import('../commands/adopt-pair.ts')
      ended(await adoptPair(pair, adopt.optsWithGlobals<AdoptPairOptions>()))
    })
}
