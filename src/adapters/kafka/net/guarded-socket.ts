import type { Socket } from 'node:net'

/** Bytes of one answer. A fetch is asked for less, and a batch that is larger could not be decompressed either. */
export const mostAnswered = 128 * 1024 * 1024
const lengthBytes = 4
/** Nothing is shorter than the correlation id. */
const leastAnswered = 4

/**
 * What a broker sends fails its own connection and nothing else. The library reads it in a listener of the socket, where an exception
 * would end the process, and believes every length.
 */
export function guardAnswers(socket: Socket): void {
  const emit = socket.emit.bind(socket)
  const lengths = new Lengths()
  socket.emit = (event: string | symbol, ...args: unknown[]) => {
    if (event !== 'data') return emit(event, ...args)
    try {
      lengths.check(args[0] as Buffer)
      return emit(event, ...args)
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)))
      return true
    }
  }
}

/** Goes along with a stream of answers, each behind its length. */
class Lengths {
  readonly #length = Buffer.alloc(lengthBytes)
  #known = 0
  #left = 0

  check(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      const taken = Math.min(this.#left, bytes.length - at)
      this.#left -= taken
      at += taken
      if (this.#left > 0 || at === bytes.length) continue
      this.#length[this.#known] = bytes[at] ?? 0
      this.#known += 1
      at += 1
      if (this.#known < lengthBytes) continue
      this.#known = 0
      this.#left = this.#length.readInt32BE(0)
      if (this.#left < leastAnswered || this.#left > mostAnswered)
        throw new Error(`the broker's answer cannot be read: it claims a length of ${this.#left} bytes`)
    }
  }
}
