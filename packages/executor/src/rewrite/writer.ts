/** @module writer: a growing run of bytes with LEB128 integers. */

/** Room of an integer that is filled in later: a LEB128 may be padded to five bytes. */
export const PADDED = 5

export const padded = (bytes: Uint8Array, at: number, value: number): void => {
  for (let i = 0; i < PADDED; i++) {
    bytes[at + i] = (value & 127) | (i < PADDED - 1 ? 128 : 0)
    value >>>= 7
  }
}

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>
  length = 0

  constructor(bytes: number) {
    this.#bytes = new Uint8Array(bytes)
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length)
  }

  /** Makes room for `count` more bytes; everything below writes without asking again. */
  room(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count))
    larger.set(this.bytes)
    this.#bytes = larger
  }

  byte(value: number): void {
    this.#bytes[this.length++] = value
  }

  u32(value: number): void {
    while (value > 127) {
      this.#bytes[this.length++] = (value & 127) | 128
      value >>>= 7
    }
    this.#bytes[this.length++] = value
  }

  s32(value: number): void {
    for (;;) {
      const low = value & 127
      value >>= 7
      if ((value === 0 && low < 64) || (value === -1 && low >= 64)) {
        this.#bytes[this.length++] = low
        return
      }
      this.#bytes[this.length++] = low | 128
    }
  }

  copy(from: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes
    let at = this.length
    // A call of `set` costs more than a few bytes one by one.
    if (end - start < 32) while (start < end) bytes[at++] = from[start++]!
    else {
      bytes.set(from.subarray(start, end), at)
      at += end - start
    }
    this.length = at
  }

  /** Bytes of any number, with their own room. */
  put(bytes: Uint8Array | readonly number[]): void {
    this.room(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Leaves a padded integer to be filled in, and answers its place. */
  hold(): number {
    const at = this.length
    this.room(PADDED)
    this.length += PADDED
    return at
  }

  fill(at: number, value: number): void {
    padded(this.#bytes, at, value)
  }
}
