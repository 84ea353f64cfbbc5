import { createServer, type ServerResponse } from 'node:http'
import { type Answer, changed, type Spoiled } from './answers.ts'
import { bomb, endless } from './floods.ts'
import { listening } from './listening.ts'
import { type Owner, type OwnerName, owners } from './owners.ts'

interface Front {
  url: string
  /** From now on the answers are spoiled in this way; the requests count from here. */
  spoil(how: Spoiled | null): void
}

export type Told = { open: OwnerName; address: string } | { spoil: Spoiled | null }

/** A process of its own, so that its memory and its time are not the worker's. Whatever is told is answered once. */
const fronts: Front[] = []
process.on('message', (told: Told) => void followed(told).then((answer) => process.send?.(answer)))
process.on('disconnect', () => process.exit())

async function followed(told: Told): Promise<{ url?: string }> {
  if ('spoil' in told) {
    for (const front of fronts) front.spoil(told.spoil)
    return {}
  }
  const front = await frontOf(owners[told.open](told.address))
  fronts.push(front)
  return { url: front.url }
}

/** Gives its owner's answers, and spoils the one that it is told to. */
async function frontOf(owner: Owner): Promise<Front> {
  let spoiled: Spoiled | null = null
  let count = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('error', () => {})
    response.on('error', () => {})
    request.on('end', () => {
      const asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers as Record<string, string>,
        body,
      }
      const how = spoiled !== null && count >= spoiled.at ? spoiled.how : null
      count += 1
      void Promise.resolve(owner(asked)).then(
        (answer) => send(response, answer, how),
        () => response.destroy(),
      )
    })
  })
  const { port } = await listening(server)
  const front: Front = {
    url: `http://127.0.0.1:${port}`,
    spoil(how) {
      spoiled = how
      count = 0
    },
  }
  return front
}

function send(response: ServerResponse, { status, body }: Answer, how: Spoiled['how'] | null): void {
  const whole = (code: number, text: string) =>
    void response.writeHead(code, { 'content-type': 'application/json' }).end(text)
  if (how === null) return whole(status, textOf(body))
  switch (how.kind) {
    case 'status':
      return whole(how.status, how.status === 204 || how.status === 304 ? '' : textOf(body))
    case 'text':
      return whole(status, how.text)
    case 'cut':
      return whole(status, textOf(body).slice(0, how.at))
    case 'bomb':
      return void response.writeHead(status, { 'content-encoding': 'gzip' }).end(bomb())
    case 'endless':
      return endless(response)
    case 'silent':
      return undefined
    case 'broken':
      response.writeHead(status, { 'content-length': '1000' }).write('{"a":')
      response.destroy()
      return undefined
    default:
      return whole(status, textOf(changed(body, how)))
  }
}

function textOf(body: unknown): string {
  return body === undefined ? '' : JSON.stringify(body)
}
