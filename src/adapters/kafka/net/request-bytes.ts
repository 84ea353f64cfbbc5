/**
 * The body of a request in one buffer, as Kafka writes it: big-endian numbers, compact strings and arrays. The library's writer
 * makes a buffer of each field, which for thousands of partitions takes longer than the broker's answer.
 */
export class RequestBytes {
  #bytes: Buffer
  #length = 0

  /** `size`: what it is expected to take; it grows where that is too little. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, size))
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  int8(value: number): this {
    this.#length = this.#room(1).writeInt8(value, this.#length)
    return this
  }

  int32(value: number): this {
    this.#length = this.#room(4).writeInt32BE(value, this.#length)
    return this
  }

  int64(value: bigint): this {
    this.#length = this.#room(8).writeBigInt64BE(value, this.#length)
    return this
  }

  /** A compact array is its length plus one, then its entries. */
  array(length: number): this {
    return this.#unsigned(length + 1)
  }

  string(text: string): this {
    const length = Buffer.byteLength(text)
    this.#unsigned(length + 1)
    this.#room(length)
    this.#length += this.#bytes.write(text, this.#length)
    return this
  }

  /** After each entry of an array and at the end of the request: no tagged fields. */
  untagged(): this {
    return this.int8(0)
  }

  #unsigned(value: number): this {
    let left = value
    for (; left > 0x7f; left >>>= 7) this.#length = this.#room(1).writeUInt8((left & 0x7f) | 0x80, this.#length)
    this.#length = this.#room(1).writeUInt8(left, this.#length)
    return this
  }

  #room(bytes: number): Buffer {
    if (this.#length + bytes > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * this.#bytes.length + bytes)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    return this.#bytes
  }
}
