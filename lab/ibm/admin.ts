import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Faults } from './faults.ts'
import { Refusal, type Answer, type Request } from './http.ts'
import type { Instance, Mirrorings } from './mirrorings.ts'
import type { Underlay } from './underlay.ts'

const selection = z.object({ includes: z.array(z.string()) })

/** The admin REST interface of each instance, below `/instances/<alias>`. */
export class Admin {
  readonly #mirrorings: Mirrorings
  readonly #underlay: Underlay
  readonly #faults: Faults

  constructor(mirrorings: Mirrorings, underlay: Underlay, faults: Faults) {
    this.#mirrorings = mirrorings
    this.#underlay = underlay
    this.#faults = faults
  }

  async answer({ method, path, headers, body }: Request): Promise<Answer> {
    const [, alias = '', , ...rest] = path
    const given = headers['x-global-transaction-id']
    const incident = typeof given === 'string' ? given : randomUUID()
    const refuse = (status: number, code: number, message: string) =>
      new Refusal(status, { error_code: status * 100 + code, message, incident_id: incident })
    const instance = this.#mirrorings.find(alias)
    if (!instance) throw refuse(404, 0, 'no such instance')
    if (this.#faults.adminLost) throw new Refusal(404, this.#faults.adminLost.json)
    if (this.#faults.adminDown) throw refuse(503, 1, 'Unknown Kafka Error')
    const what = `${method} ${rest.slice(0, 2).join('/')}`
    switch (what) {
      case 'GET status':
        return { status: 200, json: { status: (await this.#underlay.serves(alias)) ? 'available' : 'offline' } }
      case 'GET mirroring/topic-selection':
        if (!instance.mirroring) throw refuse(404, 0, 'mirroring is not enabled')
        return { status: 200, json: { includes: instance.mirroring.includes } }
      case 'POST mirroring/topic-selection': {
        if (!instance.mirroring) throw refuse(404, 0, 'mirroring is not enabled')
        if (headers['content-type'] !== 'application/json') throw refuse(415, 0, 'application/json is wanted')
        const wanted = selection.safeParse(body)
        if (!wanted.success || !wanted.data.includes.every(compiles)) throw refuse(400, 0, 'bad topic selection')
        return this.#select(instance, wanted.data.includes)
      }
      case 'GET mirroring/active-topics': {
        const topics = await this.#mirrorings.active(instance)
        if (topics === null) throw refuse(404, 0, 'mirroring is not enabled')
        return { status: 200, json: { active_topics: topics } }
      }
      default: {
        const [collection, name] = rest
        const partitions =
          method === 'GET' && collection === 'topics' && name !== undefined
            ? await this.#underlay.partitions(alias, name)
            : null
        if (partitions === null) throw refuse(404, 3, `there is no ${rest.join('/')}`)
        return { status: 200, json: { name, partitions, replicationFactor: 3, retentionMs: 86_400_000 } }
      }
    }
  }

  async #select(instance: Instance, includes: string[]): Promise<Answer> {
    await this.#mirrorings.select(instance, includes)
    const { overwriteNext } = this.#faults
    if (overwriteNext !== null) {
      this.#faults.overwriteNext = null
      await this.#mirrorings.select(instance, overwriteNext)
    }
    return { status: 200, json: { includes } }
  }
}

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern).source.length > 0
  } catch {
    return false
  }
}
