import { InvalidArgumentError, type Command } from 'commander'
import { addressArgument } from '../../worker/watched/address-argument.ts'
import type { CodecServerOptions } from '../commands/codec-server.ts'
import type { Ended } from '../ended.ts'
import { example } from './parse.ts'

/** The one command that stays: it decodes what Temporal's UI and command show. */
export function defineCodecServer(program: Command, ended: Ended): void {
  const server = program
    .command('codec-server')
    .description("decodes payloads for Temporal's UI and the `temporal` command, until Ctrl-C")
    .option('--listen <[host:]port>', 'a port alone is on loopback', addressArgument, { host: '127.0.0.1', port: 8081 })
    .option('--origin <url...>', "where Temporal's UI is, as the browser shows it", origin, [])
    .addHelpText(
      'after',
      `
It encodes and decodes as the worker does: set SWITCHBACK_CODEC (and SWITCHBACK_CODEC_KEYS) as there.
Whoever reaches it can read what they can see in Temporal. On another address than loopback, put it behind
the proxy that checks who asks.
${example('SWITCHBACK_CODEC=encrypt SWITCHBACK_CODEC_KEYS=keys.txt switchback codec-server --origin http://localhost:8233')}
  temporal workflow show --workflow-id pair/accounting --codec-endpoint http://127.0.0.1:8081`,
    )
    .action(async () => {
      const { codecServer } = await import('../commands/codec-server.ts')
      ended(await codecServer(server.opts<CodecServerOptions>()))
    })
}

/** Browsers send scheme, host and port, and nothing behind them. */
function origin(text: string, before: string[]): string[] {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || url.origin === 'null' || (url.origin !== text && `${url.origin}/` !== text))
    throw new InvalidArgumentError('Give scheme, host and port only, for example http://localhost:8233.')
  return [...before, url.origin]
}
