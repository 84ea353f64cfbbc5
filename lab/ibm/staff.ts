import { z } from 'zod'
import type { Cases, CaseStatus, SupportCase } from './cases.ts'
import { caseStatuses } from './cases.ts'
import { Refusal, type Answer, type Request } from './http.ts'
import type { Mirrorings } from './mirrorings.ts'

const work = z.object({ by: z.string().default('support'), lie: z.boolean().default(false) }).prefault({})
const status = z.object({ status: z.enum(caseStatuses) })

/**
 * The provider's staff, who read a case and act on it. They tell nobody: a case has a status.
 * GET /staff/tickets · POST /staff/tickets/:number/process {lie?} · POST /staff/tickets/:number/status {status}
 */
export class Staff {
  readonly #cases: Cases
  readonly #mirrorings: Mirrorings

  constructor(cases: Cases, mirrorings: Mirrorings) {
    this.#cases = cases
    this.#mirrorings = mirrorings
  }

  async answer({ method, path, body }: Request): Promise<Answer> {
    const [, , number, action] = path
    if (number === undefined) return { status: 200, json: this.#cases.all.map(shown) }
    const found = this.#cases.get(number)
    if (method === 'POST' && action === 'process') await this.process(found, work.parse(body))
    else if (method === 'POST' && action === 'status') found.status = status.parse(body).status
    else if (method !== 'GET') throw new Refusal(405, { message: `${method} ${action ?? ''}` })
    return { status: 200, json: shown(found) }
  }

  /** `lie`: resolved, and nothing was done. */
  async process(found: SupportCase, { by, lie }: { by: string; lie: boolean }): Promise<void> {
    if (isOver(found.status)) return
    found.status = 'in_progress'
    const { from, to } = directionIn(found)
    const target = this.#mirrorings.get(to)
    if (!lie && target.mirroring?.from === from) {
      this.#mirrorings.order(target, 'disable')
      await this.#mirrorings.settled()
      if (target.operation.state === 'failed') throw new Refusal(502, { message: target.operation.description })
    }
    found.comments.push({
      value: `${by}: mirroring ${from} -> ${to} is disabled.`,
      added_at: new Date().toISOString(),
    })
    found.status = 'resolved'
  }
}

/** What a person reads in the text of a case. */
function directionIn({ description, number }: SupportCase): { from: string; to: string } {
  const [, from, to] = /Mirroring now: (\S+) -> (\S+)\./.exec(description) ?? []
  if (from === undefined || to === undefined)
    throw new Refusal(422, { message: `case ${number} does not say which mirroring is meant` })
  return { from, to }
}

function isOver(value: CaseStatus): boolean {
  return value === 'resolved' || value === 'closed'
}

function shown(found: SupportCase): object {
  const { number, subject, description, comments } = found
  return {
    id: number,
    subject,
    link: directionIn(found),
    workflowId: /Workflow: (\S+)/.exec(description)?.[1],
    state: isOver(found.status) ? 'processed' : 'open',
    status: found.status,
    ...(isOver(found.status) ? { processedAt: comments.at(-1)?.added_at } : {}),
  }
}
