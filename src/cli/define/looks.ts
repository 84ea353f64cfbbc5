import type { Command } from 'commander'
import type { ListOptions } from '../commands/list.ts'
import type { ProgressOptions } from '../commands/progress.ts'
import type { JsonOptions } from '../commands/plan.ts'
import type { GlobalOptions } from '../options.ts'
import type { Ended } from '../ended.ts'
import { addFollowOptions, count, example } from './parse.ts'

/** Commands that only look: they never change a run, a pair or a cluster. */
export function defineLooks(program: Command, ended: Ended): void {
  const progress = addFollowOptions(
    program
      .command('progress')
      .argument('<workflow-id>', 'id of the run')
      .description('how far a run is, with live numbers and what it waits for')
      .option('--follow', 'until the run ends: redraws in a terminal, prints changes otherwise')
      .option('--json', 'as JSON; with --follow one line for each change'),
  )
    .addHelpText(
      'after',
      `
Without --follow the exit code is 0 when the run answered. With --follow: 0 succeeded, 1 failed, aborted or handed over,
3 refused, 4 waits for a person.
${example('switchback progress failover/accounting/20260117-093000 --follow')}`,
    )
    .action(async (id: string) => {
      const { progress: show } = await import('../commands/progress.ts')
      ended(await show(id, progress.optsWithGlobals<ProgressOptions>()))
    })

  const plan = program
    .command('plan')
    .argument('<workflow-id>', 'id of the run')
    .description('what a run is going to do, the plan hash and what will be lost, doubled or reordered')
    .option('--json', 'as JSON')
    .addHelpText('after', example('switchback plan failover/accounting/20260117-093000'))
    .action(async (id: string) => {
      const { plan: show } = await import('../commands/plan.ts')
      ended(await show(id, plan.optsWithGlobals<JsonOptions>()))
    })

  const report = program
    .command('report')
    .argument('<workflow-id>', 'id of the run')
    .description('the report of a run, as Markdown')
    .addHelpText('after', example('switchback report failover/accounting/20260117-093000 > report.md'))
    .action(async (id: string) => {
      const { report: show } = await import('../commands/report.ts')
      ended(await show(id, report.optsWithGlobals<GlobalOptions>()))
    })

  const list = program
    .command('list')
    .description('the runs that are open, newest first')
    .option('--pair <name>', 'only of this pair')
    .option('--all', 'closed runs as well, as long as Temporal keeps them')
    .option('--limit <n>', 'at most so many', count, 50)
    .option('--json', 'as JSON')
    .addHelpText('after', example('switchback list --pair accounting --all'))
    .action(async () => {
      const { list: show } = await import('../commands/list.ts')
      ended(await show(list.optsWithGlobals<ListOptions>()))
    })
}
