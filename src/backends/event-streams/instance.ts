import { z } from 'zod'
import type { EventStreamsInstance } from '../../adapters/ibm/settings.ts'
import type { WithAccount } from '../../adapters/ibm/account.ts'
import { failureOf, statusOf } from '../../adapters/ibm/failures.ts'
import { shaped } from '../../adapters/ibm/shaped.ts'

/** The newest operation on an instance. Right after an order it may still be the one before. */
export interface Operation {
  /** In lower case: `in progress`, `succeeded`, `failed`, or another word. */
  state: string
  /** What tells one operation from another, as far as the provider tells. */
  stamp: string
  text: string
}

/** What is read of a resource instance; its parameters may carry anything, and stay out. */
export interface Instance {
  state: string
  locked: boolean
  plan: string | null
  /** MB/s and GB, as the provider writes them; null when it does not. */
  throughput: string | null
  storage: string | null
  operation: Operation | null
}

const size = z.union([z.string(), z.number()]).transform(String).nullish().catch(undefined)

const answer = z.object({
  state: z.string().nullish(),
  locked: z.boolean().nullish(),
  resource_plan_id: z.string().nullish(),
  parameters: z.object({ throughput: size, storage_size: size }).nullish().catch(undefined),
  last_operation: z
    .object({
      type: z.string().nullish(),
      state: z.string().nullish(),
      description: z.string().nullish(),
      reason_code: z.string().nullish(),
      updated_at: z.string().nullish(),
      guid: z.string().nullish(),
    })
    .nullish(),
})

/** The instances of the account, through the resource controller. */
export interface Instances {
  read(alias: string, instance: EventStreamsInstance, signal?: AbortSignal): Promise<Instance>
  /**
   * Orders a change. `busy`: another operation is under way, or the provider cannot take it now (409, 423), and nothing was
   * ordered.
   */
  update(
    alias: string,
    instance: EventStreamsInstance,
    parameters: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<{ taken: true } | { taken: false; busy: string }>
}

const BUSY = [409, 423]

export function instancesOf(withAccount: WithAccount): Instances {
  return {
    async read(alias, { crn }, signal) {
      const what = `The resource controller was asked for the instance of ${alias}`
      const { result } = await withAccount(what, signal, ({ resources }) => resources.getResourceInstance({ id: crn }))
      return instanceOf(shaped(what, answer, result))
    },
    async update(alias, { crn }, parameters, signal) {
      const what = `The resource controller was asked to update the instance of ${alias}`
      return withAccount(what, signal, async ({ resources }) => {
        try {
          await resources.updateResourceInstance({ id: crn, parameters })
          return { taken: true as const }
        } catch (error) {
          const status = statusOf(error)
          if (status === undefined || !BUSY.includes(status)) throw error
          return { taken: false as const, busy: failureOf(what, error).message }
        }
      })
    },
  }
}

function instanceOf(data: z.infer<typeof answer>): Instance {
  const { last_operation: last, parameters } = data
  return {
    state: data.state ?? 'unknown',
    locked: data.locked ?? false,
    plan: data.resource_plan_id ?? null,
    throughput: parameters?.throughput ?? null,
    storage: parameters?.storage_size ?? null,
    operation: last
      ? {
          state: (last.state ?? 'unknown').toLowerCase().replaceAll('_', ' '),
          stamp: [last.guid, last.type, last.state, last.description, last.updated_at].map(String).join('|'),
          text: [last.type, last.state, last.description, last.reason_code, last.updated_at].filter(Boolean).join(', '),
        }
      : null,
  }
}

export function inProgress({ operation }: Instance): boolean {
  return operation?.state === 'in progress'
}

export function hasFailed({ operation }: Instance): boolean {
  return operation?.state === 'failed'
}

export function operationText({ operation }: Instance): string {
  return operation ? `last operation: ${operation.text}` : 'no operation is on record'
}
