import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { bomb, endless } from '../hostile/floods.ts'
import { type Listening, listening } from '../hostile/listening.ts'

type Answer = (response: ServerResponse) => void

const json = (response: ServerResponse, more: Record<string, string> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...more })

/** Each of them ended or held up a worker once, or would a worker that trusts what it is answered. */
export const hostileAnswers: Record<string, Answer> = {
  endless: (response) => endless(json(response)),
  bomb: (response) => void json(response, { 'content-encoding': 'gzip' }).end(bomb()),
  deep: (response) => void json(response).end('['.repeat(4_000_000)),
  wide: (response) => void json(response).end(`{${'"__proto__":{"a":1},'.repeat(200_000)}"x":1}`),
  byByte(response) {
    json(response)
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  },
  noHttp: (response) => void response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n{'),
  words: (response) => void response.writeHead(500).end(JSON.stringify({ error_code: 500, message: markdown })),
}

/** What a person would click on in a page that is trusted. */
export const markdown = '[✔ Approve here](https://evil.example/a) ![](https://evil.example/beacon.png)'

/** What stands between something of the installation and the worker. */
abstract class Front {
  #open: Listening | undefined

  async close(): Promise<void> {
    await this.#open?.close()
  }

  protected get port(): number {
    return this.#open?.port ?? 0
  }

  protected async listen(server: Server): Promise<this> {
    this.#open = await listening(server)
    return this
  }
}

/** Before a real HTTP service: passes on, until it is told to answer itself, or to change what passes. */
export class HttpFront extends Front {
  /** How the next requests are answered; undefined: by whoever is behind. */
  answer: Answer | undefined
  /** Changes what whoever is behind has answered. */
  change: ((text: string) => string) | undefined
  served = 0
  changed = 0
  readonly #behind: URL

  private constructor(behind: URL) {
    super()
    this.#behind = behind
  }

  static before(url: string): Promise<HttpFront> {
    const front = new HttpFront(new URL(url))
    return front.listen(createHttpServer((request, response) => front.#serve(request, response)))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}${this.#behind.pathname === '/' ? '' : this.#behind.pathname}`
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {})
    if (this.answer !== undefined) {
      this.served += 1
      request.resume()
      return this.answer(response)
    }
    const { hostname, port } = this.#behind
    const headers = { ...request.headers, host: `${hostname}:${port}`, 'accept-encoding': 'identity' }
    const passed = httpRequest({ hostname, port, method: request.method, path: request.url, headers }, (answer) => {
      if (this.change === undefined) {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        return
      }
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const changed = this.change?.(text) ?? text
        if (changed !== text) this.changed += 1
        const { 'content-length': _, 'transfer-encoding': __, ...others } = answer.headers
        response.writeHead(answer.statusCode ?? 502, others)
        response.end(changed)
      })
    })
    passed.on('error', () => response.destroy())
    request.pipe(passed)
  }
}

/** What a broker that is not ours any more sends instead of an answer. */
const brokenAnswers: ((answer: Buffer) => Buffer)[] = [
  (answer) => answer.subarray(0, Math.ceil(answer.length / 2)),
  (answer) => withInt(answer, 0, 0x7fffffff),
  (answer) => withInt(answer, 0, -4),
  (answer) => Buffer.concat([Buffer.from([0, 0, 0, 2]), answer.subarray(4, 6)]),
  // The length and the correlation are right; what follows counts more elements than memory has room for.
  (answer) => Buffer.concat([answer.subarray(0, 8), Buffer.alloc(Math.max(0, answer.length - 8), 0x7f)]),
  (answer) => Buffer.concat([answer.subarray(0, 8), Buffer.alloc(Math.max(0, answer.length - 8), 0xff)]),
  () => Buffer.from('HTTP/1.1 200 OK\r\n\r\n'),
]

function withInt(answer: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(answer)
  if (changed.length >= at + 4) changed.writeInt32BE(value, at)
  return changed
}

/** Before a real broker: every address that it tells is this front's, and when told so, answers are broken, each in another way. */
export class BrokerFront extends Front {
  breaks = false
  broken = 0
  /** The broker's port. */
  readonly #behind: number

  private constructor(behind: number) {
    super()
    this.#behind = behind
  }

  static before(bootstrap: string): Promise<BrokerFront> {
    const front = new BrokerFront(Number(bootstrap.split(':')[1]))
    return front.listen(createServer((socket) => front.#serve(socket)))
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.port}`
  }

  #serve(socket: Socket): void {
    const broker = connect(this.#behind, '127.0.0.1')
    broker.on('error', () => socket.destroy())
    broker.on('close', () => socket.end())
    socket.on('close', () => broker.destroy())
    socket.pipe(broker)
    let answers = 0
    let rest = Buffer.alloc(0)
    broker.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const whole = this.#readdressed(rest.subarray(0, 4 + rest.readInt32BE(0)))
        rest = rest.subarray(whole.length)
        answers += 1
        // The first ones lead through the login: what comes behind it breaks on one connection, those themselves on the next.
        const spoil = brokenAnswers[this.broken % brokenAnswers.length]
        const turn = this.broken % 2 === 0 ? answers > 3 : answers > 0
        if (!this.breaks || !turn || spoil === undefined) {
          socket.write(whole)
          continue
        }
        this.broken += 1
        socket.write(spoil(whole))
      }
    })
  }

  /** A port stands behind its host's name, in four bytes, in every answer that names a broker. */
  #readdressed(answer: Buffer): Buffer {
    const own = Buffer.from(answer)
    const host = Buffer.from('127.0.0.1')
    for (let at = own.indexOf(host); at >= 0; at = own.indexOf(host, at + host.length)) {
      const behind = at + host.length
      if (behind + 4 <= own.length && own.readInt32BE(behind) === this.#behind) own.writeInt32BE(this.port, behind)
    }
    return own
  }
}
