import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PayloadCodec } from '@temporalio/common'
import { compressing } from './compress.ts'
import { encrypting } from './encrypt.ts'
import { readKeys } from './keys.ts'

/** The variables that say how payloads are encoded. The worker, the command and the codec server read the same ones. */
export const codecVariable = 'SWITCHBACK_CODEC'
export const keysVariable = 'SWITCHBACK_CODEC_KEYS'
/** The value for the codec that is part of the product; anything else is a module. */
export const ownCodec = 'encrypt'

export interface Codecs {
  /** In the order of encoding: what is large is compressed first, since encrypted bytes cannot be. */
  codecs: PayloadCodec[]
  /** Whether one is configured: then the texts of failures are payloads too. */
  configured: boolean
}

/** As the environment of this process has it. */
export const namedCodec = (): [named: string | undefined, keys: string | undefined] => [
  process.env[codecVariable],
  process.env[keysVariable],
]

/** Opens what is named. Throws a sentence when it cannot: without it nothing of a run could be read. */
export async function openCodecs(named?: string, keys?: string): Promise<Codecs> {
  if (named === undefined) {
    if (keys !== undefined)
      throw new Error(`${keysVariable} is set, and ${codecVariable} is not: set ${codecVariable}=${ownCodec} as well.`)
    return { codecs: [compressing], configured: false }
  }
  if (named !== ownCodec) return { codecs: [compressing, await loaded(named)], configured: true }
  if (keys === undefined)
    throw new Error(`${codecVariable}=${ownCodec} needs ${keysVariable}: the path of a file of keys, one a line.`)
  return { codecs: [compressing, encrypting(readKeys(keys))], configured: true }
}

const exportWanted =
  'It has to export `payloadCodec`: a PayloadCodec of @temporalio/common, or a function that returns one.'

/** A module of the team's own, for example one that asks its key service. */
async function loaded(path: string): Promise<PayloadCodec> {
  if (path.trim() === '')
    throw new Error(`${codecVariable} is empty: give ${ownCodec}, the path of a module, or nothing at all.`)
  let exported: unknown
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { payloadCodec?: unknown }
    exported = typeof module.payloadCodec === 'function' ? await module.payloadCodec() : module.payloadCodec
  } catch (error) {
    throw new Error(
      `${codecVariable}: the codec ${path} cannot be loaded (${error instanceof Error ? error.message : String(error)}).`,
      { cause: error },
    )
  }
  if (!isCodec(exported)) throw new Error(`${codecVariable}: ${path} is no codec. ${exportWanted}`)
  return exported
}

function isCodec(value: unknown): value is PayloadCodec {
  return (
    typeof value === 'object' &&
    value !== null &&
    'encode' in value &&
    typeof value.encode === 'function' &&
    'decode' in value &&
    typeof value.decode === 'function'
  )
}
