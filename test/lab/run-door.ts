import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client'
import { until } from '../../lab/process/wait.ts'
import { readTools } from '../../lab/tools.ts'
import { taskQueues, type OperationName } from '../../src/contract/names.ts'

/** What a person does with a run: each answer is what the workflow said, as JSON values. */
export interface RunDoor {
  start(operation: OperationName, workflowId: string, input: object): Promise<void>
  query(workflowId: string, name: string): Promise<unknown>
  /** Waits for the update's answer; throws what it was refused with. */
  update(workflowId: string, name: string, payload: object): Promise<unknown>
  /** Waits for the end of the run, or for the signal; throws when it did not end well. */
  result(workflowId: string, signal?: AbortSignal): Promise<unknown>
}

/** Temporal's client library. */
export class ClientDoor implements RunDoor {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  async start(operation: OperationName, workflowId: string, input: object): Promise<void> {
    await this.#client.workflow.start(operation, { taskQueue: taskQueues.runs, workflowId, args: [input] })
  }

  query(workflowId: string, name: string): Promise<unknown> {
    return this.#client.workflow.getHandle(workflowId).query(name)
  }

  update(workflowId: string, name: string, payload: object): Promise<unknown> {
    return this.#client.workflow.getHandle(workflowId).executeUpdate<unknown, [unknown]>(name, { args: [payload] })
  }

  /** A server that is away, once more after the client has given it up, is waited for. */
  async result(workflowId: string, signal = new AbortController().signal): Promise<unknown> {
    const ended = async (): Promise<{ result: unknown } | { error: unknown }> => {
      try {
        const result = () => this.#client.workflow.getHandle(workflowId).result()
        return { result: await this.#client.withAbortSignal(signal, result) }
      } catch (error) {
        if (!signal.aborted && (error instanceof ServiceError || isGrpcServiceError(error))) throw error
        return { error }
      }
    }
    const how = await until(ended, { what: `the end of ${workflowId}`, timeoutMs: SERVER_AWAY_MS, pollMs: 500 })
    if ('error' in how) throw how.error
    return how.result
  }
}

/** Milliseconds for which somebody goes on asking. */
const SERVER_AWAY_MS = 600_000

const run = promisify(execFile)
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Temporal's own command and nothing else, as somebody has it who never heard of Switchback's. */
export class TemporalCommandDoor implements RunDoor {
  readonly #address: string

  constructor(address: string) {
    this.#address = address
  }

  async start(operation: OperationName, workflowId: string, input: object): Promise<void> {
    const named = ['--workflow-id', workflowId, '--type', operation, '--task-queue', taskQueues.runs]
    await this.#workflow(['start', ...named, '--input', JSON.stringify(input)])
  }

  /** As it was sent: in its own rendering the command shows empty lists as null. */
  async query(workflowId: string, name: string): Promise<unknown> {
    const raw = '--no-json-shorthand-payloads'
    const answer = await this.#workflow(['query', '--workflow-id', workflowId, '--name', name, raw])
    const [payload] = (answer as { queryResult: { payloads: { data: string }[] } }).queryResult.payloads
    return JSON.parse(Buffer.from(payload?.data ?? '', 'base64').toString())
  }

  async update(workflowId: string, name: string, payload: object): Promise<unknown> {
    const input = ['--input', JSON.stringify(payload)]
    const answer = await this.#workflow(['update', 'execute', '--workflow-id', workflowId, '--name', name, ...input])
    return (answer as { result: unknown }).result
  }

  async result(workflowId: string): Promise<unknown> {
    const ended = (await this.#workflow(['result', '--workflow-id', workflowId])) as { status: string; result: unknown }
    if (ended.status !== 'COMPLETED') throw new Error(JSON.stringify(ended))
    return ended.result
  }

  async #workflow(args: string[]): Promise<unknown> {
    const common = ['--address', this.#address, '--output', 'json']
    const { stdout } = await run(readTools().temporalCli, ['workflow', ...args, ...common], {
      maxBuffer: MAX_ANSWER_BYTES,
    })
    return JSON.parse(stdout)
  }
}
