import { connect, createServer, type Socket } from 'node:net'
import { reservePort } from '../process/ports.ts'

/** Milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000

/** One address for several workers of this machine, as a load balancer gives it: who does not answer is passed over. */
export async function startBalancer(
  targets: readonly number[],
  ports: number[],
): Promise<{ port: number; close: () => Promise<void> }> {
  const port = await reservePort()
  ports.push(port)
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer((client) => {
    open.add(client)
    client.once('close', () => open.delete(client))
    client.on('error', () => client.destroy())
    turn += 1
    forward(
      client,
      targets.map((_, index) => targets[(turn + index) % targets.length] ?? 0),
    )
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port, close }
}

function forward(client: Socket, [target, ...others]: readonly number[]): void {
  if (target === undefined) return void client.destroy()
  const upstream = connect({ port: target, host: '127.0.0.1', timeout: CONNECT_TIMEOUT_MS })
  let serves = false
  const next = () => {
    upstream.destroy()
    if (serves) client.destroy()
    else forward(client, others)
  }
  upstream.once('error', next)
  upstream.once('timeout', next)
  upstream.once('connect', () => {
    serves = true
    upstream.setTimeout(0)
    client.pipe(upstream).pipe(client)
  })
  client.once('close', () => upstream.destroy())
}
