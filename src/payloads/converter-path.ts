import { fileURLToPath } from 'node:url'

/** For `dataConverter: { payloadConverterPath }` of workers and clients; the same file beside the sources and in `dist`. */
export const payloadConverterPath = fileURLToPath(new URL('./converter.cjs', import.meta.url))
