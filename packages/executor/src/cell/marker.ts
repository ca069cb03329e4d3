/** @module cell/marker: notes whose slice begins, in a file that can be read when this process cannot answer. */
import { writeSync } from 'node:fs'

const MARKER_FD = 4
const bytes = Buffer.alloc(4)
let marked = 0

/** One system call, 0.7 µs: it is made for each slice, unless the one before was of the same call. */
export function mark(call: number): void {
  if (call === marked) return
  marked = call
  bytes.writeUInt32LE(call)
  writeSync(MARKER_FD, bytes, 0, 4, 0)
}
