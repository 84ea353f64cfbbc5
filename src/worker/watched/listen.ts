import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addressText, type ListenAddress } from './address.ts'

/** What listens until it is closed. */
export interface Endpoint {
  /** Where it listens, as `HOST:PORT`. */
  address: string
  close(): Promise<void>
}

/** Answers a port that is taken, and the like, with a sentence; `cannot` begins it with the address. */
export async function listen(
  server: Server,
  where: ListenAddress,
  cannot: (address: string, why: unknown) => string,
): Promise<Endpoint> {
  server.listen(where.port, where.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(cannot(addressText(where), error), { cause: error })
  }
  const { port } = server.address() as AddressInfo
  return {
    address: addressText({ host: where.host, port }),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
