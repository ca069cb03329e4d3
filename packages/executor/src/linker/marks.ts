/** @module marks: which blocks of an instance's memory were written since they were last cleared (rewrite/marks.ts). */
import { LOG2_BLOCK_BYTES } from '../rewrite/index.ts'

const BLOCK_MASK = (1 << LOG2_BLOCK_BYTES) - 1

export class Marks {
  readonly #bytes: Uint8Array
  /** Eight blocks at a time. */
  readonly #words: BigUint64Array

  constructor(memory: WebAssembly.Memory) {
    this.#bytes = new Uint8Array(memory.buffer)
    this.#words = new BigUint64Array(memory.buffer)
  }

  /** Notes a write of the host. */
  add(at: number, bytes: number): void {
    this.#bytes.fill(1, at >>> LOG2_BLOCK_BYTES, (at + bytes + BLOCK_MASK) >>> LOG2_BLOCK_BYTES)
  }

  /** Clears what is noted of the first `blocks`, and tells of each run of blocks that was: the first, and the one behind the last. */
  take(blocks: number, run: (from: number, to: number) => void): void {
    const bytes = this.#bytes
    const words = this.#words
    for (let block = 0; block < blocks; ) {
      if ((block & 7) === 0 && words[block >>> 3] === 0n) {
        block += 8
        continue
      }
      if (bytes[block] === 0) {
        block++
        continue
      }
      const from = block
      while (block < blocks && bytes[block] !== 0) bytes[block++] = 0
      run(from, block)
    }
  }

  clear(blocks: number): void {
    this.#bytes.fill(0, 0, blocks)
  }
}
