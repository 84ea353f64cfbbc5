import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** Goes on for as long as somebody reads. */
export function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, ' ')
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

let made: Buffer | undefined
/** 400 MB of spaces behind some hundred KB of gzip. */
export function bomb(): Buffer {
  made ??= gzipSync(Buffer.alloc(400 * 1024 * 1024, ' '))
  return made
}
