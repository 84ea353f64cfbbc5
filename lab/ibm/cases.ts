import { z } from 'zod'
import type { Faults } from './faults.ts'
import { Refusal, type Answer, type Request } from './http.ts'

export const caseStatuses = [
  'new',
  'in_progress',
  'waiting_on_client',
  'resolution_provided',
  'resolved',
  'closed',
] as const
export type CaseStatus = (typeof caseStatuses)[number]

const creation = z.strictObject({
  type: z.literal('technical'),
  subject: z.string().min(1).max(250),
  description: z.string().min(1),
  severity: z.number().int().min(1).max(4).optional(),
  offering: z.object({ name: z.string(), type: z.object({ group: z.string(), key: z.string() }) }).optional(),
  resources: z.array(z.object({ crn: z.string(), note: z.string().optional() })).optional(),
})

export type SupportCase = z.infer<typeof creation> & {
  number: string
  status: CaseStatus
  created_at: string
  comments: { value: string; added_at: string }[]
}

/** Case management below `/case-management/v1`. Everything is found by the words of its subject. */
export class Cases {
  readonly #faults: Faults
  readonly all: SupportCase[] = []

  constructor(faults: Faults) {
    this.#faults = faults
  }

  get(number: string): SupportCase {
    const found = this.all.find((one) => one.number === number)
    if (!found) throw new Refusal(404, { errors: [{ code: 'not_found', message: `there is no case ${number}` }] })
    return found
  }

  answer({ method, path, query, body }: Request): Answer {
    const [, , , number, action] = path
    if (number === undefined) return method === 'POST' ? this.#create(body) : this.#search(query)
    const found = this.get(number)
    if (method === 'GET' && action === undefined) return { status: 200, json: shown(found) }
    if (method === 'PUT' && action === 'comments') {
      const { comment } = z.object({ comment: z.string().min(1) }).parse(body)
      if (found.status === 'closed')
        throw new Refusal(409, { errors: [{ code: 'closed', message: 'a closed case takes no comments' }] })
      found.comments.push({ value: comment, added_at: new Date().toISOString() })
      return { status: 200, json: found.comments.at(-1) }
    }
    throw new Refusal(405, { errors: [{ code: 'method', message: `${method} ${action ?? ''}` }] })
  }

  #create(body: unknown): Answer {
    const wanted = creation.safeParse(body)
    if (!wanted.success)
      throw new Refusal(400, { errors: [{ code: 'invalid', message: z.prettifyError(wanted.error) }] })
    const opened: SupportCase = {
      ...wanted.data,
      number: `CS${String(this.all.length + 1).padStart(7, '0')}`,
      status: 'new',
      created_at: new Date().toISOString(),
      comments: [],
    }
    this.all.push(opened)
    if (this.#faults.loseCaseAnswer) {
      this.#faults.loseCaseAnswer = false
      return 'drop'
    }
    return { status: 200, json: shown(opened) }
  }

  #search(query: URLSearchParams): Answer {
    const words = query.get('search') ?? ''
    const late = this.#faults.searchLag > 0
    if (late) this.#faults.searchLag -= 1
    const cases = late ? [] : this.all.filter(({ subject, description }) => `${subject} ${description}`.includes(words))
    return { status: 200, json: { total_count: cases.length, cases: cases.map(shown) } }
  }
}

function shown({ subject, ...rest }: SupportCase): object {
  return { ...rest, short_description: subject }
}
