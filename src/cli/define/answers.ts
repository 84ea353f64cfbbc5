import { Argument, type Command } from 'commander'
import { decisions, type Decision } from '../../contract/messages.ts'
import type { ApproveOptions } from '../commands/approve.ts'
import type { AnswerOptions, DecideOptions, TicketOptions } from '../commands/answer.ts'
import type { ForceOptions } from '../commands/force.ts'
import type { Ended } from '../ended.ts'
import { example } from './parse.ts'

const anId = 'failover/accounting/20260117-093000'

/** Commands that answer a run or steer it. Each is one update; what the run says to it is printed. */
export function defineAnswers(program: Command, ended: Ended): void {
  const message = (name: string, description: string): Command =>
    program.command(name).argument('<workflow-id>', 'id of the run').description(description)
  const by: [string, string] = ['--by <name>', 'who answers']
  const question: [string, string] = ['--question <id>', 'which question (default: the only one open that fits)']

  const approve = message('approve', "approve a run's plan, after what will be lost, doubled or reordered was shown")
    .requiredOption('--by <name>', 'who approves: the instance owner')
    .option('--comment <text>', 'for the record')
    .option('--plan-hash <hash>', 'refuse when the plan is not this one (any more)')
    .option(...question)
    .option('--yes', 'do not ask for confirmation (without a terminal nothing is asked)')
    .addHelpText('after', example(`switchback approve ${anId} --by "owner of A" --comment "declared at 09:30"`))
    .action(async (id: string) => {
      const { approve: run } = await import('../commands/approve.ts')
      ended(await run(id, approve.optsWithGlobals<ApproveOptions>()))
    })

  const confirm = message('confirm', 'say that a manual action was done')
    .requiredOption(...by)
    .option('--note <text>', 'for the record')
    .option(...question)
    .addHelpText('after', example(`switchback confirm ${anId} --by kim --note "billing stopped at 09:41"`))
    .action(async (id: string) => {
      const { confirm: run } = await import('../commands/answer.ts')
      ended(await run(id, confirm.optsWithGlobals<AnswerOptions>()))
    })

  const decide = message('decide', 'choose how a run goes on; `switchback progress` shows the choices it has')
    .addArgument(new Argument('<action>', 'one of the choices of the question').choices(decisions))
    .requiredOption(...by)
    .requiredOption('--reason <text>', 'why, for the record')
    .option(...question)
    .addHelpText('after', example(`switchback decide ${anId} retry --by kim --reason "the link moves again"`))
    .action(async (id: string, action: Decision) => {
      const { decide: run } = await import('../commands/answer.ts')
      ended(await run(id, action, decide.optsWithGlobals<DecideOptions>()))
    })

  for (const name of ['pause', 'resume'] as const) {
    const command = message(name, name === 'pause' ? 'hold a run before its next step' : 'let a paused run go on')
      .requiredOption('--by <name>', 'who asks for it')
      .option('--reason <text>', 'why, for the record')
      .addHelpText('after', example(`switchback ${name} ${anId} --by kim --reason "waiting for the morning shift"`))
      .action(async (id: string) => {
        const { steer } = await import('../commands/answer.ts')
        ended(await steer(name, id, command.optsWithGlobals<AnswerOptions>()))
      })
  }

  const force = message('force', 'give the source up: the planned run becomes forced and is approved again')
    .requiredOption('--by <name>', 'who asks for it')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--plan-hash <hash>', 'refuse when the plan is not this one (any more)')
    .option('--yes', 'do not ask for confirmation (without a terminal nothing is asked)')
    .addHelpText('after', example(`switchback force ${anId} --by kim --reason "A will not come back"`))
    .action(async (id: string) => {
      const { force: run } = await import('../commands/force.ts')
      ended(await run(id, force.optsWithGlobals<ForceOptions>()))
    })

  const complete = program
    .command('ticket')
    .description('tickets a run waits for')
    .command('complete')
    .argument('<workflow-id>', 'id of the run')
    .argument('<ticket-id>', 'id of the ticket at the desk')
    .description('say that a ticket was processed; the run still verifies it')
    .requiredOption('--by <name>', 'who completed it')
    .option('--note <text>', 'for the record')
    .addHelpText('after', example('switchback ticket complete reset/accounting/20260118-101500 CS123 --by desk'))
    .action(async (id: string, ticketId: string) => {
      const { completeTicket } = await import('../commands/answer.ts')
      ended(await completeTicket(id, ticketId, complete.optsWithGlobals<TicketOptions>()))
    })
}
