import { delimiter, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { readTools } from '../../../lab/tools.ts'
import { taskQueues, type OperationName } from '../../../src/contract/names.ts'
import type { Question, TicketProgress } from '../../../src/contract/progress.ts'
import type { Narrator } from '../narrator.ts'
import type { Stage } from '../stage.ts'
import type { Input, Person } from './person.ts'

/** Milliseconds between two looks for the run that the person starts. */
const LOOK_MS = 1_000

/** Says what to click or send, and waits. */
export class HandsOn implements Person {
  readonly patienceMs = null
  readonly #stage: Stage
  readonly #narrator: Narrator
  readonly #temporal = temporalCommand()
  readonly #seen = new Set<string>()

  constructor(stage: Stage, narrator: Narrator) {
    this.#stage = stage
    this.#narrator = narrator
  }

  async begin(operation: OperationName, input: Input): Promise<WorkflowHandle> {
    const { uiUrl, namespace } = this.#stage.lab.temporal
    const workflowId = `${operation}/${input.pair}/by-hand`
    const query = new URLSearchParams({ workflowId, taskQueue: taskQueues.runs, workflowType: operation })
    const json = JSON.stringify(input)
    this.#narrator.say(`    your turn: start ${operation}. In Temporal's UI, "Start Workflow" with this input:`)
    this.#narrator.block(`
${json}

${uiUrl}/namespaces/${namespace}/workflows/start-workflow?${query.toString()}
or: ${this.#temporal} workflow start ${this.#address()} --type ${operation} --task-queue ${taskQueues.runs} --workflow-id ${workflowId} --input '${shellText(json)}'
`)
    const { workflowId: started, runId } = await this.#waitForStart(operation)
    this.#seen.add(runId)
    this.#narrator.say(`    ${started} was started`)
    return this.#stage.client.workflow.getHandle(started, runId)
  }

  async answer(question: Question, handle: WorkflowHandle): Promise<void> {
    const { update, payload } = question.send
    const json = JSON.stringify(payload)
    const others = question.choices.filter((choice) => choice !== payload['action']).join(' or ')
    this.#narrator.say(`    your turn: open the run, choose "Send an Update", ${update} with this payload:`)
    this.#narrator.block(`
${json}

${this.#stage.runUrl(handle.workflowId)}
or: ${this.#temporal} workflow update execute ${this.#address()} --workflow-id ${handle.workflowId} --name ${update} --input '${shellText(json)}'${others === '' ? '' : `\nyou may also decide otherwise (update decide): ${others}`}
`)
  }

  async workOn(ticket: TicketProgress): Promise<void> {
    this.#narrator.say(`    your turn, as staff of the desk: open ticket ${ticket.id} and press "Process"`)
    this.#narrator.block(`\n${this.#stage.lab.staffUrl}/tickets/${encodeURIComponent(ticket.id)}\n`)
  }

  #address(): string {
    const { address, namespace } = this.#stage.lab.temporal
    return `--address ${address}${namespace === 'default' ? '' : ` --namespace ${namespace}`}`
  }

  /** The UI lets a person name the run as they like: a new one of this type is theirs. */
  async #waitForStart(operation: OperationName): Promise<{ workflowId: string; runId: string }> {
    for (;;) {
      for await (const run of this.#stage.client.workflow.list({ query: `WorkflowType = "${operation}"` }))
        if (!this.#seen.has(run.runId)) return run
      await sleep(LOOK_MS)
    }
  }
}

/** As it is typed here: setup may have fetched it to where no PATH leads. */
function temporalCommand(): string {
  const { temporalCli } = readTools()
  return (process.env['PATH'] ?? '').split(delimiter).includes(dirname(temporalCli)) ? 'temporal' : temporalCli
}

/** For single quotes of a shell. */
function shellText(text: string): string {
  return text.replaceAll("'", String.raw`'\''`)
}
