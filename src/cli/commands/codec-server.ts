import { once } from 'node:events'
import { codecVariable, namedCodec, openCodecs } from '../../payloads/codecs.ts'
import type { ListenAddress } from '../../worker/watched/address.ts'
import { openCodecServer } from '../codec-server/server.ts'
import { exitCodes, CliFailure, type ExitCode, usageFailure } from '../exit-codes.ts'
import { messageOf } from '../message-of.ts'
import { say } from '../output.ts'

export interface CodecServerOptions {
  listen: ListenAddress
  origin: string[]
}

/** `switchback codec-server`: until a signal ends it. */
export async function codecServer({ listen, origin: origins }: CodecServerOptions): Promise<ExitCode> {
  const opened = await openCodecs(...namedCodec()).catch((error: unknown) => {
    throw usageFailure(messageOf(error))
  })
  const server = await openCodecServer(listen, { codecs: opened.codecs, origins }).catch((error: unknown) => {
    throw new CliFailure(exitCodes.failed, messageOf(error), { cause: error })
  })
  const what = opened.configured ? '' : ` (${codecVariable} is not set: it reads compressed payloads only)`
  const pages = origins.length === 0 ? 'no page of a browser (--origin)' : `pages of ${origins.join(', ')}`
  say(`codec server: http://${server.address}${what}, for the temporal command and ${pages}. Ctrl-C ends it.`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await server.close()
  return exitCodes.success
}
