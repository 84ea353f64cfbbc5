import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { defaultPayloadConverter, type Payload } from '@temporalio/common'
import proto from '@temporalio/proto'
import { PATIENCE_MS } from '../patience.ts'

const { UpdateWorkflowExecutionLifecycleStage } = proto.temporal.api.enums.v1

/** What a stranger gets back. `type` is the failure's type; `server` when Temporal itself refused the call. */
export type RawAnswer = { ok: true; value: unknown } | { ok: false; type: string; message: string }

/** One workflow, spoken to as any program or the UI's form may: payloads as bytes, names as they come. */
export class RawDoor {
  readonly #client: Client
  readonly #workflowId: string

  constructor(client: Client, workflowId: string) {
    this.#client = client
    this.#workflowId = workflowId
  }

  async signal(name: string, payloads: Payload[]): Promise<RawAnswer> {
    return this.#call(async () => {
      await this.#client.workflowService.signalWorkflowExecution({
        ...this.#execution(),
        signalName: name,
        input: { payloads },
        requestId: randomUUID(),
        identity: 'stranger',
      })
      return { ok: true, value: null }
    })
  }

  async update(name: string, payloads: Payload[]): Promise<RawAnswer> {
    return this.#call(async () => {
      const { outcome } = await this.#client.workflowService.updateWorkflowExecution({
        ...this.#execution(),
        waitPolicy: {
          lifecycleStage: UpdateWorkflowExecutionLifecycleStage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED,
        },
        request: {
          meta: { updateId: randomUUID(), identity: 'stranger' },
          input: { name, args: { payloads } },
        },
      })
      if (!outcome) return { ok: false, type: 'no answer', message: `the update ${name} is not answered` }
      if (outcome.failure) {
        return {
          ok: false,
          type: outcome.failure.applicationFailureInfo?.type ?? '',
          message: outcome.failure.message ?? '',
        }
      }
      return { ok: true, value: valueOf(outcome.success?.payloads?.[0]) }
    })
  }

  async query(name: string, payloads: Payload[]): Promise<RawAnswer> {
    return this.#call(async () => {
      const { namespace, workflowExecution: execution } = this.#execution()
      const { queryResult } = await this.#client.workflowService.queryWorkflow({
        namespace,
        execution,
        query: { queryType: name, queryArgs: { payloads } },
      })
      return { ok: true, value: valueOf(queryResult?.payloads?.[0]) }
    })
  }

  async #call(act: () => Promise<RawAnswer>): Promise<RawAnswer> {
    try {
      return await this.#client.withDeadline(Date.now() + PATIENCE_MS, act)
    } catch (error) {
      if (error instanceof Error && 'code' in error) {
        return { ok: false, type: `grpc ${String(error.code)}`, message: error.message }
      }
      throw error
    }
  }

  #execution() {
    return { namespace: this.#client.options.namespace, workflowExecution: { workflowId: this.#workflowId } }
  }
}

function valueOf(payload: Payload | null | undefined): unknown {
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined
}

export function encoded(encoding: string, data: string | Uint8Array): Payload {
  return { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }
}

export function json(text: string): Payload {
  return encoded('json/plain', text)
}
