import { fileURLToPath } from 'node:url'

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** For `dataConverter: { payloadConverterPath }` of workers and clients; the same file beside the sources and in `dist`. */
export const payloadConverterPath = beside('./converter.cjs')

/** For `failureConverterPath`, where a codec is configured. */
export const failureConverterPath = beside('./failure-converter.cjs')
