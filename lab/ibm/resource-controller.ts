import { z } from 'zod'
import type { Faults } from './faults.ts'
import { Refusal, type Answer, type Request } from './http.ts'
import type { Instance, Mirrorings } from './mirrorings.ts'
import { mirroringOptions } from './transforms.ts'

const enabling = z.strictObject({
  source_crn: z.string(),
  source_alias: z.string(),
  target_alias: z.string(),
  options: mirroringOptions.optional(),
  schemas: z.string().optional(),
})
const update = z.object({
  parameters: z.strictObject({
    mirroring: z.union([z.strictObject({ disable: z.literal(true) }), enabling]),
    throughput: z.string().optional(),
    storage_size: z.string().optional(),
  }),
})

/** `GET` and `PATCH /v2/resource_instances/{id}`. The cancel of an operation removes the instance: it must never come. */
export class ResourceController {
  readonly #mirrorings: Mirrorings
  readonly #faults: Faults
  cancelled = 0

  constructor(mirrorings: Mirrorings, faults: Faults) {
    this.#mirrorings = mirrorings
    this.#faults = faults
  }

  answer({ method, path, body }: Request): Answer {
    const [, , id = '', action] = path
    const instance = this.#mirrorings.find(id)
    if (!instance) throw refusal(404, 'RC-ServiceInstanceNotFound', `The instance ${id} does not exist.`)
    if (method === 'DELETE' && action === 'last_operation') this.cancelled += 1
    if (action !== undefined) throw refusal(405, 'RC-NotAllowed', `${method} ${action} is not part of the procedure`)
    if (method === 'GET') return { status: 200, json: shown(instance) }
    if (method === 'PATCH') return this.#update(instance, body)
    throw refusal(405, 'RC-NotAllowed', `${method} is not part of the procedure`)
  }

  #update(instance: Instance, body: unknown): Answer {
    const { refuseUpdates } = this.#faults
    if (refuseUpdates && refuseUpdates.times > 0) {
      refuseUpdates.times -= 1
      throw refusal(refuseUpdates.status, 'RC-OperationInProgress', 'The instance cannot be updated now.')
    }
    if (instance.locked) throw refusal(423, 'RC-InstanceLocked', 'The instance is locked.')
    if (instance.operation.state === 'in progress')
      throw refusal(409, 'RC-OperationInProgress', 'Another operation is in progress.')
    const wanted = update.safeParse(body)
    if (!wanted.success) throw refusal(400, 'RC-BadRequest', z.prettifyError(wanted.error))
    const { mirroring, throughput } = wanted.data.parameters
    if (Number(instance.throughput) > 150 && throughput !== instance.throughput)
      throw refusal(400, 'RC-ScaleDown', `throughput ${instance.throughput} must be carried along`)
    if ('disable' in mirroring) this.#mirrorings.order(instance, 'disable')
    else {
      const source = this.#mirrorings.find(mirroring.source_crn)
      if (!source) throw refusal(422, 'RC-NoSource', 'The source instance is not known, or not authorized.')
      if (mirroring.source_alias !== source.spec.alias || mirroring.target_alias !== instance.spec.alias)
        throw refusal(422, 'RC-Alias', 'The aliases are not those of this set-up.')
      this.#mirrorings.order(instance, { enable: source, options: mirroring.options ?? {} })
    }
    if (this.#faults.loseUpdateAnswer) {
      this.#faults.loseUpdateAnswer = false
      return 'drop'
    }
    return { status: 202, json: shown(instance) }
  }
}

function shown(instance: Instance): object {
  const { spec, guid, locked, state, throughput } = instance
  return {
    id: spec.crn,
    guid,
    crn: spec.crn,
    name: `event-streams-${spec.alias}`,
    state,
    locked,
    resource_plan_id: spec.plan ?? 'ibm.message.hub.enterprise.3nodes.2tb',
    parameters: { throughput, storage_size: spec.storage ?? '2048' },
    last_operation: { ...instance.look(), async: true, cancelable: false, poll: true },
  }
}

function refusal(status: number, code: string, message: string): Refusal {
  return new Refusal(status, { error_code: code, message, status_code: status, transaction_id: 'stand-in' })
}
