/** @module cell/marker: notes whose slice begins, in a file that can be read when this process cannot answer. */
import { writeSync } from 'node:fs'

const MARKER_FD = 4
const bytes = Buffer.alloc(4)

/** One system call, 0.7 µs: it is made for each slice. */
export function mark(call: number): void {
  bytes.writeUInt32LE(call)
  writeSync(MARKER_FD, bytes, 0, 4, 0)
}
