/** @module host/chacha: ChaCha20's key stream (RFC 8439, 2.3), the generator of a deterministic call. */

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

function quarterRound(s: Uint32Array, a: number, b: number, c: number, d: number): void {
  s[a] = s[a]! + s[b]!
  s[d] = rotate(s[d]! ^ s[a]!, 16)
  s[c] = s[c]! + s[d]!
  s[b] = rotate(s[b]! ^ s[c]!, 12)
  s[a] = s[a]! + s[b]!
  s[d] = rotate(s[d]! ^ s[a]!, 8)
  s[c] = s[c]! + s[d]!
  s[b] = rotate(s[b]! ^ s[c]!, 7)
}

/** "expand 32-byte k" */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]

/** A key stream with nonce 0; the block counter has 64 bits, as in the original cipher. */
export class KeyStream {
  readonly #state = new Uint32Array(16)
  readonly #work = new Uint32Array(16)
  readonly #block = new Uint8Array(64)
  #used = 64

  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError(`a key has 32 bytes, not ${key.length}`)
    const view = new DataView(key.buffer, key.byteOffset, 32)
    this.#state.set(SIGMA)
    for (let word = 0; word < 8; word++) this.#state[4 + word] = view.getUint32(word * 4, true)
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === 64) this.#next()
      const part = this.#block.subarray(this.#used, this.#used + bytes.length - at)
      bytes.set(part, at)
      at += part.length
      this.#used += part.length
    }
  }

  #next(): void {
    const state = this.#state
    const work = this.#work
    work.set(state)
    for (let round = 0; round < 10; round++) {
      quarterRound(work, 0, 4, 8, 12)
      quarterRound(work, 1, 5, 9, 13)
      quarterRound(work, 2, 6, 10, 14)
      quarterRound(work, 3, 7, 11, 15)
      quarterRound(work, 0, 5, 10, 15)
      quarterRound(work, 1, 6, 11, 12)
      quarterRound(work, 2, 7, 8, 13)
      quarterRound(work, 3, 4, 9, 14)
    }
    const view = new DataView(this.#block.buffer)
    for (let word = 0; word < 16; word++) view.setUint32(word * 4, (work[word]! + state[word]!) >>> 0, true)
    state[12] = state[12]! + 1
    if (state[12] === 0) state[13] = state[13]! + 1
    this.#used = 0
  }
}
