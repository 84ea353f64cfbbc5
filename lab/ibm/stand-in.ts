import { createServer, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { reservePort } from '../process/ports.ts'
import { Admin } from './admin.ts'
import { Cases } from './cases.ts'
import { Faults } from './faults.ts'
import { readRequest, Refusal, type Answer, type Request } from './http.ts'
import { Mirrorings, type InstanceSpec } from './mirrorings.ts'
import { Monitoring } from './monitoring.ts'
import { ResourceController } from './resource-controller.ts'
import { Staff } from './staff.ts'
import { Tokens } from './tokens.ts'
import type { Underlay } from './underlay.ts'

export type StandInSpec = {
  instances: readonly InstanceSpec[]
  underlay: Underlay
  apiKey: string
  ports: number[]
  /** Milliseconds between two samples of the monitoring. */
  sampleMs?: number
}

const SAMPLE_MS = 500

/**
 * What IBM Cloud is to the product, as far as its documents tell: tokens and policies (IAM), instances and their operations
 * (resource controller), the admin REST interface of each instance, monitoring, and support cases with staff. All of them
 * speak of one truth, and what they say of records is what the underlay really moves.
 */
export class StandIn {
  readonly url: string
  readonly faults = new Faults()
  readonly tokens: Tokens
  readonly mirrorings: Mirrorings
  readonly cases: Cases
  readonly controller: ResourceController
  readonly staff: Staff
  readonly monitoring: Monitoring
  /** By alias of the source and the target of a mirroring: who may read whom. */
  readonly authorized = new Set<string>()
  /** What each request said of its connection: `close`, `keep-alive`. */
  readonly connections: string[] = []
  /** What was asked for: `GET /admin/status`. */
  readonly requests: string[] = []
  readonly #admin: Admin
  close: () => Promise<void> = () => Promise.resolve()

  constructor(url: string, { instances, underlay, apiKey }: StandInSpec) {
    this.url = url
    this.tokens = new Tokens(apiKey, () => this.faults.tokenSeconds)
    this.mirrorings = new Mirrorings(instances, underlay, this.faults)
    this.cases = new Cases(this.faults)
    this.controller = new ResourceController(this.mirrorings, this.faults)
    this.monitoring = new Monitoring(this.mirrorings, underlay, this.faults)
    this.staff = new Staff(this.cases, this.mirrorings)
    this.#admin = new Admin(this.mirrorings, underlay, this.faults)
  }

  /** Operations that are ordered from now on stay under way until it is called; it answers when they are over. */
  hold(): () => Promise<void> {
    let release = () => {}
    this.faults.hold = new Promise((resolve) => {
      release = resolve
    })
    return () => {
      this.faults.hold = null
      release()
      return this.mirrorings.settled()
    }
  }

  /** Where the admin REST interface of an instance is. */
  adminUrl(alias: string): string {
    return `${this.url}/instances/${alias}`
  }

  async answer(request: Request): Promise<Answer> {
    const { method, path } = request
    const [first, second] = path
    this.requests.push(`${method} /${path.join('/')}`)
    if (first === 'staff') return this.staff.answer(request)
    if (this.faults.rateLimited > 0) {
      this.faults.rateLimited -= 1
      throw new Refusal(429, { error_code: 42900, message: 'too many requests', incident_id: 'rate' })
    }
    if (first === 'identity' && second === 'token') return this.tokens.issue(request)
    this.tokens.require(request)
    if (first === 'instances') return this.#admin.answer(request)
    if (first === 'v2' && second === 'resource_instances') return this.controller.answer(request)
    if (first === 'v1' && second === 'policies') return { status: 200, json: { policies: this.#policies() } }
    if (first === 'api' && second === 'prometheus') return this.monitoring.answer(request)
    if (first === 'case-management') return this.cases.answer(request)
    throw new Refusal(404, { message: `there is no /${path.join('/')}` })
  }

  /** In IAM's words the target of a mirroring is the subject, and its source the resource. */
  #policies(): object[] {
    return [...this.authorized].map((pair) => {
      const [from = '', to = ''] = pair.split('->')
      const side = (alias: string) => [
        {
          attributes: [
            { name: 'serviceName', value: 'messagehub' },
            { name: 'serviceInstance', value: this.mirrorings.get(alias).guid },
          ],
        },
      ]
      return { id: pair, type: 'authorization', state: 'active', subjects: side(to), resources: side(from) }
    })
  }
}

export async function startStandIn(spec: StandInSpec): Promise<StandIn> {
  const port = await reservePort()
  spec.ports.push(port)
  const standIn = new StandIn(`http://127.0.0.1:${port}`, spec)
  const server = createServer((request, response) => {
    standIn.connections.push(request.headers.connection ?? '')
    void readRequest(request)
      .then((read) => standIn.answer(read))
      .catch(refusalOf)
      .then((answer) => send(response, answer))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  standIn.monitoring.begin(spec.sampleMs ?? SAMPLE_MS)
  standIn.close = async () => {
    standIn.monitoring.end()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return standIn
}

function refusalOf(error: unknown): Answer {
  if (error instanceof Refusal) return { status: error.status, json: error.json }
  if (error instanceof z.ZodError) return { status: 400, json: { message: z.prettifyError(error) } }
  return { status: 500, json: { message: error instanceof Error ? error.message : String(error) } }
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'drop') {
    response.destroy()
    return
  }
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
  response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json))
}
