import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Snappy and LZ4 of the Kafka library, in an instance of our own. Malformed data makes the module trap, and a module that has
 * trapped answers nothing right any more, checksums included: the library's own instance is therefore given nothing that a
 * producer wrote, and ours is thrown away.
 */

/** Node has it; its types of version 20 do not. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: unknown }
}

interface Codecs {
  memory: { buffer: ArrayBuffer }
  alloc: (bytes: number) => number
  dealloc: (at: number, bytes: number) => void
  /** Where the result lies in the upper half, its length in the lower. */
  snappy_decompress: (at: number, bytes: number) => bigint
  lz4_decompress: (at: number, bytes: number) => bigint
}

/** Bytes. The memory of an instance does not shrink. */
const mostKept = 32 * 1024 * 1024
const halfBits = 32n

let loaded: object | undefined
let instance: Codecs | undefined

/** Throws when it is not of that codec. What it decompresses to is not limited here. */
export function wasmDecompress(codec: 'snappy' | 'lz4', data: Buffer): Buffer {
  const codecs = (instance ??= newInstance())
  try {
    const at = codecs.alloc(data.length)
    new Uint8Array(codecs.memory.buffer, at, data.length).set(data)
    const result = codecs[`${codec}_decompress`](at, data.length)
    const [from, bytes] = [Number(BigInt.asUintN(64, result) >> halfBits), Number(BigInt.asUintN(32, result))]
    const output = Buffer.from(new Uint8Array(codecs.memory.buffer, from, bytes))
    codecs.dealloc(from, bytes)
    codecs.dealloc(at, data.length)
    if (codecs.memory.buffer.byteLength > mostKept) instance = undefined
    return output
  } catch (error) {
    instance = undefined
    throw new Error(`it is not ${codec}`, { cause: error })
  }
}

function newInstance(): Codecs {
  loaded ??= new WebAssembly.Module(readFileSync(join(libraryFolder(), 'native.wasm')))
  return new WebAssembly.Instance(loaded).exports as Codecs
}

function libraryFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@platformatic/wasm-utils'))
}
